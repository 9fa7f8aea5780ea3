import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RangeSet, RangeSetBuilder } from '../../src/block/range-set.ts';
import { seededRandom } from '../support/random.ts';

const SPACE = 200;

/** The truth: one boolean a byte. */
function bitsOf(set: RangeSet): boolean[] {
  const bits = new Array<boolean>(SPACE).fill(false);
  for (const { start, end } of set) bits.fill(true, start, end);
  return bits;
}

test('set operations agree with one boolean a byte', () => {
  const random = seededRandom(7);
  for (let round = 0; round < 400; round++) {
    const make = (): [RangeSet, boolean[]] => {
      const builder = new RangeSetBuilder();
      const bits = new Array<boolean>(SPACE).fill(false);
      for (let n = random.integer(12); n > 0; n--) {
        const start = random.integer(SPACE);
        const end = Math.min(SPACE, start + random.integer(30));
        builder.add(start, end);
        if (end > start) bits.fill(true, start, end);
      }
      return [builder.build(), bits];
    };
    const [a, bitsA] = make();
    const [b, bitsB] = make();
    assert.deepEqual(bitsOf(a), bitsA);
    assert.deepEqual(
      bitsOf(a.union(b)),
      bitsA.map((bit, i) => bit || (bitsB[i] ?? false)),
    );
    assert.deepEqual(
      bitsOf(a.intersect(b)),
      bitsA.map((bit, i) => bit && (bitsB[i] ?? false)),
    );
    assert.deepEqual(
      bitsOf(a.subtract(b)),
      bitsA.map((bit, i) => bit && !bitsB[i]),
    );
    assert.equal(a.totalBytes, bitsA.filter(Boolean).length);
    const from = random.integer(SPACE);
    const to = from + random.integer(SPACE - from);
    assert.equal(a.covers(from, to), bitsA.slice(from, to).every(Boolean));
    assert.equal(a.touches(from, to), bitsA.slice(from, to).some(Boolean));
    let previous = -1;
    for (const { start, end } of a) {
      assert.ok(start > previous && end > start, 'ranges are ascending and do not touch');
      previous = end;
    }
  }
});

test('a million ranges in random order stay small and exact', () => {
  const random = seededRandom(11);
  const builder = new RangeSetBuilder();
  const count = 1_000_000;
  for (let i = 0; i < count; i++) {
    const at = 8 * random.integer(count);
    builder.add(at, at + 4);
    builder.add(at + 4, at + 8);
  }
  const set = builder.build();
  let previous = -1;
  for (const { start, end } of set) {
    assert.ok(start > previous && start % 8 === 0 && end % 8 === 0);
    previous = end;
  }
});
