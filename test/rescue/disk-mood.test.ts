import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangeSet } from '../../src/block/range-set.ts';
import { BlockMap } from '../../src/rescue/block-map.ts';
import { DiskMood } from '../../src/rescue/disk-mood.ts';
import { MediumUnit } from '../../src/rescue/medium-unit.ts';
import { NamedFaults } from '../../src/rescue/named-faults.ts';
import { CopyForward } from '../../src/rescue/passes/copy-forward.ts';
import { defaultCopyPolicy } from '../../src/rescue/passes/copy-policy.ts';

const KIB = 1024;
const policy = defaultCopyPolicy(2 ** 30);

/** A mood that has seen many reads of 128 KiB in 10 ms each. */
function usual(minRate?: number): DiskMood {
  const mood = new DiskMood(policy, minRate);
  for (let i = 0; i < 100; i++) assert.equal(mood.learn(128 * KIB, true, 10), 'good');
  return mood;
}

test('what is slow is learnt, and a read that was stuck is slow before anything was learnt', () => {
  assert.equal(usual().learn(128 * KIB, true, 79), 'good');
  assert.equal(usual().learn(128 * KIB, true, 100), 'slow');
  assert.equal(new DiskMood(policy).learn(128 * KIB, true, 400), 'good');
  assert.equal(new DiskMood(policy).learn(128 * KIB, true, 6000), 'slow');
});

test('--min-rate sets what is slow, from the first read on; 0 is never', () => {
  // 128 KiB in 100 ms are 1.3 MB/s.
  assert.equal(new DiskMood(policy, 2e6).learn(128 * KIB, true, 100), 'slow');
  assert.equal(new DiskMood(policy, 1e6).learn(128 * KIB, true, 100), 'good');
  assert.equal(usual(1e6).learn(128 * KIB, true, 100), 'good');
  assert.equal(new DiskMood(policy, 0).learn(128 * KIB, true, 600_000), 'good');
  // A seek alone takes that long, however little is read.
  assert.equal(new DiskMood(policy, 1e6).learn(512, true, 20), 'good');
});

test('behind a read that was stuck the copy jumps ahead; what it jumped over stays untried', () => {
  const map = new BlockMap(2 ** 30);
  const domain = RangeSet.single(0, map.sizeBytes);
  const mood = new DiskMood(policy);
  const context = { map, domain, unit: new MediumUnit(map, 512, false), named: new NamedFaults(512) };
  const copy = new CopyForward(context, policy, mood);
  const stuck = copy.next();
  assert.ok(stuck);
  map.set(stuck.start, stuck.end, '+');
  copy.settle(stuck, true, 28_000);
  const next = copy.next();
  assert.ok(next && next.start >= stuck.end + policy.firstSkipBytes, `${next?.start}`);
  assert.ok(next.end - next.start < stuck.end - stuck.start, 'it reads less at a time');
  assert.equal(map.statusAt(stuck.end), '?');
});
