import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { ByteRange } from '../../src/block/range.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import {
  parseSumLog,
  type SavedSums,
  SUM_UNIT_BYTES,
  sumBatch,
  sumHeader,
  sumsOf,
} from '../../src/rescue/sum-log.ts';
import { verifyTarget } from '../../src/rescue/verify.ts';
import { seededRandom } from '../support/random.ts';
import { badStretches, SimulatedDisk } from '../support/simulated-disk.ts';

const SIZE = 24 * SUM_UNIT_BYTES + 512 * 5;
const CASES = 30;

/** A file of sums: its header, and batches of pieces of `data` as they were saved. */
function sumFile(batches: readonly (readonly ByteRange[])[], data: Uint8Array): Buffer {
  const sums = (pieces: readonly ByteRange[]): SavedSums[] =>
    pieces.map(({ start, end }) => sumsOf(start, data.subarray(start, end), crc32));
  return Buffer.concat([
    sumHeader(data.length, crc32),
    ...batches.map((pieces) => sumBatch(sums(pieces), crc32)),
  ]);
}

const look = (bytes: Uint8Array, finished: RangeSet, target: Uint8Array, bad: readonly ByteRange[] = []) => {
  const log = parseSumLog(bytes, target.length, crc32);
  assert.ok(log);
  const fails = (start: number, end: number): boolean =>
    bad.some((range) => range.start < end && range.end > start);
  return verifyTarget(log.units, finished, {
    target: new SimulatedDisk(target, { fails }),
    checksum: crc32,
    onProgress: () => undefined,
    isStopped: () => false,
  });
};

/** Random stretches of whole sectors, without overlaps, in random order. */
function pieces(random: ReturnType<typeof seededRandom>): ByteRange[] {
  const found: ByteRange[] = [];
  for (let at = random.integer(8) * 512; at < SIZE; ) {
    const length = Math.min(SIZE - at, (1 + random.integer(random.integer(4) === 0 ? 4000 : 40)) * 512);
    found.push({ start: at, end: at + length });
    at += length + random.integer(3) * random.integer(200) * 512;
  }
  for (let i = found.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [found[i], found[j]] = [found[j] as ByteRange, found[i] as ByteRange];
  }
  return found;
}

test('every harmed sector is found, nothing else is named, and what is not summed is counted', async () => {
  const random = seededRandom(5);
  for (let round = 0; round < CASES; round++) {
    const data = random.fill(new Uint8Array(SIZE));
    const saved = pieces(random);
    const middle = random.integer(saved.length + 1);
    const log = sumFile([saved.slice(0, middle), saved.slice(middle)], data);
    // A crash cuts the last batch off anywhere; the map knows of more than the sums.
    const lastBytes = log.length - sumFile([saved.slice(0, middle)], data).length;
    const cut = round % 3 === 0 ? log.length - random.integer(lastBytes + 1) : log.length;
    const whole = RangeSet.of(saved);
    const target = data.slice();
    const harmed: number[] = [];
    for (let i = random.integer(4); i > 0; i--) {
      const at = random.integer(SIZE);
      target[at] = (target[at] ?? 0) ^ (1 << random.integer(8));
      harmed.push(at);
    }
    const result = await look(log.subarray(0, cut), whole, target);
    const summed = RangeSet.of(cut < log.length ? saved.slice(0, middle) : saved);
    assert.equal(result.checkedBytes + result.uncheckedBytes, whole.totalBytes);
    if (cut === log.length) assert.equal(result.uncheckedBytes, 0);
    const different = RangeSet.of(result.different);
    for (const at of harmed) {
      const isKnown = summed.covers(at, at + 1) && target[at] !== data[at];
      assert.equal(different.covers(at, at + 1), isKnown, `byte ${at} of round ${round}`);
    }
    for (const { start, end } of result.different) {
      assert.ok(
        harmed.some((at) => at >= start && at < end),
        `${start}..${end} is whole`,
      );
      assert.ok(end - start <= SUM_UNIT_BYTES * harmed.length);
    }
  }
});

