import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type LivePrograms, livePrograms } from '../support/live-programs.ts';

/** A stick at its first start: two partitions, and room behind them. */
async function firstStart(live: LivePrograms, diskBytes: number): Promise<void> {
  const block = 'sys/devices/pci0000:00/usb1/1-1/block/sdb';
  await live.write({
    'usr/lib/lifeboat/image': 'efi_sectors=16384 data_sectors=65536',
    [`${block}/size`]: String(diskBytes / 512),
    [`${block}/sdb1/start`]: '280000',
    [`${block}/sdb1/size`]: '65536',
    [`${block}/sdb2/start`]: '260000',
    [`${block}/sdb2/size`]: '16384',
    'sys/class/block/none': '',
  });
  await symlink(join(live.root, block), join(live.root, 'sys/class/block/sdb'));
  await symlink(join(live.root, block, 'sdb1'), join(live.root, 'sys/class/block/sdb1'));
  await live.stub('sgdisk', 'echo "Partition unique GUID: 0"');
  // The first thing that would lead to a write; more than that this machine shall not do.
  await live.stub('losetup', `echo "$*" >> ${live.root}/written; exit 1`);
}

test('the part that keeps things grows on a stick, and never on a disk that no stick is as large as', async () => {
  for (const [bytes, grows] of [
    [64e9, true],
    [300e9, true],
    [300e9 + 512, false],
    [2e12, false],
    [256e6, true],
    [200e6, false],
  ] as const) {
    await using live = await livePrograms();
    await firstStart(live, bytes);
    assert.equal((await live.run('grow', ['sdb1'])).code, 1);
    assert.equal(existsSync(join(live.root, 'written')), grows, `${bytes}`);
    assert.equal(
      (await readFile(join(live.root, 'said'), 'utf8')).includes('Making room'),
      grows,
      `${bytes}`,
    );
  }
});
