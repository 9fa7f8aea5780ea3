import assert from 'node:assert/strict';
import { link, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { describePath } from '../../src/block/device-facts.ts';
import { checkTarget, type Refusal } from '../../src/block/guards.ts';
import { makeBench, NEEDS_ROOT } from '../support/block-bench.ts';

const root = { skip: NEEDS_ROOT };
const MIB = 2 ** 20;

async function check(source: string, target: string, needed = MIB): Promise<Refusal | undefined> {
  return checkTarget(await describePath(source), await describePath(target), needed);
}

/** Asserts the refusal that nobody can override, with a message that names the target. */
async function refuses(source: string, target: string, code: string, needed = MIB): Promise<Refusal> {
  const refusal = await check(source, target, needed);
  assert.ok(refusal !== undefined, `${target} was accepted for ${source}`);
  assert.equal(refusal.code, code, refusal.message);
  assert.equal(refusal.overridable, false);
  assert.ok(!refusal.message.includes('\n') && refusal.advice.length > 0);
  return refusal;
}

test(
  'strangers are accepted: device to device, device to file, image to device, image beside image',
  root,
  async (t) => {
    const bench = await makeBench(t);
    const image = await bench.file('source', 4 * MIB);
    const source = await bench.loop(image, '--read-only');
    const target = await bench.loop(await bench.file('target', 4 * MIB));
    assert.equal(await check(source, target, 4 * MIB), undefined);
    assert.equal(await check(source, bench.path('new'), 4 * MIB), undefined);
    assert.equal(await check(image, target, 4 * MIB), undefined);
    assert.equal(await check(image, bench.path('new'), 4 * MIB), undefined);
    assert.equal(await check(image, await bench.file('other', 512), 4 * MIB), undefined);
  },
);

test('a target that is the source under any name is refused', root, async (t) => {
  const bench = await makeBench(t);
  const image = await bench.file('source', 4 * MIB);
  await symlink(image, bench.path('symbolic'));
  await link(image, bench.path('hard'));
  for (const name of [
    'source',
    'symbolic',
    'hard',
    '../'.concat(bench.folder.split('/').at(-1) ?? '', '/source'),
  ]) {
    await refuses(image, join(bench.folder, name), 'target-is-source');
  }
  const loop = await bench.loop(image);
  await refuses(loop, loop, 'target-is-source');
  await refuses(loop, image, 'target-is-source');
  await refuses(loop, bench.path('hard'), 'target-is-source');
  await refuses(image, loop, 'target-is-source');
  const second = await bench.loop(bench.path('hard'));
  await refuses(loop, second, 'target-is-source');
  const stacked = await bench.loop(loop);
  await refuses(loop, stacked, 'target-is-source');
  await refuses(stacked, loop, 'target-is-source');
  await refuses(image, stacked, 'target-is-source');
  await bench.run('mknod', bench.path('node'), 'b', ...(await describeNumbers(loop)));
  await refuses(loop, bench.path('node'), 'target-is-source');
});

async function describeNumbers(device: string): Promise<string[]> {
  const facts = await describePath(device);
  return facts.kind === 'block' ? facts.majorMinor.split(':') : assert.fail(`${device} is no block device`);
}

test('a target on the disk of the source is refused: partition, whole disk, neighbour', root, async (t) => {
  const bench = await makeBench(t);
  const { file, disk, first, second } = await bench.partitionedLoop('disk');
  await refuses(disk, first, 'target-on-source-disk');
  await refuses(first, disk, 'target-on-source-disk');
  await refuses(first, second, 'target-on-source-disk');
  const stacked = await bench.loop(second);
  await refuses(first, stacked, 'target-on-source-disk');
  assert.match((await refuses(first, file, 'target-on-source-disk')).message, /same disk/);
});

test('a target file on the disk of the source is refused, however deep it lies', root, async (t) => {
  const bench = await makeBench(t);
  const { disk, first, second } = await bench.partitionedLoop('disk');
  await bench.run('mkfs.ext4', '-q', first);
  const place = await bench.mount(first);
  for (const source of [disk, first, second]) {
    await refuses(source, join(place, 'new'), 'target-on-source');
  }
  const inner = join(place, 'inner');
  await bench.run('truncate', '--size=4M', inner);
  const loop = await bench.loop(inner);
  await refuses(second, loop, 'target-on-source');
  await bench.run('mkfs.ext4', '-q', loop);
  await refuses(second, join(await bench.mount(loop), 'new'), 'target-on-source');
});

test('a target that carries the source is refused; a neighbour of the carrier is not', root, async (t) => {
  const bench = await makeBench(t);
  const { disk, first, second } = await bench.partitionedLoop('disk');
  await bench.run('mkfs.ext4', '-q', first);
  const image = join(await bench.mount(first), 'image');
  await bench.run('truncate', '--size=2M', image);
  await refuses(image, first, 'target-holds-source');
  await refuses(image, disk, 'target-holds-source');
  const loop = await bench.loop(image, '--read-only');
  await refuses(loop, first, 'target-holds-source');
  assert.equal(await check(loop, second), undefined);
  assert.equal(await check(image, second), undefined);
});

test('a mounted target is refused, also when only a part of it is', root, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.file('source', MIB);
  const { disk, first, second } = await bench.partitionedLoop('disk');
  await bench.run('mkfs.ext4', '-q', first);
  const place = await bench.mount('-o', 'ro', first);
  assert.ok((await refuses(source, first, 'target-mounted')).message.includes(place));
  await refuses(source, disk, 'target-mounted');
  assert.equal(await check(source, second), undefined);
  await refuses(source, await bench.loop(first), 'target-mounted');
});