test('what was saved again counts by its last sum; what the map no longer vouches for is not looked at', async () => {
  const random = seededRandom(6);
  const old = random.fill(new Uint8Array(SIZE));
  const data = random.fill(new Uint8Array(SIZE));
  const all = { start: 0, end: SIZE };
  const inner = { start: 3 * SUM_UNIT_BYTES, end: 5 * SUM_UNIT_BYTES };
  const odd = { start: 7 * SUM_UNIT_BYTES + 512, end: 7 * SUM_UNIT_BYTES + 1024 };
  const first = sumFile([[all]], old);
  const again = sumFile([[inner, odd]], data).subarray(24);
  const target = old.slice();
  for (const { start, end } of [inner, odd]) target.set(data.subarray(start, end), start);
  const result = await look(Buffer.concat([first, again]), RangeSet.of([all]), target);
  assert.deepEqual(result.different, []);
  // The rest of a unit of which a sector was saved again has no sum of its own.
  assert.equal(result.uncheckedBytes, SUM_UNIT_BYTES - 512);

  target.fill(0);
  const finished = RangeSet.single(0, SUM_UNIT_BYTES * 2);
  assert.deepEqual((await look(first, finished, target)).different, [{ start: 0, end: SUM_UNIT_BYTES * 2 }]);
});

test('a target that cannot be read in a place differs there, and nowhere else', async () => {
  const data = seededRandom(7).fill(new Uint8Array(SIZE));
  const log = sumFile([[{ start: 0, end: SIZE }]], data);
  const bad = [{ start: 9 * SUM_UNIT_BYTES + 512, end: 9 * SUM_UNIT_BYTES + 1024 }];
  const { different, differentBytes } = await look(log, RangeSet.single(0, SIZE), data, bad);
  assert.deepEqual(different, [{ start: 9 * SUM_UNIT_BYTES, end: 10 * SUM_UNIT_BYTES }]);
  assert.equal(differentBytes, SUM_UNIT_BYTES);
});

test('a target that drops out ends the comparison: nothing follows for what was not compared', async () => {
  const data = seededRandom(7).fill(new Uint8Array(SIZE));
  const log = parseSumLog(sumFile([[{ start: 0, end: SIZE }]], data), SIZE, crc32);
  assert.ok(log);
  const harmed = data.slice();
  harmed[5] = (harmed[5] ?? 0) ^ 1;
  const disk = new SimulatedDisk(harmed, badStretches([[17 * SUM_UNIT_BYTES, 512]]));
  // In the midst of looking for the bad unit among its neighbours.
  disk.gone = () => disk.requests.length > 3;
  const result = await verifyTarget(log.units, RangeSet.single(0, SIZE), {
    target: disk,
    checksum: crc32,
    onProgress: () => undefined,
    isStopped: () => false,
  });
  assert.deepEqual(result.different, [{ start: 0, end: SUM_UNIT_BYTES }]);
  assert.equal(result.failure?.errno, 'ENODEV');
  assert.equal(result.checkedBytes, 16 * SUM_UNIT_BYTES);
  assert.equal(result.uncheckedBytes, SIZE - 16 * SUM_UNIT_BYTES);
});

test('garbage in a file of sums never throws, and never vouches for anything', async () => {
  const random = seededRandom(8);
  const data = random.fill(new Uint8Array(SIZE));
  const log = sumFile([[{ start: 0, end: SIZE >> 1 }], [{ start: SIZE >> 1, end: SIZE }]], data);
  assert.equal(parseSumLog(log, SIZE - 512, crc32), undefined, 'of another source');
  for (let round = 0; round < 2000; round++) {
    const bytes = Buffer.from(log.subarray(0, random.integer(log.length + 1)));
    for (let i = random.integer(4); i > 0 && bytes.length > 0; i--) {
      bytes[random.integer(bytes.length)] = random.integer(256);
    }
    const parsed = parseSumLog(bytes, SIZE, crc32);
    if (parsed === undefined) continue;
    assert.ok(parsed.goodBytes <= bytes.length);
    const { units } = parsed;
    for (let i = 0; i < units.count; i++) {
      const [start, end] = [units.startOf(i), units.endOf(i)];
      assert.equal(units.sumOf(i), crc32(data.subarray(start, end)));
    }
  }
});
