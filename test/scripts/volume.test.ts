import assert from 'node:assert/strict';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { missing, runOrThrow } from '../support/tools.ts';
import { damagedFiles, makeVolume } from '../support/volume.ts';
import { compareClone } from '../support/volume-comparison.ts';
import { fragmentedMft, manyFiles } from '../support/volume-populations.ts';
import { usedRanges } from '../support/volume-used.ts';

const MIB = 2 ** 20;
const skip = missing({ tools: ['mkntfs', 'ntfs-3g', 'ntfsclone', 'ntfsinfo', 'setfattr'], root: true });

/** The number of extents of the $MFT and of its bitmap, as ntfsinfo counts them. */
async function mftExtents(image: string): Promise<number> {
  const facts = await runOrThrow('ntfsinfo', ['-f', '-v', '-i', '0', image]);
  return Number(/Total runs: (\d+)/.exec(facts)?.[1]);
}

test('a volume with every kind of file holds what it says, and the same each time', { skip }, async () => {
  await using volume = await makeVolume();
  assert.ok(volume.truth.size > 170);
  assert.deepEqual(await damagedFiles(volume.image, volume.truth), []);
  await using again = await makeVolume();
  assert.deepEqual(again.truth, volume.truth);
});

test('used clusters are those that ntfsclone saves, backup boot sector included', { skip }, async () => {
  await using volume = await makeVolume({ sizeBytes: 32 * MIB, populate: manyFiles(50, 9000) });
  const used = await usedRanges(volume.image);
  assert.equal(used.clusterBytes, 4096);
  assert.equal(used.ranges[0]?.start, 0);
  assert.equal(used.ranges.at(-1)?.end, volume.sizeBytes);
  const total = used.ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  assert.ok(total > 2 * MIB && total < 8 * MIB, `${total} bytes used`);
});

test('a file that is damaged in a copy is named', { skip }, async () => {
  await using volume = await makeVolume({ sizeBytes: 32 * MIB, populate: (v) => v.file('a/b.bin', 3 * MIB) });
  const { ranges } = await usedRanges(volume.image);
  const longest = ranges.reduce((a, b) => (b.end - b.start > a.end - a.start ? b : a));
  const file = await open(volume.image, 'r+');
  await file.write(Buffer.alloc(512, 1), 0, 512, longest.end - 4096);
  await file.close();
  assert.deepEqual(await damagedFiles(volume.image, volume.truth), ['a/b.bin']);
});

test('a clone is held against the volume sector by sector', { skip }, async () => {
  await using volume = await makeVolume({ sizeBytes: 32 * MIB, populate: (v) => v.file('a.bin', 3 * MIB) });
  const used = await usedRanges(volume.image);
  const bad = (used.ranges[0]?.start ?? 0) / 512 + 4;
  const clone = await readFile(volume.image);
  const marker = Buffer.concat([Buffer.from('BadSectoR\0'), Buffer.alloc(502, '?')]);
  marker.copy(clone, bad * 512);
  let free = 0;
  for (const [i, { end }] of used.ranges.entries()) {
    const next = used.ranges[i + 1]?.start ?? end;
    clone.fill(0x77, end, next);
    free += (next - end) / 512;
  }
  const file = `${volume.image}.clone`;
  await writeFile(file, clone);
  const compare = () => compareClone(volume.image, file, used, new Set([bad]), 0x77);
  const saved = volume.sizeBytes / 512 - free - 1;
  assert.deepEqual(await compare(), { saved, marked: 1, untouched: free, wrong: [] });
  clone[0] = 1;
  await writeFile(file, clone);
  assert.deepEqual((await compare()).wrong, ['sector 0 should be saved']);
});

for (const [sectorBytes, clusterBytes] of [
  [512, 512],
  [512, 65536],
  [512, 2 * MIB],
  [4096, 4096],
] as const) {
  test(`sectors of ${sectorBytes} and clusters of ${clusterBytes} bytes`, { skip }, async () => {
    const sizeBytes = clusterBytes > MIB ? 512 * MIB : 64 * MIB;
    await using volume = await makeVolume({ sizeBytes, sectorBytes, clusterBytes, junk: false });
    assert.deepEqual(await damagedFiles(volume.image, volume.truth), []);
    assert.equal((await usedRanges(volume.image)).clusterBytes, clusterBytes);
    assert.equal((await stat(volume.image)).size, sizeBytes);
  });
}

test('a $MFT in hundreds of pieces', { skip }, async () => {
  await using volume = await makeVolume({ sizeBytes: 24 * MIB, populate: fragmentedMft() });
  const extents = await mftExtents(volume.image);
  assert.ok(extents > 250, `only ${extents} extents`);
  assert.deepEqual(await damagedFiles(volume.image, volume.truth), []);
});
