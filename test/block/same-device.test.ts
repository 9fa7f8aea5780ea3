import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlockFacts, FileFacts } from '../../src/block/path-facts.ts';
import { candidatesFor, differenceOf, isCertainlySame } from '../../src/block/same-device.ts';
import { makeBench, NEEDS_ROOT } from '../support/block-bench.ts';

const disk = (changes: Partial<BlockFacts> = {}): BlockFacts => ({
  kind: 'block',
  path: '/dev/sdb2',
  realPath: '/dev/sdb2',
  name: 'sdb2',
  majorMinor: '8:18',
  sizeBytes: 1 << 30,
  logicalSectorBytes: 512,
  physicalSectorBytes: 512,
  readOnly: false,
  rotational: true,
  diskName: 'sdb',
  diskMajorMinor: '8:16',
  partitionNumber: 2,
  partitionStartBytes: 1 << 20,
  model: 'WDC WD10',
  serial: 'WX1',
  diskSequence: 4,
  ...changes,
});

/** Without some of its facts. */
const without = (facts: BlockFacts, ...keys: (keyof BlockFacts)[]): BlockFacts =>
  Object.fromEntries(
    Object.entries(facts).filter(([key]) => !keys.includes(key as keyof BlockFacts)),
  ) as unknown as BlockFacts;

test('the same disk under another name is known; each difference is said', () => {
  const elsewhere = { name: 'sdc2', path: '/dev/sdc2', majorMinor: '8:34', diskSequence: 9 };
  assert.equal(differenceOf(disk(), disk(elsewhere)), undefined);
  assert.equal(isCertainlySame(disk(), disk(elsewhere)), true);
  // Another bridge shows another model; the serial number decides.
  assert.equal(differenceOf(disk(), disk({ ...elsewhere, model: 'USB 3.0' })), undefined);
  assert.match(differenceOf(disk(), disk({ sizeBytes: 1 << 29 })) ?? '', /512.* MiB.*1073741824/);
  assert.match(differenceOf(disk(), disk({ partitionStartBytes: 4096 })) ?? '', /begins at byte 4096/);
  assert.match(differenceOf(disk(), disk({ serial: 'WX2' })) ?? '', /serial number WX2, .* WX1/);
  assert.match(differenceOf(disk(), without(disk(), 'serial')) ?? '', /no serial number/);
  const [mute, other] = [
    without(disk(), 'serial'),
    without(disk({ ...elsewhere, model: 'Other' }), 'serial'),
  ];
  assert.match(differenceOf(mute, other) ?? '', /model Other.*WDC WD10/);
  assert.equal(differenceOf(mute, without(disk(elsewhere), 'serial')), undefined);
  assert.equal(isCertainlySame(mute, without(disk(elsewhere), 'serial')), false);
  assert.equal(isCertainlySame(mute, mute), true, 'it was never away');
  const file: FileFacts = {
    kind: 'file',
    path: '/a',
    realPath: '/a',
    dev: '8:1',
    ino: '5',
    sizeBytes: 9,
    allocatedBytes: 9,
  };
  assert.match(differenceOf(disk(), file) ?? '', /it is a file/);
  assert.equal(differenceOf(file, { ...file, ino: '6' }), undefined);
  assert.equal(isCertainlySame(file, { ...file, ino: '6' }), false);
});

test('candidates are what has the old path, and what has the same size', { skip: NEEDS_ROOT }, async (t) => {
  const bench = await makeBench(t);
  const size = 3 * 2 ** 20 + 7 * 512;
  const first = await bench.loop(await bench.file('first', size));
  const second = await bench.loop(await bench.file('second', size));
  const larger = await bench.loop(await bench.file('larger', size + 512));
  const lost = disk({ path: larger, sizeBytes: size });
  const paths = (await candidatesFor(lost)).map(({ path }) => path);
  assert.equal(paths[0], larger);
  assert.deepEqual(paths.slice(1).sort(), [first, second].sort());
});
