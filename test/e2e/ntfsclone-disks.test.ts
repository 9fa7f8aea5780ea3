import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { difference, markBad } from '../support/e2e-bad-sectors.ts';
import { failingTarget } from '../support/e2e-failing-target.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { LIFEBOAT, lifeboat } from '../support/lifeboat.ts';
import { VolumeCraft } from '../support/ntfsclone-craft.ts';
import { startOfAttribute } from '../support/structures.ts';
import { FAILING_DISK_NEEDS, missing, type Ran, run, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const RECORD = 1024;
/** What a sector of $Bitmap tells of. */
const UNKNOWN = SECTOR * 8 * 4096;
const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'ntfsclone', 'mkntfs', 'ntfs-3g', 'ntfsinfo', 'blockdev'],
  root: true,
});

describe('ntfsclone and ours on disks', { skip }, () => {
  let own: Scratch;
  let volume: Volume;
  /** What ntfsclone makes of the healthy volume. */
  let clone: string;
  let image: string;
  /** The record of a file with clusters of its own. */
  let fileRecord: number;

  before(async () => {
    own = await scratch();
    let record = 0;
    volume = await makeVolume({
      sizeBytes: 24 * MIB,
      populate: async (writer) => {
        await writer.file('large.bin', 300_000);
        record = (await stat(join(writer.root, 'large.bin'))).ino;
      },
    });
    fileRecord = record;
    clone = own.path('clone');
    image = own.path('image');
    await runOrThrow('ntfsclone', ['-q', '-o', clone, volume.image]);
    await runOrThrow('ntfsclone', ['-q', '-s', '-o', image, volume.image]);
    await mkdir(own.path('bin'));
    await symlink(LIFEBOAT, own.path('bin/ntfsclone'));
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  const ours = (...words: string[]): Promise<Ran> => run(own.path('bin/ntfsclone'), words);
  const theirs = (...words: string[]): Promise<Ran> => run('ntfsclone', words);
  const errorsOf = ({ stdout, stderr }: Ran): string => stdout + stderr;
  let names = 0;
  const fresh = (): string => own.path(`fresh ${names++}`);

  async function withLoop<T>(
    file: string,
    options: string[],
    work: (device: string) => Promise<T>,
  ): Promise<T> {
    const device = (await runOrThrow('losetup', [...options, '--find', '--show', file])).trim();
    await runOrThrow('blockdev', ['--setrw', device]);
    try {
      return await work(device);
    } finally {
      await runOrThrow('losetup', ['--detach', device]);
    }
  }

  test('structures that cannot be read: what ntfsclone refuses is rescued, and what is lost is marked', async () => {
    const at = (record: number, type: string): Promise<number> =>
      startOfAttribute(volume.image, volume.clusterBytes, record, type);
    const mft = await at(0, '$DATA');
    const places: readonly (readonly [what: string, start: number, options: string[]])[] = [
      ['the boot sector', 0, []],
      ['the first record of $MFT', mft, []],
      ['$MFTMirr', await at(1, '$DATA'), []],
      ['$UpCase', (await at(10, '$DATA')) + 8 * SECTOR, []],
      ['the record of the root folder', mft + 5 * RECORD, ['--ignore-fs-check']],
      ['$Bitmap', await at(6, '$DATA'), ['--ignore-fs-check']],
      ['the record of a file', mft + fileRecord * RECORD, ['--ignore-fs-check']],
    ];
    await using disk = await failingDisk({ image: volume.image });
    for (const [what, start, options] of places) {
      await disk.setFaults([`bad ${start / SECTOR} 1`]);
      const plain = await ours('-q', '-o', fresh(), disk.device);
      assert.equal(plain.code, 1, `${what}, without --rescue`);
      assert.match(plain.stdout, /^ERROR/m);
      if (options.length > 0) {
        // As ntfsclone: a check that fails needs more than --rescue.
        const [due, found] = [fresh(), fresh()];
        assert.equal((await theirs('-q', '--rescue', '-o', due, disk.device)).code, 1, what);
        assert.equal((await ours('-q', '--rescue', '-o', found, disk.device)).code, 1, what);
      }
      const out = fresh();
      const rescued = await ours('-q', '--rescue', ...options, '-o', out, disk.device);
      assert.equal(rescued.code, 0, `${what}: ${errorsOf(rescued)}`);
      const due = fresh();
      await copyFile(clone, due);
      if (what === '$Bitmap') {
        // Any cluster of which it cannot be read may be in use.
        const [part, rest] = [await readFile(volume.image), await readFile(clone)];
        await writeFile(due, Buffer.concat([part.subarray(0, UNKNOWN), rest.subarray(UNKNOWN)]));
      }
      await markBad(due, [{ start, end: start + SECTOR }], SECTOR);
      assert.equal(await difference(due, out), '', what);
      assert.match(rescued.stdout, new RegExp(`Can't read sector at ${start}, lost data`), what);
      for (const file of [out, due]) await rm(file, { force: true });
    }
  });

  test('a source that is mounted for writing is refused, one that is mounted read-only is not', async () => {
    const file = own.path('mounted');
    await copyFile(volume.image, file);
    const place = own.path('place');
    await mkdir(place);
    await withLoop(file, [], async (device) => {
      for (const [options, code] of [
        ['rw', 1],
        ['ro', 0],
      ] as const) {
        await runOrThrow('ntfs-3g', ['-o', options, device, place]);
        try {
          const [due, found] = [
            await theirs('-q', '-f', '-o', fresh(), device),
            await ours('-q', '-f', '-o', fresh(), device),
          ];
          assert.equal(due.code, code, `${options}: ${errorsOf(due)}`);
          assert.equal(found.code, code, `${options}: ${errorsOf(found)}`);
          if (code === 1) assert.match(found.stdout, /ERROR: .*mounted/);
        } finally {
          await runOrThrow('umount', [place]);
        }
      }
    });
  });

  test('a write that fails in the midst of it: exit 1 and a name, in every form', async () => {
    const backing = own.path('backing');
    await writeFile(backing, '');
    await truncate(backing, 24 * MIB);
    await using target = await failingTarget(backing);
    for (const words of [
      ['-O', target.device, volume.image],
      ['-s', '-O', target.device, volume.image],
      ['-r', '-O', target.device, image],
      ['-m', '-f', '-O', target.device, volume.image],
      ['-m', '-f', '-s', '-O', target.device, volume.image],
    ]) {
      target.setFault({ on: 'write', afterBytes: MIB / 4, error: 'EIO' });
      const ran = await ours('-q', ...words);
      assert.equal(ran.code, 1, words.join(' '));
      assert.match(errorsOf(ran), /ERROR\(5\): .* is incomplete/, words.join(' '));
    }
    target.setFault({ on: 'flush', afterBytes: 0 });
    const flushed = await ours('-q', '-s', '-O', target.device, volume.image);
    assert.match(errorsOf(flushed), /ERROR\(5\): Syncing failed: .* is incomplete/);
    assert.equal(flushed.code, 1);
    const friendly = await lifeboat(['clone', '--yes', volume.image, target.device]);
    assert.equal(friendly.code, 0, friendly.stderr);
    target.setFault({ on: 'write', afterBytes: MIB / 4, error: 'EIO' });
    const failed = await lifeboat(['clone', '--yes', volume.image, target.device]);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /is incomplete/);
  });

  test('devices of every length: as long as the volume, and without the whole of its end', async () => {
    const clusters = Math.floor((24 * MIB - SECTOR) / volume.clusterBytes) * volume.clusterBytes;
    for (const [bytes, theirCode, ourCode] of [
      [24 * MIB, 0, 0],
      [clusters + SECTOR, 1, 1],
      [clusters, 1, 1],
    ] as const) {
      const disk = fresh();
      await writeFile(disk, Buffer.alloc(bytes, 'old '));
      const before = await readFile(disk);
      await withLoop(disk, [], async (device) => {
        const found = await ours('-q', '-O', device, volume.image);
        assert.equal(found.code, ourCode, `${bytes}: ${errorsOf(found)}`);
        if (ourCode === 1) {
          assert.match(found.stdout, /too small/);
          await runOrThrow('blockdev', ['--flushbufs', device]);
          assert.ok(before.equals(await readFile(disk)), 'it was written to');
        }
        assert.equal((await theirs('-q', '-O', device, volume.image)).code, theirCode, String(bytes));
      });
      await rm(disk);
    }
  });

  describe('--adjust-sector-size', () => {
    const boot = async (file: string) => {
      const bytes = await readFile(file);
      return {
        sectorBytes: bytes.readUInt16LE(0x0b),
        perCluster: bytes[0x0d],
        hidden: bytes.readUInt32LE(0x1c),
        sectors: Number(bytes.readBigUInt64LE(0x28)),
      };
    };

    /** An empty volume with sectors of so many bytes. */
    async function empty(sectorBytes: number, clusterBytes: number): Promise<string> {
      const file = fresh();
      await writeFile(file, '');
      await truncate(file, 16 * MIB);
      await runOrThrow('mkntfs', [
        '-F',
        '-q',
        '-Q',
        '-s',
        String(sectorBytes),
        '-c',
        String(clusterBytes),
        '-p',
        '2048',
        file,
      ]);
      return file;
    }

    async function cloned(file: string, sectorBytes: number): Promise<{ disk: string; ran: Ran }> {
      const disk = fresh();
      await writeFile(disk, Buffer.alloc(17 * MIB));
      const ran = await withLoop(disk, ['--sector-size', String(sectorBytes)], (device) =>
        ours('-q', '--adjust-sector-size', '-O', device, file),
      );
      return { disk, ran };
    }

    test('from large sectors to small ones, and none where they are the same', async () => {
      // Measured with ntfsclone 2026.9.28: 4095 sectors of 4096 bytes become 32760.
      const large = await empty(4096, 4096);
      const { disk, ran } = await cloned(large, 512);
      assert.equal(ran.code, 0, errorsOf(ran));
      const [old, now] = [await boot(large), await boot(disk)];
      assert.deepEqual(now, {
        sectorBytes: 512,
        perCluster: 8,
        hidden: old.hidden * 8,
        sectors: old.sectors * 8,
      });
      const small = await empty(512, 4096);
      const same = await cloned(small, 512);
      assert.equal(same.ran.code, 0);
      assert.match(same.ran.stdout, /No sector size adjustment needed/);
      assert.deepEqual(await boot(same.disk), await boot(small));
    });

    test('clusters that are smaller than the sectors are refused before anything is written', async () => {
      const { disk, ran } = await cloned(await empty(512, 1024), 4096);
      assert.equal(ran.code, 1);
      assert.match(ran.stdout, /ERROR: Clusters of 1024 bytes cannot lie on/);
      assert.ok(
        (await readFile(disk)).every((byte) => byte === 0),
        'it was written to',
      );
    });
  });

  test('what is made: modes, holes, which stream says what', async () => {
    for (const [words, mode] of [
      [['-o'], 0o600],
      [['-s', '-o'], 0o644],
    ] as const) {
      for (const program of [theirs, ours]) {
        const out = fresh();
        const ran = await run('sh', [
          '-c',
          'umask 022; exec "$@"',
          'sh',
          program === ours ? own.path('bin/ntfsclone') : 'ntfsclone',
          '-q',
          ...words,
          out,
          volume.image,
        ]);
        assert.equal(ran.code, 0);
        const facts = await stat(out);
        assert.equal(facts.mode & 0o777, mode, words.join(' '));
        if (mode === 0o600) assert.ok(facts.blocks * 512 < facts.size / 2, 'it has no holes');
      }
    }
    for (const words of [
      ['-o', '-', volume.image],
      ['-s', '-o', '-', volume.image],
      ['-r', '-o', '-', image],
    ]) {
      const said = async (program: string): Promise<string> => {
        const ran = await run('sh', ['-c', '"$@" > /dev/null', 'sh', program, ...words]);
        assert.equal(ran.code, 0);
        return ran.stderr.replace(/^ntfsclone v.*\n/, '');
      };
      assert.equal(await said(own.path('bin/ntfsclone')), await said('ntfsclone'), words.join(' '));
    }
    for (const program of ['ntfsclone', own.path('bin/ntfsclone')]) {
      const read = await run('sh', ['-c', `"$0" -q -r -n - < "$1"`, program, image]);
      assert.equal(read.code, 0, errorsOf(read));
      const serial = await run(program, ['-q', '-r', '-n', '--new-serial', image]);
      assert.equal(serial.code, 0);
      assert.match(serial.stdout, /^New serial number {6}: 0x[0-9a-f]+$/m);
      const fifo = fresh();
      await runOrThrow('mkfifo', [fifo]);
      // A reader holds nothing of ours: one that outlives the shell must not keep its end from being seen.
      const raw = await run('sh', [
        '-c',
        `cat "$2" > /dev/null 2>&1 & "$0" -q -O "$2" "$1"; code=$?; kill $!; exit $code`,
        program,
        volume.image,
        fifo,
      ]);
      assert.equal(raw.code, 1, `${program} into a FIFO: ${errorsOf(raw)}`);
    }
  });

  test('volumes of another version are refused; a $MFTMirr that differs is passed over', async () => {
    const file = own.path('crafted');
    await copyFile(volume.image, file);
    {
      using craft = new VolumeCraft(file);
      craft.setVersion(4, 0);
    }
    for (const program of [theirs, ours]) {
      const ran = await program('-q', '-o', fresh(), file);
      assert.equal(ran.code, 1);
      assert.match(ran.stdout, /^ERROR(\(95\))?: Unknown NTFS version/m);
    }
    await copyFile(volume.image, file);
    {
      using craft = new VolumeCraft(file);
      craft.spoilMirror();
    }
    assert.equal((await theirs('-q', '-o', fresh(), file)).code, 1);
    const out = fresh();
    const ran = await ours('-q', '-o', out, file);
    assert.equal(ran.code, 0, errorsOf(ran));
    await truncate(file, (await stat(out)).size);
    const due = fresh();
    await copyFile(clone, due);
    const mirror = await startOfAttribute(volume.image, volume.clusterBytes, 1, '$DATA');
    const spoiled = await readFile(file);
    const bytes = await readFile(due);
    spoiled.copy(bytes, mirror, mirror, mirror + volume.clusterBytes);
    await writeFile(due, bytes);
    assert.equal(await difference(due, out), '');
  });
});
