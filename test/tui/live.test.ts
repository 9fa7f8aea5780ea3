import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveSystem } from '../../src/jobs/live-system.ts';
import { liveStatus } from '../../src/tui/live.ts';

const LIVE: LiveSystem = {
  stick: () => 'sdb',
  locksDisks: () => true,
  otherLetters: async () => undefined,
  keyboard: async () => undefined,
  leave: () => undefined,
};

test('the first row of the live image says that disks are locked only as long as new ones are seen', () => {
  const row = (live: LiveSystem): string =>
    liveStatus(live)
      .map(({ text }) => text)
      .join('');
  assert.equal(row(LIVE), '[LOCK] disks read-only │ work: on the stick');
  assert.equal(row({ ...LIVE, locksDisks: () => false }), 'NEW DISKS NOT LOCKED │ work: on the stick');
  assert.equal(row({ ...LIVE, stick: () => undefined }), '[LOCK] disks read-only │ work: ONLY IN MEMORY');
});
