import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type FatVolume, openFat } from '../../src/fat/volume.ts';
import { memoryReader } from '../support/ntfs-reader.ts';
import { seededRandom } from '../support/random.ts';
import { missing } from '../support/tools.ts';

const skip = missing({ tools: ['mkfs.vfat', 'mcopy', 'mdel', 'mattrib'] });
const folder = mkdtempSync(join(tmpdir(), 'lifeboat-fat-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const run = (tool: string, ...args: string[]): string =>
  execFileSync(tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** What is on the volume, by path. */
const FILES: Readonly<Record<string, number>> = {
  'EFI/Microsoft/Boot/BCD': 20_480,
  'EFI/Microsoft/Boot/bootmgfw.efi': 300_001,
  'EFI/Boot/bootx64.efi': 1,
  'EFI/Boot/empty.txt': 0,
  'lower.txt': 12,
  'A name with many letters, blanks and an end.configuration': 5000,
  'Grün 大.txt': 700,
  ...Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`many/entry number ${i}.dat`, i * 7])),
};

/** A volume of that form with `FILES` in it, one of them in pieces. */
function makeFat(bits: number, sizeKib: number, clusterSectors: number): string {
  const image = join(folder, `fat${bits}-${clusterSectors}.img`);
  if (existsSync(image)) return image;
  const tree = join(folder, `tree-${bits}-${clusterSectors}`);
  const random = seededRandom(bits);
  for (const [path, sizeBytes] of Object.entries(FILES)) {
    mkdirSync(join(tree, path, '..'), { recursive: true });
    writeFileSync(join(tree, path), random.fill(new Uint8Array(sizeBytes)));
  }
  run(
    'mkfs.vfat',
    '-C',
    '-F',
    String(bits),
    '-s',
    String(clusterSectors),
    '-n',
    'SYSTEM',
    image,
    String(sizeKib),
  );
  // Two files in turn, one of them removed: what comes next lies in the holes between.
  for (let i = 0; i < 8; i++) {
    writeFileSync(join(tree, 'fill'), new Uint8Array(9000));
    run('mcopy', '-i', image, join(tree, 'fill'), `::FILL${i}`);
  }
  for (let i = 0; i < 8; i += 2) run('mdel', '-i', image, `::FILL${i}`);
  rmSync(join(tree, 'fill'));
  // FAT32 remembers where it last wrote, and would go on behind it.
  if (bits === 32) {
    const bytes = readFileSync(image);
    bytes.writeUInt32LE(0xffffffff, 512 + 0x1ec);
    writeFileSync(image, bytes);
  }
  run('mcopy', '-s', '-i', image, ...['EFI', 'many', 'lower.txt'].map((name) => join(tree, name)), '::');
  for (const name of Object.keys(FILES).filter((path) => !path.includes('/') && path !== 'lower.txt'))
    run('mcopy', '-i', image, join(tree, name), '::');
  return image;
}

async function open(image: string): Promise<FatVolume> {
  const volume = await openFat(memoryReader(new Uint8Array(readFileSync(image))));
  assert.ok(volume);
  return volume;
}

async function read(volume: FatVolume, path: string): Promise<Uint8Array | undefined> {
  const entry = await volume.find(path);
  if (entry === undefined) return undefined;
  const content = await volume.content(entry);
  assert.equal(content.damage, undefined, path);
  const { bytes, holes } = await content.read(0, content.sizeBytes);
  assert.deepEqual(holes, [], path);
  return bytes;
}

describe('FAT, judged by mtools', { skip }, () => {
  for (const [bits, sizeKib, clusterSectors] of [
    [12, 4096, 2],
    [16, 16_384, 4],
    [32, 40_000, 1],
  ] as const) {
    test(`FAT${bits}: every file is read as it was written, wherever its pieces lie`, async () => {
      const image = makeFat(bits, sizeKib, clusterSectors);
      const volume = await open(image);
      assert.equal(volume.geometry.kind, `fat${bits}`);
      const bytes = readFileSync(image);
      const copied = join(folder, `copied-${bits}`);
      mkdirSync(copied);
      run('mcopy', '-s', '-n', '-i', image, '::*', copied);
      let pieces = 0;
      for (const path of Object.keys(FILES)) {
        const theirs = readFileSync(join(copied, path));
        assert.deepEqual(Buffer.from((await read(volume, path)) ?? []), theirs, path);
        const entry = await volume.find(path.toUpperCase());
        assert.ok(entry, `${path} in capitals`);
        const content = await volume.content(entry);
        const places = content.places(0, content.sizeBytes);
        pieces = Math.max(pieces, places.length);
        assert.deepEqual(
          Buffer.concat(places.map(({ start, end }) => bytes.subarray(start, end))),
          theirs,
          path,
        );
      }
      assert.ok(pieces > 2, 'no file lies in pieces: the test is too easy');
      const names = (await volume.list('many'))?.entries.map(({ name }) => name).sort();
      const theirs = run('mdir', '-b', '-i', image, '::many').trim().split('\n');
      assert.deepEqual(names, theirs.map((line) => line.replace('::/many/', '')).sort());
      assert.equal(await volume.find('EFI/Boot/none.efi'), undefined);
      assert.equal(await volume.list('lower.txt'), undefined);
      assert.equal(await volume.find('lower.txt/below'), undefined);
    });
  }

  test('damaged and hostile volumes end in words, soon, and never in an exception', async () => {
    const image = makeFat(16, 16_384, 8);
    const bytes = new Uint8Array(readFileSync(image));
    const { geometry } = await open(image);
    const random = seededRandom(5);
    let opened = 0;
    for (let i = 0; i < 400; i++) {
      const before = new Map<number, number>();
      for (let blow = 0; blow < 1 + random.integer(12); blow++) {
        // The boot sector, the table, the folders.
        const [from, to] = [
          [0, 64],
          [geometry.tableStart, geometry.tableStart + 400],
          [geometry.rootStart, geometry.dataStart + 40 * geometry.clusterBytes],
        ][random.integer(3)] as [number, number];
        const at = from + random.integer(to - from);
        if (!before.has(at)) before.set(at, bytes[at] ?? 0);
        bytes[at] = random.integer(256);
      }
      const volume = await openFat(memoryReader(bytes));
      if (volume !== undefined) opened++;
      for (const path of ['EFI/Microsoft/Boot/BCD', 'many/entry number 3.dat', 'EFI/Boot']) {
        const entry = await volume?.find(path);
        if (entry === undefined || entry.isFolder) continue;
        const content = await volume?.content(entry);
        await content?.read(0, Math.min(content.sizeBytes, 2 ** 20));
      }
      await volume?.list('');
      for (const [at, byte] of before) bytes[at] = byte;
    }
    assert.ok(opened > 100);
  });

  test('a chain that leads into itself ends, and says so', async () => {
    const image = makeFat(16, 16_384, 8);
    const bytes = new Uint8Array(readFileSync(image));
    const volume = await open(image);
    const entry = await volume.find('EFI/Microsoft/Boot/bootmgfw.efi');
    assert.ok(entry);
    const { tableStart } = volume.geometry;
    new DataView(bytes.buffer).setUint16(tableStart + 2 * entry.firstCluster, entry.firstCluster, true);
    const looped = await openFat(memoryReader(bytes));
    const content = await looped?.content(entry);
    assert.match(content?.damage ?? '', /leads back into itself/);
    assert.equal((await content?.read(0, 300_001))?.holes.at(-1)?.end, 300_001);
  });
});
