import assert from 'node:assert/strict';
import { open, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { type LivePrograms, livePrograms } from '../support/live-programs.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';

const NEEDS = { tools: ['fsck.vfat', 'mkfs.vfat', 'mcopy', 'mdir', 'flock', 'blkid'] };
/** Of a root folder entry in FAT: its first cluster and its size. */
const [CLUSTER, ENTRY_END] = [26, 32];

/** A stick at its second start, as the kernel shows it: `sdb`, with the part that keeps things as `sdb1`. */
async function stickIn(live: LivePrograms): Promise<string> {
  const block = 'sys/devices/pci0000:00/usb1/1-1/block';
  await live.write({
    'usr/lib/lifeboat/image': 'efi_sectors=16384 data_sectors=65536',
    [`${block}/sdb/sdb1/partition`]: '1',
    [`${block}/sdb/sdb1/size`]: '60000',
    [`${block}/sdb/sdb2/partition`]: '2',
    [`${block}/sdb/sdb2/size`]: '16384',
    'sys/class/block/none': '',
  });
  for (const name of ['sdb', 'sdb/sdb1'])
    await symlink(
      join(live.root, block, name),
      join(live.root, 'sys/class/block', name.split('/').at(-1) ?? ''),
    );
  await live.stub('blockdev', 'exit 0');
  // What is mounted is looked at by the judge the moment that it would be.
  await live.stub(
    'mount',
    `fsck.vfat -n ${live.root}/dev/sdb1 > ${live.root}/mounted 2>&1; echo "exit $?" >> ${live.root}/mounted`,
  );
  const image = join(live.root, 'dev/sdb1');
  await writeFile(image, '');
  await truncate(image, 32 * 2 ** 20);
  await runOrThrow('mkfs.vfat', ['-F', '16', '-n', 'LIFEBOAT', '-i', '4c424f54', image]);
  return image;
}

async function keep(image: string, name: string, content: string): Promise<void> {
  const from = join(dirname(image), 'content');
  await writeFile(from, content);
  await runOrThrow('mcopy', ['-i', image, from, `::${name}`]);
}

describe('the part of the stick that keeps things', { skip: missing(NEEDS) }, () => {
  test('is repaired before it is mounted, where a pull left two names for one file', async () => {
    await using live = await livePrograms();
    const image = await stickIn(live);
    await keep(image, 'MAP.NEW', 'm'.repeat(9000));
    await keep(image, 'MAP', 'old');
    const bytes = await readFile(image);
    const [kept, gone] = [bytes.indexOf('MAP     NEW'), bytes.indexOf('MAP        ')];
    bytes.copy(bytes, gone + CLUSTER, kept + CLUSTER, kept + ENTRY_END);
    await writeFile(image, bytes);
    assert.match((await run('fsck.vfat', ['-n', image])).stdout, /share clusters/);

    assert.deepEqual(await live.run('stick', ['sdb1'], { ACTION: 'add' }), {
      code: 0,
      stdout: '',
      stderr: '',
    });
    assert.match(await readFile(join(live.root, 'mounted'), 'utf8'), /exit 0/);
    assert.match(await readFile(join(live.root, 'said'), 'utf8'), /its file system was repaired/);
    assert.equal((await readFile(join(live.root, 'run/lifeboat/stick-device'), 'utf8')).trim(), 'sdb');
    assert.equal(await runOrThrow('mtype', ['-i', image, '::MAP.NEW']), 'm'.repeat(9000));
  });

  test('that was only pulled is mounted without a word, and so is one that cannot be looked at', async () => {
    for (const fsck of [undefined, 'exit 8']) {
      await using live = await livePrograms();
      const image = await stickIn(live);
      await keep(image, 'MAP', 'map');
      await using file = await open(image, 'r+');
      // Linux marks what is mounted in this byte, and takes the mark away when it is unmounted.
      await file.write(Buffer.of(1), 0, 1, 37);
      if (fsck !== undefined) await live.stub('timeout', fsck);
      assert.equal((await live.run('stick', ['sdb1'], { ACTION: 'add' })).code, 0);
      assert.equal((await readFile(join(live.root, 'said'), 'utf8')).trim(), '');
      assert.equal((await readFile(join(live.root, 'run/lifeboat/stick-partition'), 'utf8')).trim(), 'sdb1');
    }
  });
});
