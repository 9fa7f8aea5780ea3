import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { KernelLog, namedSectorIn } from '../../src/block/kernel-log.ts';
import { missing } from '../support/tools.ts';

test('the sector of a medium error is taken from the words of every kernel, and of no other error', () => {
  const records: readonly [string, { diskName: string; startBytes: number } | undefined][] = [
    [
      '3,1234,98765432,-;critical medium error, dev sda, sector 4660 op 0x0:(READ) flags 0x800 phys_seg 1 prio class 2\n SUBSYSTEM=block\n',
      { diskName: 'sda', startBytes: 4660 * 512 },
    ],
    [
      '3,77,1,-;blk_update_request: critical medium error, dev sdb, sector 7814037160\n',
      { diskName: 'sdb', startBytes: 7814037160 * 512 },
    ],
    // Its sector is the start of the request.
    ['3,78,1,-;I/O error, dev loop0, sector 8 op 0x0:(READ) flags 0x800\n', undefined],
    ['3,79,1,-;critical medium error, dev sda, sector 99999999999999999999\n', undefined],
    ['6,80,1,-;sd 0:0:0:0: [sda] Attached SCSI disk\n', undefined],
  ];
  for (const [record, named] of records) assert.deepEqual(namedSectorIn(record), named);
});

test("the kernel's own log is followed, each record for whom it belongs to", {
  skip: missing({ root: true }),
}, async () => {
  const say = (dev: string, sector: number): Promise<void> =>
    writeFile('/dev/kmsg', `critical medium error, dev ${dev}, sector ${sector} op 0x0:(READ)\n`);
  const [one, other] = [`lifeboat-${process.pid}-a`, `lifeboat-${process.pid}-b`];
  await say(one, 100);
  const log = await KernelLog.open();
  assert.ok(log);
  try {
    assert.equal(await log.claim(one, 0, 10 ** 9), undefined, 'what was said before it was opened');
    await say(one, 200);
    await say(other, 300);
    await say(one, 400);
    const [late, early] = await Promise.all([
      log.claim(one, 400 * 512, 500 * 512),
      log.claim(one, 150 * 512, 250 * 512),
    ]);
    assert.deepEqual([early, late], [200 * 512, 400 * 512]);
    assert.equal(await log.claim(one, 0, 10 ** 9), undefined, 'claimed once');
    assert.equal(await log.claim(other, 0, 300 * 512), undefined);
    assert.equal(await log.claim(other, 0, 301 * 512), 300 * 512);
  } finally {
    await log.close();
  }
});
