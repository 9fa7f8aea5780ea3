import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, open, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openImageFile } from '../../src/clone/image-file.ts';
import { forecastPlainImage } from '../../src/clone/plain-forecast.ts';
import { indexPlainImage, readPlainHeader } from '../../src/clone/plain-image.ts';
import type { CloneDoneEvent, CloneEvent } from '../../src/jobs/clone-events.ts';
import { difference, markBad } from '../support/e2e-bad-sectors.ts';
import { extentsOf } from '../support/e2e-places.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { smallFileSystem } from '../support/e2e-tmpfs.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { LIFEBOAT, type LifeboatRun, lifeboat, startLifeboat } from '../support/lifeboat.ts';
import { VolumeCraft } from '../support/ntfsclone-craft.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'ntfsclone', 'zstd', 'mkntfs', 'ntfs-3g', 'setfattr', 'ntfscluster'],
  root: true,
});

const sha256 = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

const events = ({ stdout }: LifeboatRun): CloneEvent[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as CloneEvent);

const doneOf = (ran: LifeboatRun): CloneDoneEvent | undefined =>
  events(ran).find((event): event is CloneDoneEvent => event.event === 'done');

describe('images', { skip }, () => {
  let own: Scratch;
  let volume: Volume;
  /** What ntfsclone makes of the volume. */
  let special: string;
  let clone: string;
  /** What we make of it. */
  let image: string;

  before(async () => {
    own = await scratch();
    await writeFile(own.path('here'), '').catch(() => undefined);
    volume = await makeVolume({
      sizeBytes: 160 * MIB,
      populate: everyKind(120),
      seed: 77,
      label: 'Pictures',
    });
    [special, clone, image] = [own.path('special'), own.path('clone'), own.path('image.zst')];
    await runOrThrow('ntfsclone', ['-q', '-s', '-o', special, volume.image]);
    await runOrThrow('ntfsclone', ['-q', '-o', clone, volume.image]);
    const saved = await lifeboat(['image', 'save', volume.image, image]);
    assert.equal(saved.code, 0, saved.stderr);
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  let names = 0;
  const fresh = (): string => own.path(`fresh ${names++}`);
  const shell = (line: string) =>
    run('bash', ['-c', `set -o pipefail; ${line}`, 'bash', LIFEBOAT, image, special]);

  test('zstd makes what ntfsclone saves of it, and ntfsclone restores that', async () => {
    assert.equal((await shell('zstd -dcq "$2" | cmp - "$3"')).code, 0);
    assert.equal((await run('zstd', ['-tq', image])).code, 0);
    const back = fresh();
    const restored = await shell(`zstd -dcq "$2" | ntfsclone -q -r -o '${back}' -`);
    assert.equal(restored.code, 0, restored.stderr);
    assert.equal(await difference(clone, back), '');
    assert.ok((await stat(image)).size < (await stat(special)).size, 'it has not become smaller');
    // Again, at another time, to a stream: the same bytes.
    assert.equal((await shell(`"$1" image save '${volume.image}' - | cmp - "$2"`)).code, 0);
    const small = fresh();
    assert.equal((await lifeboat(['image', 'save', '--level', '12', volume.image, small])).code, 0);
    assert.ok((await stat(small)).size < (await stat(image)).size);
    assert.equal((await shell(`zstd -dcq '${small}' | cmp - "$3"`)).code, 0);
  });

  test('restored to a file, a device and streams it is what ntfsclone clones', async () => {
    const file = fresh();
    assert.equal((await lifeboat(['image', 'restore', image, file])).code, 0);
    assert.equal(await difference(clone, file), '');
    const streamed = await shell(`"$1" image restore "$2" - | cmp - '${clone}'`);
    assert.equal(streamed.code, 0, streamed.stderr);
    const piped = fresh();
    assert.equal((await shell(`"$1" image restore - '${piped}' < "$2"`)).code, 0);
    assert.equal(await difference(clone, piped), '');
    const disk = fresh();
    await writeFile(disk, '');
    await truncate(disk, 161 * MIB);
    const device = (await runOrThrow('losetup', ['--find', '--show', disk])).trim();
    await runOrThrow('blockdev', ['--setrw', device]);
    try {
      const restored = await lifeboat(['image', 'restore', image, device]);
      assert.equal(restored.code, 0, restored.stderr);
    } finally {
      await runOrThrow('losetup', ['--detach', device]);
    }
    await truncate(disk, (await stat(clone)).size);
    assert.equal(await difference(clone, disk), '');
    // The drop-in reads it as well.
    const dropIn = fresh();
    await runOrThrow(LIFEBOAT, ['ntfsclone', '-q', '-r', '-o', dropIn, image]);
    assert.equal(await difference(clone, dropIn), '');
  });

  test('each form becomes the other, whoever made it', async () => {
    const plain = fresh();
    assert.equal((await lifeboat(['image', 'convert', '--plain', image, plain])).code, 0);
    assert.equal(await difference(special, plain), '');
    const packed = fresh();
    assert.equal((await lifeboat(['image', 'convert', special, packed])).code, 0);
    assert.equal((await shell(`zstd -dcq '${packed}' | cmp - "$3"`)).code, 0);
    assert.match((await lifeboat(['image', 'verify', packed])).stdout, /all checksums are right/);
    const metadata = own.path('metadata');
    await runOrThrow('ntfsclone', ['-q', '-m', '-s', '-o', metadata, volume.image]);
    const again = await shell(
      `"$1" image convert '${metadata}' - | "$1" image convert --plain - - | cmp - '${metadata}'`,
    );
    assert.equal(again.code, 0, again.stderr);
    // One that zstd has made has no index: it is restored and converted, but no file is found in it.
    const foreign = own.path('foreign.zst');
    await runOrThrow('zstd', ['-q', special, '-o', foreign]);
    assert.match(
      (await lifeboat(['image', 'verify', foreign])).stdout,
      /^Sound: all \d+ clusters are there\.$/m,
    );
    const listed = await lifeboat(['ls', foreign]);
    assert.equal(listed.code, 3);
    assert.match(listed.stderr, /lifeboat image convert/);
    assert.equal((await shell(`"$1" image convert '${foreign}' - | zstd -dcq | cmp - "$3"`)).code, 0);
  });

  test('files are listed and copied out of it, and out of a plain one, as from the volume', async () => {
    const due = await lifeboat(['ls', '-R', '--json', clone]);
    for (const from of [image, special]) {
      const listed = await lifeboat(['ls', '-R', '--json', from]);
      assert.equal(listed.code, 0, listed.stderr);
      // That nothing is missing is known of an image alone.
      const lines = (text: string): unknown[] => text.replaceAll(/,"missingBytes":0/g, '').split('\n');
      assert.deepEqual(lines(listed.stdout), lines(due.stdout));
      const copy = fresh();
      const copied = await lifeboat(['cp', '-r', '--streams', from, '/', copy]);
      assert.equal(copied.code, 0, copied.stderr);
      for (const [path, truth] of volume.truth) {
        assert.equal(await sha256(`${copy}/${path.replace(':', '%')}`), truth.sha256, path);
      }
    }
  });

  test('where clusters lie in a plain image is worked out from $Bitmap, as if it had been gone through', async () => {
    await using file = await openImageFile(special);
    let bytesRead = 0;
    const reader = {
      sizeBytes: file.reader.sizeBytes,
      read(offset: number, length: number) {
        bytesRead += length;
        return file.reader.read(offset, length);
      },
    };
    const header = await readPlainHeader(reader);
    assert.ok(header);
    const worked = await forecastPlainImage(reader, header);
    assert.ok(worked, 'it was not worked out');
    assert.ok(bytesRead < reader.sizeBytes / 4, `${bytesRead} bytes were read`);
    const walked = await indexPlainImage(reader, header, () => undefined, undefined);
    for (let lcn = 0; lcn <= header.clusterCount; lcn++) {
      assert.equal(worked.index.find(lcn)?.offset, walked.index.find(lcn)?.offset, `cluster ${lcn}`);
    }
    // Nothing is worked out of one that is not what it should be.
    const bytes = await readFile(special);
    for (const other of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.of(0)])]) {
      await writeFile(own.path('other'), other);
      await using broken = await openImageFile(own.path('other'));
      assert.equal(await forecastPlainImage(broken.reader, header), undefined);
    }
  });

  test('info tells what is in it', async () => {
    const { stdout } = await lifeboat(['image', 'info', image]);
    assert.match(stdout, /^Name: Pictures, serial number [0-9A-F]{16}$/m);
    assert.match(stdout, /^Checksum: [0-9a-f]{64}$/m);
    const [facts] = events(await lifeboat(['image', 'info', '--json', image])).filter(
      (event) => event.event === 'image',
    );
    assert.ok(facts?.event === 'image' && facts.zstd?.isComplete);
    assert.equal(facts.clusterCount * facts.clusterBytes, 160 * MIB - 4096);
  });

  test('what is flipped, cut or gone is found, and the files that are hit are named', async () => {
    const broken = own.path('broken.zst');
    const size = (await stat(image)).size;
    const places = [
      2,
      60,
      3000,
      1_000_003,
      size - 5,
      size - 200,
      ...Array.from({ length: 12 }, (_, i) => Math.floor(((i + 0.37) / 12) * size)),
    ];
    for (const at of places) {
      await copyFile(image, broken);
      const file = await open(broken, 'r+');
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
      await file.write(Buffer.of((buffer[0] ?? 0) ^ 0x10), 0, 1, at);
      await file.close();
      const found = await lifeboat(['image', 'verify', broken]);
      assert.equal(found.code, 1, `byte ${at}: ${found.stdout}`);
      assert.match(found.stderr, /damaged/, `byte ${at}`);
    }
    // A place in a large file, so that it is known whose it was.
    const bytes = await readFile(image);
    bytes.fill(0, size >> 1, (size >> 1) + 3000);
    await writeFile(broken, bytes);
    const found = await lifeboat(['image', 'verify', '--json', broken]);
    const done = doneOf(found);
    assert.ok(done);
    assert.ok(
      done.damage?.items.some(({ path }) => /^Data\//.test(path)),
      found.stdout,
    );
    const stopped = await lifeboat(['image', 'restore', broken, fresh()]);
    assert.equal(stopped.code, 1);
    assert.match(stopped.stderr, /is incomplete/);
    const back = fresh();
    const rescued = await lifeboat(['image', 'restore', '--rescue', '--json', broken, back]);
    assert.equal(rescued.code, 4, rescued.stderr);
    assert.equal(doneOf(rescued)?.lostBytes, done.lostBytes);
    const [ours, theirs] = [await readFile(back), await readFile(clone)];
    let [differing, at] = [0, -1];
    for (let sector = 0; sector < theirs.length; sector += SECTOR) {
      const [a, b] = [ours.subarray(sector, sector + SECTOR), theirs.subarray(sector, sector + SECTOR)];
      if (a.equals(b)) continue;
      assert.ok(a.toString('latin1').startsWith('BadSectoR\0??'), `byte ${sector}`);
      differing += a.length;
      at = sector;
    }
    assert.equal(differing, done.lostBytes);
    // What cp copies says what is missing.
    const path = done.damage?.items[0]?.path ?? '';
    const copied = await lifeboat(['cp', broken, path, fresh()]);
    assert.equal(copied.code, 4, `${path} at ${at}: ${copied.stderr}`);
    for (const part of [0, 30, 500, 1_000_000, size - 1, size - 100]) {
      await copyFile(image, broken);
      await truncate(broken, part);
      const cut = await lifeboat(['image', 'verify', broken]);
      assert.notEqual(cut.code, 0, `cut at ${part}`);
      if (part !== 1_000_000) continue;
      // Before the first index: the whole is in the header, of the rest nothing can be found.
      assert.match(
        cut.stderr,
        /The end of the image is missing, so it was cut or its save interrupted: of [0-9.]+ MiB in use 0 B can be found/,
      );
      assert.doesNotMatch(cut.stdout, /unknown owner/);
      assert.match(cut.stdout, /Which files were hit cannot be told/);
      const listed = await lifeboat(['ls', broken]);
      assert.equal(listed.code, 3);
      assert.match(
        listed.stderr,
        /^lifeboat: The end of the image \S+ is missing, and it cannot be looked into: of [0-9.]+ MiB in use 0 B /,
      );
      assert.equal(listed.stderr.trim().split('\n').length, 1);
    }
    const plain = own.path('cut');
    await copyFile(special, plain);
    await truncate(plain, (await stat(special)).size >> 1);
    const cut = await lifeboat(['image', 'verify', '--json', plain]);
    assert.equal(cut.code, 1);
    assert.ok((doneOf(cut)?.damage?.damagedFiles ?? 0) > 0, cut.stdout);
  });

  test('a save that is killed at any moment goes on to the same bytes', async () => {
    const out = own.path('killed.zst');
    let [kills, resumed] = [0, 0];
    for (let round = 0; ; round++) {
      const saving = startLifeboat(['image', 'save', '--level', '9', volume.image, out, '--json']);
      // Later each time, so that it comes to an end.
      const ended = await Promise.race([saving.ended, sleep(150 + 100 * round + Math.random() * 300)]);
      if (ended === undefined) saving.killAll();
      if (events(await saving.ended).some(({ event }) => event === 'resumed')) resumed++;
      if (ended === undefined) {
        kills++;
        continue;
      }
      // The last kill may have come between the end of the image and that of the process.
      if (ended.code !== 3 || !/holds an image of an NTFS volume/.test(ended.stderr)) {
        assert.equal(ended.code, 0, ended.stderr);
      }
      break;
    }
    assert.ok(kills > 1 && resumed > 0, `killed ${kills} times, ${resumed} went on`);
    const whole = own.path('whole.zst');
    assert.equal((await lifeboat(['image', 'save', '--level', '9', volume.image, whole])).code, 0);
    assert.equal(await difference(whole, out), '');
  });

  test('Ctrl-C ends it in good order, and an image of something else is not gone on with', async () => {
    const out = own.path('stopped.zst');
    const saving = startLifeboat(['image', 'save', '--level', '15', volume.image, out, '--json']);
    const hasMoved = (event: CloneEvent): boolean =>
      event.event === 'progress' && (event.doneBytes ?? 0) > 40 * MIB;
    await saving.event(hasMoved as unknown as Parameters<typeof saving.event>[0]);
    saving.child.kill('SIGINT');
    const stopped = await saving.ended;
    assert.equal(stopped.code, 5, stopped.stderr);
    assert.match(stopped.stderr, /The same command goes on/);
    assert.equal(doneOf(stopped)?.isResumable, true);
    assert.match((await lifeboat(['image', 'info', out])).stdout, /^Not complete/m);
    const other = own.path('other');
    await copyFile(volume.image, other);
    {
      using craft = new VolumeCraft(other);
      craft.record(24, (record) => record.writeUInt8((record[0x2f] ?? 0) ^ 1, 0x2f));
    }
    const before = await readFile(out);
    const refused = await lifeboat(['image', 'save', other, out]);
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(refused.stderr, /another volume, or this one has changed/);
    assert.ok(before.equals(await readFile(out)), 'it was touched');
    const goesOn = await lifeboat(['image', 'save', volume.image, out]);
    assert.equal(goesOn.code, 0, goesOn.stderr);
    assert.match(goesOn.stdout, /^Going on: [\d.]+ MiB are saved already\.$/m);
    assert.match(goesOn.stdout, /begun with level 15/);
    assert.match((await lifeboat(['image', 'verify', out])).stdout, /^Sound/m);
    const again = await lifeboat(['image', 'save', volume.image, out]);
    assert.equal(again.code, 3);
    assert.match(again.stderr, /holds an image of an NTFS volume "Pictures"/);
  });

  test('a full disk: it says so, and goes on when there is room', async () => {
    await using full = await smallFileSystem(30 * MIB);
    const out = `${full.root}/image.zst`;
    const first = await lifeboat(['image', 'save', volume.image, out]);
    assert.equal(first.code, 1, first.stdout);
    assert.match(first.stderr, /ENOSPC.*Free space there.*The same command goes on/);
    await full.resize(200 * MIB);
    const second = await lifeboat(['image', 'save', volume.image, out]);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /^Going on:/m);
    assert.equal(await difference(image, out), '');
  });

  test('sectors that cannot be read are marked, named, and known to the image ever after', async () => {
    const path = 'Data/large.bin';
    const { record } = JSON.parse((await lifeboat(['ls', '--json', clone, path])).stdout) as {
      record: number;
    };
    const extents = (await extentsOf(volume.image, volume.clusterBytes, record)).get('80') ?? [];
    /** The sector of the volume at a byte of the file. */
    const sectorAt = (offset: number): number => {
      const extent = extents.findLast((one) => one.offset <= offset);
      assert.ok(extent);
      return (extent.place.start + offset - extent.offset) / SECTOR;
    };
    const bad = [sectorAt(1001 * SECTOR), sectorAt(50_000 * SECTOR)];
    await using disk = await failingDisk({
      image: volume.image,
      faults: bad.map((sector) => `bad ${sector} 1`),
    });
    const out = own.path('rescued.zst');
    const first = await lifeboat(['image', 'save', disk.device, out]);
    assert.equal(first.code, 1);
    assert.match(first.stderr, /--rescue goes on/);
    // The same command with --rescue goes on where that has ended.
    const saved = await lifeboat(['image', 'save', '--rescue', disk.device, out]);
    assert.equal(saved.code, 4, saved.stderr);
    assert.match(saved.stdout, /Data\/large\.bin: 2 holes/);
    const due = own.path('due');
    await copyFile(clone, due);
    await markBad(
      due,
      bad.map((sector) => ({ start: sector * SECTOR, end: (sector + 1) * SECTOR })),
      SECTOR,
    );
    const back = fresh();
    const restored = await lifeboat(['image', 'restore', out, back]);
    assert.equal(restored.code, 0, restored.stderr);
    assert.match(
      restored.stdout,
      /1024 B of it could not be read when it was saved|1\.0 KiB of it could not be read/,
    );
    assert.equal(await difference(due, back), '');
    assert.equal(
      (
        await shell(
          `zstd -dcq '${out}' | ntfsclone -q -r -o '${own.path('theirs')}' - && cmp '${due}' '${own.path('theirs')}'`,
        )
      ).code,
      0,
    );
    assert.match((await lifeboat(['image', 'info', out])).stdout, /^Lost: 1\.0 KiB in 2 places/m);
    assert.equal((await lifeboat(['image', 'verify', out])).code, 0);
    const listed = await lifeboat(['ls', '--json', out, path]);
    assert.equal((JSON.parse(listed.stdout) as { missingBytes: number }).missingBytes, 1024);
    const copied = await lifeboat(['cp', '--json', out, path, fresh()]);
    assert.equal(copied.code, 4);
    const file = copied.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { event: string; pieces?: unknown })
      .find(({ event }) => event === 'file');
    assert.deepEqual(file?.pieces, [
      { offset: 1001 * SECTOR, length: SECTOR },
      { offset: 50_000 * SECTOR, length: SECTOR },
    ]);
    // And it stays so when it is converted.
    const again = fresh();
    await lifeboat(['image', 'convert', out, again]);
    assert.match((await lifeboat(['image', 'info', again])).stdout, /^Lost: 1\.0 KiB in 2 places/m);
  });

  test('a disk that hangs does not hold up Ctrl-C; one that vanishes ends it; both go on', async () => {
    const out = own.path('hung.zst');
    // In the midst of the files: no structure that is read before them.
    const place = Math.floor((volume.sizeBytes * 0.65) / SECTOR);
    await using disk = await failingDisk({
      image: volume.image,
      faults: [`hang ${place} 4096 20`],
    });
    const words = ['image', 'save', disk.device, out];
    const saving = startLifeboat([...words, '--json']);
    const isSilent = (event: CloneEvent): boolean =>
      event.event === 'progress' && event.phase === 'saving' && event.silentMs > 1500;
    await saving.event(isSilent as unknown as Parameters<typeof saving.event>[0]);
    const asked = performance.now();
    saving.child.kill('SIGINT');
    const stopped = await saving.ended;
    assert.equal(stopped.code, 5, stopped.stderr);
    assert.ok(performance.now() - asked < 12_000, 'it has waited for the disk');
    // The disk still has what was asked of it when the save was stopped: this read comes after all of that.
    await disk.setFaults([]);
    await runOrThrow('dd', [`if=${disk.device}`, 'of=/dev/null', 'iflag=direct', 'bs=4096', 'count=1']);
    await disk.setFaults([`vanish_at ${place} 1000000`]);
    // With --rescue all that follows would be lost if it were believed.
    const gone = await lifeboat([...words, '--rescue']);
    assert.equal(gone.code, 6, gone.stderr);
    assert.match(gone.stderr, /does not answer any more.*The same command goes on/);
    await disk.setFaults([]);
    const goesOn = await lifeboat(words);
    assert.equal(goesOn.code, 0, goesOn.stderr);
    assert.match(goesOn.stdout, /^Going on:/m);
    // Only what it says of the disk is another.
    const check = await shell(`zstd -dcq '${out}' | cmp - "$3"`);
    assert.equal(check.code, 0, check.stderr);
  });

  test('wrong words, wrong files and wrong targets: one line, and nothing is touched', async () => {
    const out = fresh();
    const noise = own.path('noise');
    await writeFile(noise, randomBytes(100_000));
    const cases: readonly (readonly [words: string[], code: number, message: RegExp])[] = [
      [['image'], 2, /may follow/],
      [['image', 'save', volume.image], 2, /wrong number of names/],
      [['image', 'save', '--level', '20', volume.image, out], 2, /from 1 to 19/],
      [['image', 'save', '--level', 'x', volume.image, out], 2, /from 1 to 19/],
      [['image', 'save', '--plain', '--level', '3', volume.image, out], 2, /no --level/],
      [['image', 'save', '--new-serial', volume.image, out], 2, /no option --new-serial/],
      [['image', 'save', '--json', volume.image, '-'], 2, /standard output/],
      [['image', 'save', own.path('missing'), out], 3, /does not exist/],
      [['image', 'save', noise, out], 3, /holds no NTFS volume/],
      [['image', 'save', volume.image, volume.image, '--yes'], 3, /is the source/],
      [['image', 'save', volume.image, own.path('none/image')], 3, /no directory/],
      [['image', 'restore', noise, out], 3, /not an image/],
      [['image', 'restore', image, image, '--yes'], 3, /is the source/],
      [['image', 'restore', image, noise], 3, /not empty/],
      [['image', 'verify', noise], 3, /not an image/],
      [['image', 'info', own.path('missing')], 3, /nothing of that name \(ENOENT\)\. Check/],
      [['image', 'convert', image, image, '--yes'], 3, /is the source/],
      [['image', 'convert', '--rescue', noise, out], 3, /not an image/],
    ];
    for (const [words, code, message] of cases) {
      const ran = await lifeboat(words);
      assert.equal(ran.code, code, `${words.join(' ')}: ${ran.stderr}`);
      assert.match(ran.stderr, message, words.join(' '));
      assert.equal(ran.stderr.trim().split('\n').length, 1, `${words.join(' ')}: ${ran.stderr}`);
    }
    assert.ok(!existsSync(out));
    const disk = fresh();
    await writeFile(disk, Buffer.alloc(MIB));
    const device = (await runOrThrow('losetup', ['--find', '--show', disk])).trim();
    await runOrThrow('blockdev', ['--setrw', device]);
    try {
      const ran = await lifeboat(['image', 'save', volume.image, device]);
      assert.equal(ran.code, 3);
      assert.match(ran.stderr, /cannot be written to the device/);
      assert.match((await lifeboat(['image', 'restore', image, device])).stderr, /too small/);
    } finally {
      await runOrThrow('losetup', ['--detach', device]);
    }
  });
});
