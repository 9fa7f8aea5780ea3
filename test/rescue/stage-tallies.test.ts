import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangeSet } from '../../src/block/range-set.ts';
import { BlockMap } from '../../src/rescue/block-map.ts';
import type { Stage } from '../../src/rescue/plan.ts';
import { StageTallies } from '../../src/rescue/stage-tallies.ts';
import { STATUSES, type Status } from '../../src/rescue/status.ts';
import { seededRandom } from '../support/random.ts';

const SIZE = 4096;

test('what is safe of each stage is what counting byte by byte finds, through changes of map and plan', () => {
  const random = seededRandom(3);
  const map = new BlockMap(SIZE);
  const tallies = new StageTallies(map);
  assert.deepEqual(tallies.progress, []);
  const truth: Status[] = Array.from({ length: SIZE }, () => '?');
  let stages: Stage[] = [];
  for (let step = 0; step < 400; step++) {
    if (step % 50 === 0) {
      // Every byte is in one stage or in none.
      const owner = Array.from({ length: SIZE / 64 }, () => random.integer(4));
      const names =
        step % 100 === 0 ? (['metadata', 'used', 'free'] as const) : (['used', 'metadata'] as const);
      stages = names.map((name, i) => ({
        name,
        domain: RangeSet.of(
          owner.flatMap((who, at) => (who === i ? [{ start: at * 64, end: (at + 1) * 64 }] : [])),
        ),
      }));
      tallies.count(stages);
    }
    const start = random.integer(SIZE);
    const end = Math.min(SIZE, start + random.integer(300));
    const status = STATUSES[random.integer(STATUSES.length)] as Status;
    map.set(start, end, status);
    truth.fill(status, start, end);
    const count = (domain: RangeSet, wanted: Status): number =>
      [...domain].reduce(
        (sum, range) => sum + truth.slice(range.start, range.end).filter((one) => one === wanted).length,
        0,
      );
    assert.deepEqual(
      tallies.progress,
      stages
        .filter(({ domain }) => !domain.isEmpty)
        .map(({ name, domain }) => ({
          stage: name,
          totalBytes: domain.totalBytes,
          savedBytes: count(domain, '+'),
          badBytes: count(domain, '-'),
        })),
    );
  }
});
