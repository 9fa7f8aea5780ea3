import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DESKTOP_DISK, DriveHead } from '../../scripts/failing-disk/drive-head.ts';
import { FaultModel } from '../../scripts/failing-disk/fault-model.ts';
import { parseFaults } from '../../scripts/failing-disk/fault-rules.ts';
import { formatRequest, parseRequests, totals } from '../../scripts/failing-disk/request-log.ts';

const SIZE = 64 * 2 ** 20;

function disk(...faults: string[]): FaultModel {
  return new FaultModel(SIZE, parseFaults(faults.join('\n')));
}

/** The outcome codes of reading one sector after the other. */
function codes(model: FaultModel, ...sectors: number[]): string {
  return sectors.map((sector) => model.request(sector * 512, 512).rc).join('');
}

test('the head: nothing to go on reading, little to skip ahead, a turn to step back, a seek to go far', () => {
  const head = new DriveHead(DESKTOP_DISK, 100e6);
  assert.equal(head.seek(0), 0);
  assert.equal(head.transfer(150_000), 1);
  assert.equal(head.seek(150_000), 0);
  assert.equal(head.seek(300_000), 0.3 + 1);
  assert.equal(head.seek(0), 8.33);
  assert.ok(Math.abs(head.seek(25e6) - (1 + 15 * 0.5 + 4.2)) < 1e-9);
});

test('a bad sector fails every request that holds it, and no other', () => {
  const model = disk('bad 100 2', 'bad 101 5 # overlaps are no harm');
  assert.equal(codes(model, 99, 100, 105, 106, 100), '01101');
  assert.equal(model.request(0, 512 * 100).rc, 0);
  assert.equal(model.request(0, 512 * 101).rc, 1);
});

test('a failing read costs the way to the bad sector and the tries of the drive', () => {
  const { costMs } = disk('bad 1500 1').request(0, 2 ** 20);
  assert.ok(Math.abs(costMs - (0.1 + (1500 * 512) / 150_000 + 1000)) < 1e-9);
});

test('each weak sector fails its own first tries', () => {
  assert.equal(codes(disk('weak 10 2 2'), 10, 10, 10, 11, 11, 11, 10), '2202200');
  const model = disk('weak 10 2 1');
  const together = [1, 2, 3].map(() => model.request(0, 512 * 20).rc);
  assert.deepEqual(together, [2, 2, 0]);
});

test('a slow stretch stretches the transfer of its own bytes only', () => {
  const { costMs } = disk('slow 100 100 50').request(0, 300 * 512);
  assert.ok(Math.abs(costMs - 0.1 - ((200 + 50 * 100) * 512) / 150_000) < 1e-9);
});

test('garbage is read without an error and named in the verdict', () => {
  const verdict = disk('garbage 7 2').request(0, 4096);
  assert.equal(verdict.rc, 0);
  assert.deepEqual(verdict.garbage, [{ start: 7, end: 9 }]);
});

test('a hanging stretch asks for real time', () => {
  assert.equal(disk('hang 5 1 3').request(5 * 512, 512).hangMs, 3000);
});

test('it vanishes after so many failing reads, after so many reads, or at a sector; and comes back', () => {
  assert.equal(codes(disk('bad 1 1', 'vanish_after_fails 2 3'), 0, 1, 1, 0, 0, 0, 0, 1, 0), '011333010');
  assert.equal(codes(disk('vanish_after_reads 2 2'), 0, 0, 0, 0, 0, 0), '003300');
  assert.equal(codes(disk('vanish_at 7 2'), 6, 7, 6, 7, 7), '03300');
});

test('changing the faults keeps the tries and the vanishings that are under way', () => {
  const model = disk('weak 10 1 2', 'vanish_after_reads 3 2');
  assert.equal(codes(model, 10, 0), '20');
  model.setRules(parseFaults('weak 10 1 2\nvanish_after_reads 3 2\nbad 5 1'));
  assert.equal(codes(model, 10, 10, 10, 10, 5), '23301');
});

test('a rule that cannot be understood is named with its line', () => {
  assert.throws(() => parseFaults('bad 1 1\n\nbroken 2 2'), /line 3: cannot understand 'broken 2 2'/);
  assert.throws(() => parseFaults('bad 1'), /line 1/);
  assert.throws(() => disk('weak 1 5 1', 'weak 3 1 2'), /overlap at sector 3/);
});

test('the log reads back what was written, without notes and half lines', () => {
  const request = { vtimeMs: 1004.5, offset: 2 ** 40, length: 512, rc: 1, costMs: 1000.1 } as const;
  const text = `# faults: 3 rules\n${formatRequest(request)}1.0 2 `;
  assert.deepEqual(parseRequests(text), [request]);
  assert.equal(totals(parseRequests(text)).failing, 1);
});