test('a target mounted by ntfs-3g is refused', root, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.file('source', MIB);
  const target = await bench.loop(await bench.file('target', 8 * MIB));
  await bench.run('mkntfs', '--quick', '--force', target);
  await bench.mount('-t', 'ntfs-3g', target);
  await refuses(source, target, 'target-mounted');
});

test('a target that serves a loop device is refused', root, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.file('source', MIB);
  const file = await bench.file('target', 4 * MIB);
  const loop = await bench.loop(file);
  assert.match((await refuses(source, file, 'target-in-loop')).message, new RegExp(loop));
  await bench.loop(loop);
  await refuses(source, loop, 'target-in-loop');
});

test('a target used as swap is refused', root, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.file('source', MIB);
  const target = await bench.loop(await bench.file('target', new Uint8Array(4 * MIB)));
  await bench.run('mkswap', target);
  try {
    await bench.run('swapon', target);
  } catch (error) {
    return t.skip(`NOT TESTED: this kernel does not take swap on a loop device: ${String(error)}`);
  }
  bench.after(() => bench.run('swapoff', target));
  await refuses(source, target, 'target-swap');
});

test('a device that is too small is refused with both sizes', root, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.file('source', 8 * MIB);
  const target = await bench.loop(await bench.file('target', 4 * MIB));
  const { message } = await refuses(source, target, 'target-too-small', 4 * MIB + 1);
  assert.match(message, /has 4\.0 MiB \(4194304 bytes\), but 4\.0 MiB \(4194305 bytes\) are needed/);
  assert.equal(await check(source, target, 4 * MIB), undefined);
});

test(
  'a filesystem without room is refused with the numbers; what the file occupies counts as room',
  root,
  async (t) => {
    const bench = await makeBench(t);
    const source = await bench.file('source', 8 * MIB);
    const place = await bench.mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs');
    const { message } = await refuses(source, join(place, 'new'), 'no-space', 8 * MIB);
    assert.match(message, /room for 4\.0 MiB \(4194304 bytes\), but 8\.0 MiB \(8388608 bytes\)/);
    await bench.run('dd', 'if=/dev/zero', `of=${place}/old`, 'bs=1M', 'count=3', 'status=none');
    assert.equal(await check(source, join(place, 'old'), 4 * MIB), undefined);
    await refuses(source, join(place, 'new'), 'no-space', 4 * MIB);
  },
);

test('a read-only target is refused: device, filesystem', root, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.file('source', MIB);
  const target = await bench.loop(await bench.file('target', 4 * MIB), '--read-only');
  assert.match((await refuses(source, target, 'target-read-only')).advice, /blockdev --setrw/);
  const place = await bench.mount('-t', 'tmpfs', '-o', 'size=4m', 'tmpfs');
  await bench.run('mount', '-o', 'remount,ro', place);
  await refuses(source, join(place, 'new'), 'target-read-only');
});

test('what can be no target is refused, each with its reason', async (t) => {
  const bench = await makeBench(t);
  const source = await bench.file('source', MIB);
  await symlink('/no/where', bench.path('link'));
  const expected: Array<[target: string, code: string, message: RegExp]> = [
    [bench.folder, 'target-kind', /is a directory/],
    ['/dev/null', 'target-kind', /is a character device/],
    [bench.path('no/where'), 'target-directory-missing', /no directory .*\/no\b/],
    [bench.path('link'), 'target-dangling-link', /symbolic link/],
    // A disk that was unplugged: a file in its place would be made in memory.
    ['/dev/sd-unplugged', 'target-no-device', /no device \/dev\/sd-unplugged/],
  ];
  for (const [target, code, message] of expected) {
    assert.match((await refuses(source, target, code)).message, message);
  }
});

test('a folder that this user may not write to is refused', root, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.file('source', MIB);
  await bench.run('chmod', '755', bench.folder);
  const script = `
    import { describePath } from '${join(import.meta.dirname, '../../src/block/device-facts.ts')}';
    import { checkTarget } from '${join(import.meta.dirname, '../../src/block/guards.ts')}';
    process.setgid(65534); process.setuid(65534);
    const [source, target] = [await describePath('${source}'), await describePath('${bench.path('new')}')];
    console.log((await checkTarget(source, target, 512))?.code);`;
  const code = await bench.run(process.execPath, '--input-type=module', '--eval', script);
  assert.equal(code, 'target-permission');
});
