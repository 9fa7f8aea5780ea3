import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SourceFailure, sourceReader } from '../../src/ntfs/source-reader.ts';
import { seededRandom } from '../support/random.ts';
import { badStretches, SimulatedDisk } from '../support/simulated-disk.ts';

const MIB = 2 ** 20;
const image = seededRandom(3).fill(new Uint8Array(2 * MIB + 300));

/** Reads a stretch and holds it against the image. */
async function check(reader: ReturnType<typeof sourceReader>, offset: number, length: number) {
  const { bytes, holes } = await reader.read(offset, length);
  const due = image.slice(offset, offset + length);
  for (const { start, end } of holes) due.fill(0, start, end);
  assert.ok(Buffer.compare(bytes, due) === 0, `${offset}+${length}`);
  return holes;
}

test('any stretch can be read, also the odd end; single bad sectors are holes', async () => {
  const disk = new SimulatedDisk(
    image,
    badStretches([
      [5000 - (5000 % 512), 512],
      [MIB, 1024],
    ]),
  );
  const reader = sourceReader(disk);
  assert.deepEqual(await check(reader, 0, MIB), [{ start: 4608, end: 5120 }]);
  assert.deepEqual(await check(reader, 4700, 100), [{ start: 0, end: 100 }]);
  assert.deepEqual(await check(reader, MIB - 10, 2000), [{ start: 10, end: 1034 }]);
  assert.deepEqual(await check(reader, 2 * MIB + 77, 223), []);
  const before = disk.failedReads;
  await check(reader, 0, MIB);
  assert.equal(disk.failedReads, before, 'no bad sector is asked for twice');
  await assert.rejects(reader.read(image.length - 1, 2), RangeError);
});

test('damage is found in the units of the medium', async () => {
  const disk = new SimulatedDisk(image.subarray(0, MIB), badStretches([[8192, 4096]]), 512, 4096);
  const { holes } = await sourceReader(disk).read(8192 + 512, 1024);
  assert.deepEqual(holes, [{ start: 0, end: 1024 }]);
  assert.equal(disk.failedReads, 1);
});

test('a large bad area costs a bounded number of failing reads; what is whole around it is had', async () => {
  const disk = new SimulatedDisk(image, badStretches([[100_352, MIB]]));
  const holes = await check(sourceReader(disk), 0, 2 * MIB);
  assert.ok(disk.failedReads < 5 * 110, `${disk.failedReads} failing reads`);
  const lost = holes.reduce((sum, { start, end }) => sum + end - start, 0);
  assert.ok(lost >= MIB && lost < MIB + 2 ** 18, `${lost} bytes`);
});

test('a disk that is gone ends the reading: no sector is blamed', async () => {
  const disk = new SimulatedDisk(image, badStretches([]));
  disk.gone = () => true;
  await assert.rejects(sourceReader(disk).read(0, 512), (error) => {
    assert.ok(error instanceof SourceFailure);
    assert.equal(error.kind, 'gone');
    return true;
  });
});
