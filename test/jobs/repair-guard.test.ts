import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuseFailing } from '../../src/jobs/boot/repair-guard.ts';
import { Refusal } from '../../src/jobs/refusal.ts';
import { judgeHealth } from '../../src/probe/health/judge.ts';
import { ataAnswer, attribute } from '../support/smart-answers.ts';

test('a disk that is failing by its own account is never written to, and nobody can pass that', () => {
  const pending = judgeHealth(ataAnswer([attribute(197, 'Current_Pending_Sector', 312)]), true);
  assert.throws(
    () => refuseFailing('/dev/sdb', pending),
    (error: unknown) =>
      error instanceof Refusal &&
      error.code === 'disk-failing' &&
      !error.overridable &&
      /\/dev\/sdb is failing: 312 sectors/.test(error.message),
  );
  refuseFailing('/dev/sdb', judgeHealth(ataAnswer([]), true));
  // An image, and a disk that tells nothing of itself.
  refuseFailing('/dev/sdb', undefined);
});
