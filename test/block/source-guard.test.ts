import assert from 'node:assert/strict';
import { chmod, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { describePath } from '../../src/block/device-facts.ts';
import { checkSource, type Refusal } from '../../src/block/guards.ts';
import { makeBench, NEEDS_ROOT } from '../support/block-bench.ts';

const root = { skip: NEEDS_ROOT };
const check = async (path: string): Promise<Refusal | undefined> => checkSource(await describePath(path));

test('a disk, a partition and an image that nobody uses are fine', root, async (t) => {
  const bench = await makeBench(t);
  const { file, disk, first } = await bench.partitionedLoop('disk');
  for (const path of [disk, first, file]) assert.equal(await check(path), undefined, path);
});

test('what cannot be read as a disk is refused, each with its reason', async (t) => {
  const bench = await makeBench(t);
  await symlink('/no/where', bench.path('link'));
  const expected: Array<[path: string, code: string, message: RegExp]> = [
    [bench.path('absent'), 'source-missing', /does not exist/],
    [bench.path('link'), 'source-missing', /symbolic link to something that is not there/],
    [bench.folder, 'source-kind', /is a directory/],
    ['/dev/null', 'source-kind', /is a character device/],
    [await bench.file('empty', 0), 'source-empty', /0 bytes/],
  ];
  for (const [path, code, message] of expected) {
    const refusal = await check(path);
    assert.equal(refusal?.code, code, path);
    assert.match(refusal.message, message);
    assert.ok(refusal.message.includes(path) && refusal.advice.length > 0);
    assert.equal(refusal.overridable, false);
  }
});

test('a source that this user may not read is refused', root, async (t) => {
  const bench = await makeBench(t);
  const file = await bench.file('secret', 512);
  await chmod(file, 0o600);
  await chmod(bench.folder, 0o755);
  const script = `
    import { describePath } from '${join(import.meta.dirname, '../../src/block/device-facts.ts')}';
    import { checkSource } from '${join(import.meta.dirname, '../../src/block/guards.ts')}';
    process.setgid(65534); process.setuid(65534);
    console.log((await checkSource(await describePath('${file}')))?.code);`;
  const code = await bench.run(process.execPath, '--input-type=module', '--eval', script);
  assert.equal(code, 'source-permission');
});

test('mounted for writing is refused unless one insists; mounted read-only is fine', root, async (t) => {
  const bench = await makeBench(t);
  const { file, disk, first, second } = await bench.partitionedLoop('disk');
  await bench.run('mkfs.ext4', '-q', first);
  const place = await bench.mount(first);
  for (const path of [first, disk, file]) {
    const refusal = await check(path);
    assert.equal(refusal?.code, 'source-mounted', path);
    assert.equal(refusal.overridable, true);
    assert.ok(refusal.message.includes(place));
  }
  assert.equal(await check(second), undefined, 'another partition is not concerned');
  await bench.unmount(place);
  await bench.mount('-o', 'ro', first);
  for (const path of [first, disk, file]) assert.equal(await check(path), undefined, path);
});

test(
  'a read-only view of a filesystem that is written elsewhere is still mounted for writing',
  root,
  async (t) => {
    const bench = await makeBench(t);
    const device = await bench.loop(await bench.file('disk', 8 << 20));
    await bench.run('mkfs.ext4', '-q', device);
    const place = await bench.mount(device);
    const view = await bench.mount('--bind', place);
    await bench.run('mount', '-o', 'remount,bind,ro', view);
    await bench.unmount(place);
    assert.equal((await check(device))?.code, 'source-mounted');
  },
);

test('a mount by a program in user space counts like one of the kernel', root, async (t) => {
  const bench = await makeBench(t);
  const device = await bench.loop(await bench.file('disk', 8 << 20));
  await bench.run('mkntfs', '--quick', '--force', device);
  await bench.mount('-t', 'ntfs-3g', device);
  assert.equal((await check(device))?.code, 'source-mounted');
});
