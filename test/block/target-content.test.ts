import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { test } from 'node:test';
import { describeSignature } from '../../src/block/signature.ts';
import { inspectTarget } from '../../src/block/target-content.ts';
import { makeBench, NEEDS_ROOT } from '../support/block-bench.ts';

const root = { skip: NEEDS_ROOT };
const MIB = 2 ** 20;

/** A file of `size` bytes, all `fill`, as a device. */
const filled = (size: number, fill: number): Uint8Array => new Uint8Array(size).fill(fill);

test('a device of zeros is empty, and so is one of erased flash', root, async (t) => {
  const bench = await makeBench(t);
  for (const [name, fill] of [
    ['zeros', 0],
    ['flash', 0xff],
  ] as const) {
    const device = await bench.loop(await bench.file(name, filled(5 * MIB, fill)));
    assert.deepEqual(await inspectTarget(device), { empty: true, description: 'nothing' });
  }
});

test('a mixture of zeros and 0xFF is data', root, async (t) => {
  const bench = await makeBench(t);
  const content = filled(5 * MIB, 0);
  content.fill(0xff, MIB);
  const device = await bench.loop(await bench.file('disk', content));
  assert.equal((await inspectTarget(device)).empty, false);
});

test('unknown data is found at the start, in the last byte, and between', root, async (t) => {
  const bench = await makeBench(t);
  for (const [name, from, to] of [
    ['start', 700_000, 700_001],
    ['end', 200 * MIB + 511, 200 * MIB + 512],
    ['middle', 100 * MIB, 104 * MIB],
  ] as const) {
    const file = await bench.file(name, 200 * MIB + 512);
    const handle = await open(file, 'r+');
    await handle.write(filled(to - from, 0x5a), 0, to - from, from);
    await handle.close();
    const content = await inspectTarget(await bench.loop(file));
    assert.deepEqual(content, { empty: false, description: 'data of an unknown kind' }, name);
  }
});

test('a filesystem is named with its label, a table with its kind', root, async (t) => {
  const bench = await makeBench(t);
  const file = await bench.file('ntfs', 8 * MIB);
  await bench.run('mkntfs', '--quick', '--force', '--label', 'My "Backup" \\ $x', file);
  const device = await bench.loop(file);
  assert.deepEqual(await inspectTarget(device), {
    empty: false,
    description: 'an NTFS filesystem "My "Backup" \\ $x"',
  });
  const { disk } = await bench.partitionedLoop('disk');
  assert.deepEqual(await inspectTarget(disk), { empty: false, description: 'a partition table (gpt)' });
});

test('a file is empty when it holds nothing but holes', async (t) => {
  const bench = await makeBench(t);
  assert.equal((await inspectTarget(await bench.file('none', 0))).empty, true);
  assert.equal((await inspectTarget(await bench.file('holes', 3 * MIB + 77))).empty, true);
  const content = await inspectTarget(await bench.file('letter', 'Dear Ann,'));
  assert.deepEqual(content, { empty: false, description: '9 bytes of data of an unknown kind' });
  assert.equal((await inspectTarget(bench.path('absent'))).empty, true);
});

test('what can be no target is never empty', async (t) => {
  const bench = await makeBench(t);
  assert.deepEqual(await inspectTarget(bench.folder), { empty: false, description: 'a directory' });
  assert.deepEqual(await inspectTarget('/dev/null'), { empty: false, description: 'a character device' });
});

test('a device that cannot be read is not taken for empty', root, async (t) => {
  const bench = await makeBench(t);
  const file = await bench.file('disk', 4 * MIB);
  const device = await bench.loop(file, '--direct-io=on');
  await bench.run('truncate', '--size=3M', file);
  const content = await inspectTarget(device);
  assert.equal(content.empty, false);
  assert.match(content.description, /cannot be read at byte 3145728 \(EIO\)|blkid failed/);
});

test('words for what blkid prints', () => {
  assert.equal(describeSignature('TYPE=ext4\nUSAGE=filesystem\n'), 'an ext4 filesystem');
  assert.equal(describeSignature('TYPE=swap\nUSAGE=other\n'), 'swap space');
  assert.equal(describeSignature('TYPE=zfs_member\nUSAGE=raid\n'), 'a zfs_member volume');
  assert.equal(describeSignature('TYPE=vfat\nLABEL=A\\ B\nUSAGE=filesystem'), 'a FAT filesystem "A B"');
  assert.equal(describeSignature('TYPE=ntfs\nLABEL=x\u001b[2Jy\n'), 'an NTFS filesystem "x?[2Jy"');
  assert.equal(describeSignature('DEVNAME=/dev/sdb\n'), undefined);
});
