import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playCuts } from '../support/power-cuts.ts';
import { POWER_CUT_NEEDS, powerRig } from '../support/power-rig.ts';
import { missing } from '../support/tools.ts';

const skip = missing(POWER_CUT_NEEDS);
const CUTS = 2;

test('a machine that loses its power while it rescues goes on where a true map says: make cuts does more', {
  skip,
}, async (t) => {
  await using rig = await powerRig(7);
  const plan = { keeping: 'file', seed: 7, cuts: CUTS, withinRequests: 150 } as const;
  const report = await playCuts(rig, plan, (line) => t.diagnostic(line));
  assert.equal(report.cuts, CUTS);
  assert.equal(report.finishedRuns, 1);
});
