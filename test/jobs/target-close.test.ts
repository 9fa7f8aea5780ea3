import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closed, closeTarget } from '../../src/jobs/target-close.ts';
import type { RescueResult } from '../../src/rescue/events.ts';

const SAVED: RescueResult = {
  interruption: undefined,
  domainBytes: 1,
  savedBytes: 1,
  badBytes: 0,
  badAreas: 0,
  missingBytes: 0,
  undecidedBytes: 0,
  unmarkedBytes: 0,
  reads: 1,
  failedReads: 0,
  elapsedMs: 1,
};

test('a target that fails when it is closed is a failed target; one that was stopped stays so', async () => {
  const error = Object.assign(new Error('EIO: i/o error, close'), { code: 'EIO', errno: -5 });
  const errno = await closeTarget({ close: () => Promise.reject(error) }, 1000);
  assert.equal(errno, 'EIO');
  assert.deepEqual(closed(SAVED, errno).interruption, { kind: 'target-failed', position: undefined, errno });
  const stopped: RescueResult = { ...SAVED, interruption: { kind: 'stopped' } };
  assert.deepEqual(closed(stopped, errno), stopped);
  assert.deepEqual(closed(SAVED, await closeTarget({ close: async () => undefined }, 1000)), SAVED);
});

test('a target that never closes holds up nothing; a defect is thrown', async () => {
  assert.equal(await closeTarget({ close: () => new Promise(() => undefined) }, 10), undefined);
  await assert.rejects(
    closeTarget({ close: () => Promise.reject(new TypeError('defect')) }, 1000),
    TypeError,
  );
});
