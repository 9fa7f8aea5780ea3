import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstat, mkdir, open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ByteRange } from '../../src/block/range.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { extentsOf } from '../support/e2e-places.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { eventsOf, type LifeboatRun, lifeboat, startLifeboat } from '../support/lifeboat.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { mountVolume } from '../support/volume-mount.ts';
import { everyKind } from '../support/volume-populations.ts';

const SECTOR = 512;
const MIB = 2 ** 20;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'setfattr', 'ntfscluster', 'mkfs.ext4'],
  root: true,
});

interface Seen {
  readonly type: 'file' | 'folder' | 'link';
  readonly sizeBytes: number;
}

interface Copied {
  readonly event: 'file';
  readonly path: string;
  readonly stream: string;
  readonly missingBytes: number;
  readonly pieces: readonly { readonly offset: number; readonly length: number }[];
}

const sha256 = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

/** The objects that `--json` printed. */
function objects<T>({ stdout }: LifeboatRun): T[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

const copiedFiles = (result: LifeboatRun): Copied[] =>
  objects<Copied>(result).filter(({ event }) => event === 'file');

/** Every name below a folder, as the kernel shows it. */
async function walk(root: string, at = ''): Promise<Map<string, Seen>> {
  const found = new Map<string, Seen>();
  for (const name of await readdir(join(root, at))) {
    const path = at === '' ? name : `${at}/${name}`;
    const facts = await lstat(join(root, path));
    const type = facts.isSymbolicLink() ? 'link' : facts.isDirectory() ? 'folder' : 'file';
    found.set(path, { type, sizeBytes: type === 'file' ? facts.size : 0 });
    if (type === 'folder') for (const [below, seen] of await walk(root, path)) found.set(below, seen);
  }
  return found;
}

describe('files out of a volume, without mounting it', { skip }, () => {
  let volume: Volume;
  let folder: Scratch;

  before(async () => {
    folder = await scratch();
    volume = await makeVolume({ sizeBytes: 64 * MIB, populate: everyKind(12), seed: 41 });
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** Names what of the truth a copy of everything (with streams) does not hold. */
  async function wrongIn(copy: string): Promise<string[]> {
    const wrong: string[] = [];
    for (const [path, truth] of volume.truth) {
      const found = await sha256(join(copy, path.replace(':', '%'))).catch(() => 'not there');
      if (found !== truth.sha256) wrong.push(path);
    }
    return wrong;
  }

  test('ls -R shows what a mount shows', async () => {
    const listed = await lifeboat(['ls', '-R', '--json', volume.image]);
    assert.equal(listed.code, 0, listed.stderr);
    const ours = new Map(
      objects<Seen & { path: string }>(listed).map(({ path, type, sizeBytes }) => [
        path,
        { type, sizeBytes },
      ]),
    );
    await using mounted = await mountVolume(volume.image, { readOnly: true });
    const theirs = await walk(mounted.root);
    assert.ok(theirs.size > 180);
    assert.deepEqual([...ours].sort(), [...theirs].sort());
  });

  test('ls: one folder, a file, streams, system files, nothing there', async () => {
    const root = await lifeboat(['ls', volume.image]);
    assert.deepEqual(
      root.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('  ').at(-1)),
      ['Bin/', 'Compressed/', 'Data/', 'Links/', 'Names/', 'Users/'],
    );
    const all = await lifeboat(['ls', '-a', volume.image]);
    assert.match(all.stdout, /\$MFT\n/);
    assert.match(all.stdout, /\$Extend\//);
    const long = await lifeboat(['ls', '-l', volume.image, 'data/WITH streams.txt']);
    assert.match(
      long.stdout,
      /---A---- +\d+ +3000 {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}Data\/with streams\.txt\n/,
    );
    assert.match(long.stdout, / 150000 +Data\/with streams\.txt:large\n/);
    const nothing = await lifeboat(['ls', volume.image, 'Data/nothing']);
    assert.equal(nothing.code, 3);
    assert.match(nothing.stderr, /there is no Data\/nothing in this volume/);
    assert.equal((await lifeboat(['ls'])).code, 2);
    assert.equal((await lifeboat(['ls', folder.path('none.img')])).code, 3);
  });

  test('cp -r of everything gives the bytes and times of the truth', async () => {
    const copy = folder.path('all');
    const result = await lifeboat(['cp', '-r', '--streams', volume.image, '/', copy]);
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(await wrongIn(copy), []);
    await using mounted = await mountVolume(volume.image, { readOnly: true });
    for (const path of ['Data/large.bin', 'Users/Ada/Pictures/3.jpg', 'Users/Ada', 'Compressed']) {
      const [ours, theirs] = [await stat(join(copy, path)), await stat(join(mounted.root, path))];
      assert.ok(Math.abs(ours.mtimeMs - theirs.mtimeMs) < 1, path);
    }
    const sparse = await stat(join(copy, 'Data/sparse.img'));
    assert.ok(sparse.blocks * 512 < sparse.size, 'holes stay holes');
    const links = await readdir(join(copy, 'Links'));
    assert.deepEqual(links.sort(), ['again.bin', 'picture.jpg'], 'links are named, not made');
    assert.match(result.stderr, /Links\/junction: a link to C:\\Users\\Ada, not copied/);
  });

  test('where copies go, and what is refused', async () => {
    const place = folder.path('places');
    await mkdir(place);
    const cp = (...words: string[]) => lifeboat(['cp', volume.image, ...words]);
    const left = volume.truth.get('Data/left.bin')?.sha256;
    assert.equal((await cp('Data/left.bin', 'Data/empty', place)).code, 0);
    assert.equal(await sha256(join(place, 'left.bin')), left);
    assert.equal((await cp('Data/left.bin', join(place, 'other name'))).code, 0);
    assert.equal(await sha256(join(place, 'other name')), left);
    assert.equal((await cp('-r', 'Names', join(place, 'new'))).code, 0);
    assert.equal((await readdir(join(place, 'new'))).length, 4);

    await writeFile(join(place, 'left.bin'), 'mine');
    const again = await cp('Data/left.bin', 'Data/right.bin', place);
    assert.equal(again.code, 3, again.stderr);
    assert.match(again.stderr, /left\.bin exists already/);
    assert.equal(await readFile(join(place, 'left.bin'), 'utf8'), 'mine');
    assert.equal(await sha256(join(place, 'right.bin')), volume.truth.get('Data/right.bin')?.sha256);
    assert.equal((await cp('--force', 'Data/left.bin', place)).code, 0);
    assert.equal(await sha256(join(place, 'left.bin')), left);

    const notRecursive = await cp('Data', place);
    assert.equal(notRecursive.code, 3);
    assert.match(notRecursive.stderr, /is a folder/);
    const absent = await cp('Data/left.bin', 'Data/nothing', folder.path('untouched'));
    assert.equal(absent.code, 3);
    await assert.rejects(lstat(folder.path('untouched')), 'nothing is touched');
    for (const words of [[], ['Data'], ['--fill', 'keep', 'Data', place], ['--wrong', 'Data', place]]) {
      assert.equal((await cp(...words)).code, 2, words.join(' '));
    }
  });

  test('a destination on the disk of the source is refused', async () => {
    const image = folder.path('ext4.img');
    await runOrThrow('truncate', ['-s', '16M', image]);
    const device = (await runOrThrow('losetup', ['--find', '--show', image])).trim();
    await runOrThrow('blockdev', ['--setrw', device]);
    const mountPoint = folder.path('ext4');
    await mkdir(mountPoint);
    try {
      await runOrThrow('mkfs.ext4', ['-q', device]);
      await runOrThrow('mount', [device, mountPoint]);
      const { code, stderr } = await lifeboat(['cp', device, 'a', mountPoint]);
      assert.equal(code, 3);
      assert.match(stderr, /lies on the disk of the source/);
    } finally {
      await run('umount', [mountPoint]);
      await runOrThrow('losetup', ['--detach', device]);
    }
  });

  test('from a device with bad sectors, and from its partial clone: missing parts are named exactly', async () => {
    const entries = objects<{ path: string; record: number }>(
      await lifeboat(['ls', '-R', '--json', volume.image]),
    );
    const recordOf = (path: string): number => entries.find((entry) => entry.path === path)?.record ?? -1;
    const bad: number[] = [];
    const expected = new Map<string, { offset: number; length: number }[]>();
    for (const [path, offsets] of [
      ['Data/left.bin', [0, 70 * SECTOR, 71 * SECTOR, 900 * SECTOR]],
      ['Users/Ada/Pictures/9.jpg', [8 * SECTOR]],
    ] as const) {
      const extents = (await extentsOf(volume.image, volume.clusterBytes, recordOf(path))).get('80') ?? [];
      for (const offset of offsets) {
        const extent = extents.findLast((one) => one.offset <= offset);
        assert.ok(extent !== undefined);
        bad.push((extent.place.start + offset - extent.offset) / SECTOR);
      }
    }
    const leftPieces = [
      { offset: 0, length: SECTOR },
      { offset: 70 * SECTOR, length: 2 * SECTOR },
      { offset: 900 * SECTOR, length: SECTOR },
    ];
    expected.set('Data/left.bin', leftPieces).set('Links/again.bin', leftPieces);
    expected.set('Users/Ada/Pictures/9.jpg', [{ offset: 8 * SECTOR, length: SECTOR }]);

    const check = async (result: LifeboatRun, copy: string): Promise<void> => {
      assert.equal(result.code, 4, result.stderr + result.stdout.slice(-500));
      const hurt = copiedFiles(result).filter(({ missingBytes }) => missingBytes > 0);
      assert.deepEqual(
        new Map(hurt.map(({ path, pieces }) => [path, pieces])),
        new Map([...expected].sort(([a], [b]) => (a < b ? -1 : 1))),
      );
      assert.deepEqual((await wrongIn(copy)).sort(), [...expected.keys()].sort());
      await using file = await open(join(copy, 'Data/left.bin'));
      const sector = Buffer.alloc(SECTOR);
      await file.read(sector, 0, SECTOR, 71 * SECTOR);
      assert.equal(sector.toString('latin1'), `BadSectoR\0${'?'.repeat(SECTOR - 10)}`);
    };

    await using disk = await failingDisk({
      image: volume.image,
      faults: bad.map((sector) => `bad ${sector} 1`),
      exposeWrites: true,
    });
    const words = ['cp', '-r', '--streams', '--json'];
    const fromDisk = folder.path('from disk');
    await check(await lifeboat([...words, disk.device, '/', fromDisk]), fromDisk);
    assert.equal((await disk.stats()).writes, 0);

    const clone = folder.path('clone.img');
    assert.equal((await lifeboat(['rescue', disk.device, clone])).code, 4);
    const fromClone = folder.path('from clone');
    await check(await lifeboat([...words, clone, '/', fromClone]), fromClone);
    const listed = await lifeboat(['ls', '-l', clone, 'Data/left.bin', '--map', `${clone}.map`]);
    assert.equal(listed.code, 4);
    assert.match(listed.stdout, /^-! .*Data\/left\.bin {2}\[2048 bytes missing\]$/m);

    const zero = folder.path('zero');
    const plain = await lifeboat(['cp', '--fill', 'zero', clone, 'Data/left.bin', zero]);
    assert.match(plain.stderr, /Data\/left\.bin: 2048 bytes missing: 512 at byte 0, 1024 at byte 35840, 512/);
    assert.ok((await readFile(zero)).subarray(0, SECTOR).every((byte) => byte === 0));
  });

  test('stopped in the midst of a file: that one is removed, the others are whole', async () => {
    const entries = objects<{ path: string; record: number }>(
      await lifeboat(['ls', '--json', volume.image, 'Data']),
    );
    const large = entries.find(({ path }) => path === 'Data/large.bin')?.record ?? 0;
    const [extent] = (await extentsOf(volume.image, volume.clusterBytes, large)).get('80') ?? [];
    const slow = ((extent?.place.start ?? 0) + 2 * MIB) / SECTOR;
    await using disk = await failingDisk({ image: volume.image, faults: [`hang ${slow} 8 2`] });
    const copy = folder.path('stopped');
    const { child, ended } = startLifeboat([
      'cp',
      disk.device,
      'Data/right.bin',
      'Data/large.bin',
      'Data/left.bin',
      `${copy}/`,
    ]);
    while (!(await readdir(copy).catch((): string[] => [])).includes('large.bin')) await sleep(20);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    assert.equal(code, 5, stderr);
    assert.match(stderr, /Stopped by you/);
    assert.deepEqual(await readdir(copy), ['right.bin']);
    assert.equal(await sha256(join(copy, 'right.bin')), volume.truth.get('Data/right.bin')?.sha256);
  });

  test('a clone that is hardly begun: folders and records that are not there yet are told', async () => {
    const clone = folder.path('begun.img');
    await runOrThrow('cp', [volume.image, clone]);
    const entries = objects<{ path: string; record: number }>(
      await lifeboat(['ls', '-R', '--json', volume.image]),
    );
    const ada = entries.find(({ path }) => path === 'Users/Ada')?.record ?? 0;
    const [mft] = (await extentsOf(volume.image, volume.clusterBytes, 0)).get('80') ?? [];
    const gap = (mft?.place.start ?? 0) + ada * 1024;
    const map = [
      '0x0 ? 1',
      `0x0 ${gap} +`,
      `${gap} 1024 ?`,
      `${gap + 1024} ${volume.sizeBytes - gap - 1024} +`,
    ];
    await writeFile(folder.path('begun.map'), `${map.join('\n')}\n`);
    const copy = folder.path('begun');
    const words = ['--map', folder.path('begun.map'), '--json', clone];
    const result = await lifeboat(['cp', '-r', '--streams', ...words, '/', copy]);
    assert.equal(result.code, 4, result.stderr);
    assert.deepEqual(await wrongIn(copy), [], 'files are found through their own records');
    const listed = await lifeboat(['ls', ...words, 'Users']);
    assert.equal(listed.code, 4);
    assert.match(listed.stdout, /"path":"Users\/Ada",.*"problem":"record unreadable"/);
  });
});

test('hostile names, encrypted files and files that Windows compressed', { skip }, async () => {
  await using folder = await scratch();
  const hostile: readonly (readonly [string, string])[] = [
    ['SLASHSLASHSLASHevil', '../../../../../evil'],
    ['ROOTetcROOTevil', '/etc/../../evil'],
    ['ESCAPEevi', '\u001b[2J\u001b[Hxx'],
    ['SURROGATEevi', 'lone \ud83d alone'],
    ['NULLevil', 'a\0b\nevil'],
  ];
  await using volume = await makeVolume({
    sizeBytes: 16 * MIB,
    junk: false,
    populate: async (writer) => {
      for (const [i, [name]] of hostile.entries()) await writer.file(`${i}/${name}`, 2000);
      await writer.file('up/UPFOLDERS/inner', 3000);
      await writer.file('secret.txt', 9000);
      await writer.file('system.dll', 40_000);
      await writer.file('system.dll:WofCompressedData', 7000);
      const wof = '0x170000801000000001000000020000000100000000000000';
      const path = join(writer.root, 'system.dll');
      await runOrThrow('setfattr', ['-h', '-v', wof, '-n', 'system.ntfs_reparse_data', path]);
    },
  });
  const image = await readFile(volume.image);
  for (const [name, evil] of hostile) {
    assert.equal(name.length, evil.length, name);
    rename(image, Buffer.from(name, 'utf16le'), Buffer.from(evil, 'utf16le'));
  }
  // In front of a name stand its length and its name space.
  const up = Buffer.concat([Uint8Array.of(9, 0), Buffer.from('UPFOLDERS', 'utf16le')]);
  rename(image, up, Buffer.concat([Uint8Array.of(2, 0), Buffer.from('..', 'utf16le'), up.subarray(6)]));
  encrypt(image, 'secret.txt');
  await writeFile(volume.image, image);

  const inside = folder.path('a/b/c/d/e/f');
  await mkdir(inside, { recursive: true });
  const before = await walk(folder.path('a'));
  const result = await lifeboat(['cp', '-r', volume.image, '/', join(inside, 'out')]);
  assert.equal(result.code, 4, result.stderr);
  assert.match(result.stderr, /secret\.txt: encrypted by Windows/);
  assert.match(result.stderr, /system\.dll: compressed by Windows \(WOF\)/);
  assert.ok(!result.stderr.includes('\u001b'), 'no escape sequence reaches the terminal');
  const copied = [...(await walk(join(inside, 'out'))).keys()].sort();
  assert.deepEqual(copied, [
    '0',
    '0/..%2F..%2F..%2F..%2F..%2Fevil',
    '1',
    '1/%2Fetc%2F..%2F..%2Fevil',
    '2',
    '2/%1B[2J%1B[Hxx',
    '3',
    '3/lone %uD83D alone',
    '4',
    '4/a%00b%0Aevil',
    'system.dll%WofCompressedData',
    'up',
    'up/%2E%2E',
    'up/%2E%2E/inner',
  ]);
  const outside = [...(await walk(folder.path('a'))).keys()].filter((path) => !path.includes('/out'));
  assert.deepEqual(outside, [...before.keys()], 'nothing is written elsewhere');
  const inner = volume.truth.get('up/UPFOLDERS/inner')?.sha256;
  assert.equal(await sha256(join(inside, 'out/up/%2E%2E/inner')), inner);
});

test('rescue --first: named files are read before other data, on a failing disk too', { skip }, async () => {
  await using folder = await scratch();
  await using volume = await makeVolume({ sizeBytes: 96 * MIB, populate: everyKind(24), seed: 43 });
  const entries = objects<{ path: string; record: number; type: string }>(
    await lifeboat(['ls', '-R', '--json', volume.image]),
  );
  // Right.bin lies mixed with left.bin, piece by piece; the pictures lie before both, the large file behind.
  const isNamed = (path: string): boolean =>
    path === 'Data/right.bin' || path === 'Data/large.bin' || /^Users\/Ada\/Pictures\/\d.jpg$/.test(path);
  const clusters = async (wanted: (path: string) => boolean): Promise<RangeSet> => {
    const places: ByteRange[] = [];
    for (const { record, type } of entries.filter((entry) => wanted(entry.path))) {
      if (type !== 'file') continue;
      const extents = (await extentsOf(volume.image, volume.clusterBytes, record)).get('80') ?? [];
      places.push(...extents.map(({ place }) => place));
    }
    return RangeSet.of(places);
  };
  const named = await clusters(isNamed);
  const others = (await clusters((path) => !isNamed(path) && path !== 'Data/sparse.img')).subtract(named);
  assert.ok(named.totalBytes > 14 * MIB && others.totalBytes > 4 * MIB);
  const among = [...named];
  const bad = among.filter((_, i) => i % 3 === 0).map(({ start }) => start / SECTOR);
  bad.push(...[...others].filter((_, i) => i % 9 === 0).map(({ start }) => start / SECTOR));
  await using disk = await failingDisk({
    image: volume.image,
    faults: bad.map((sector) => `bad ${sector} 2`),
    exposeWrites: true,
  });
  const patterns = ['users/*/PICTURES/?.jpg', '**/right.bin', 'Data/large*', 'Nothing/at all'];
  const words = patterns.flatMap((pattern) => ['--first', pattern]);
  const clone = folder.path('clone.img');
  const result = await lifeboat(['rescue', disk.device, clone, ...words, '--json']);
  assert.equal(result.code, 4, result.stderr);
  const events = eventsOf(result);
  const plan = events.find((event) => event.event === 'plan');
  assert.ok(plan?.event === 'plan');
  assert.equal(plan.firstBytes, named.totalBytes);
  const notes = plan.notes.filter((note) => note.includes('--first'));
  assert.deepEqual(notes, [
    'Nothing on the volume is named by --first "Nothing/at all", as far as it can be read.',
  ]);
  const stages = events.flatMap((event) => (event.event === 'phase' && event.stage ? [event.stage] : []));
  assert.deepEqual([...new Set(stages)], ['metadata', 'first', 'used']);

  // The first request for each named sector comes before the first one that is for other files alone.
  const requests = await disk.requests();
  const alone = requests.findIndex(
    ({ offset, length }) =>
      others.touches(offset, offset + length) && !named.touches(offset, offset + length),
  );
  assert.ok(alone > 0);
  const asked = RangeSet.of(
    requests.slice(0, alone).map(({ offset, length }) => ({ start: offset, end: offset + length })),
  );
  assert.equal(named.subtract(asked).totalBytes, 0, 'a named sector was put off');
  assert.ok(others.subtract(asked).totalBytes > others.totalBytes * 0.8, 'other data was not read along');

  const again = await lifeboat(['rescue', volume.image, folder.path('none.img'), '--first', 'personal']);
  assert.equal(again.code, 0);
  assert.match(again.stdout, /of it in the files you named, which come first/);
  assert.equal((await lifeboat(['rescue', volume.image, clone, '--first', ''])).code, 2);
});

/** Puts bytes in the place of others of the same length, in every FILE and INDX record, below their fixups. */
function rename(image: Buffer, from: Buffer, to: Buffer): void {
  const KINDS = { FILE: 1024, INDX: 4096 };
  let count = 0;
  for (let at = 0; at < image.length; at += 1024) {
    const kind = image.toString('latin1', at, at + 4);
    if (kind !== 'FILE' && kind !== 'INDX') continue;
    const record = image.subarray(at, at + KINDS[kind]);
    const fixups = record.readUInt16LE(4);
    const ends = Array.from({ length: KINDS[kind] / 512 }, (_, i) => i * 512 + 510);
    const sequence = record.readUInt16LE(fixups);
    for (const [i, end] of ends.entries()) record.copy(record, end, fixups + 2 * i + 2, fixups + 2 * i + 4);
    for (let place = record.indexOf(from); place >= 0; place = record.indexOf(from, place + 1), count++) {
      record.set(to, place);
    }
    for (const [i, end] of ends.entries()) {
      record.copy(record, fixups + 2 * i + 2, end, end + 2);
      record.writeUInt16LE(sequence, end);
    }
  }
  assert.ok(count >= 2, `${count} places of ${from.toString('utf16le')}`);
}

/** Sets the flag of encryption in the $DATA of the record with this name. */
function encrypt(image: Buffer, name: string): void {
  const wanted = Buffer.from(name, 'utf16le');
  for (let at = image.indexOf(wanted); at >= 0; at = image.indexOf(wanted, at + 1)) {
    const record = at - (at % 1024);
    if (image.toString('latin1', record, record + 4) !== 'FILE') continue;
    let attribute = record + image.readUInt16LE(record + 0x14);
    while (image.readUInt32LE(attribute) < 0x80) attribute += image.readUInt32LE(attribute + 4);
    if (image.readUInt32LE(attribute) === 0x80) image.writeUInt16LE(0x4000, attribute + 12);
  }
}
