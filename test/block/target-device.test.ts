import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { OpenError } from '../../src/block/open-error.ts';
import { type OpenTarget, openTargetDevice, openTargetFile } from '../../src/block/target-device.ts';
import { createTargetFile, replaceTargetFile } from '../../src/block/target-file.ts';
import { type Bench, makeBench, NEEDS_ROOT } from '../support/block-bench.ts';
import { seededRandom } from '../support/random.ts';

const root = { skip: NEEDS_ROOT };
const noise = (bytes: number): Uint8Array => seededRandom(11).fill(new Uint8Array(bytes));
const refused = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OpenError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, message);
  assert.ok(!error.message.includes('\n') && error.advice.length > 0);
  return true;
};

async function closing(bench: Bench, opening: Promise<OpenTarget>): Promise<OpenTarget> {
  const target = await opening;
  bench.after(() => target.close());
  return target;
}

test('a new file has the size at once, holds what is written, and gives it back', async (t) => {
  const bench = await makeBench(t);
  const target = await closing(bench, createTargetFile(bench.path('new'), 10_001));
  assert.equal((await stat(bench.path('new'))).size, 10_001);
  assert.equal((await stat(bench.path('new'))).blocks, 0);
  assert.equal((await stat(bench.path('new'))).mode & 0o077, 0, 'others may read the rescued data');
  const data = noise(5000);
  assert.deepEqual(await target.write(5001, data), { kind: 'done' });
  assert.deepEqual(await target.flush(), { kind: 'done' });
  const back = new Uint8Array(5000);
  assert.deepEqual(await target.read(5001, 5000, back), { kind: 'done' });
  assert.deepEqual(back, data);
  assert.deepEqual(new Uint8Array((await readFile(bench.path('new'))).subarray(5001)), data);
});

test('a new file never takes the place of an old one, not even through a link', async (t) => {
  const bench = await makeBench(t);
  const old = await bench.file('old', 'precious');
  await assert.rejects(createTargetFile(old, 100), refused('EEXIST', /exists already/));
  await symlink('nowhere', bench.path('link'));
  await assert.rejects(createTargetFile(bench.path('link'), 100), refused('EEXIST', /exists already/));
  assert.equal(await readFile(old, 'utf8'), 'precious');
});

test(
  'a file that the filesystem cannot hold is refused, and leaves nothing behind but what was there',
  root,
  async (t) => {
    const bench = await makeBench(t);
    const volume = await bench.loop(await bench.file('volume', 8 << 20));
    // Without extents and with blocks of 1 KiB files end at 16 GiB, as they do at 4 GiB on FAT32.
    await bench.run('mkfs.ext4', '-q', '-b', '1024', '-O', '^extent,^64bit', volume);
    const path = join(await bench.mount(volume), 'new');
    await assert.rejects(
      createTargetFile(path, 40 * 2 ** 30),
      refused('EFBIG', /40\.0 GiB \(42949672960 bytes\)/),
    );
    await assert.rejects(access(path));
    await writeFile(path, 'precious');
    await assert.rejects(replaceTargetFile(path, 40 * 2 ** 30), refused('EFBIG', /cannot hold a file of/));
    assert.equal(await readFile(path, 'utf8'), 'precious', 'emptied, though it is refused');
  },
);

test('going on with a file changes nothing in it', async (t) => {
  const bench = await makeBench(t);
  const path = await bench.file('old', noise(3000));
  const target = await closing(bench, openTargetFile(path));
  assert.equal(target.sizeBytes, 3000);
  assert.deepEqual(new Uint8Array(await readFile(path)), noise(3000));
  await assert.rejects(openTargetFile(bench.path('absent')), refused('not-a-file', /nothing of that name/));
  await assert.rejects(openTargetFile('/dev/null'), refused('not-a-file', /not a regular file/));
});

test('replacing a file leaves only holes of the new size', async (t) => {
  const bench = await makeBench(t);
  const path = await bench.file('old', noise(30_000));
  const target = await closing(bench, replaceTargetFile(path, 20_000));
  assert.equal(target.sizeBytes, 20_000);
  assert.deepEqual(await readFile(path), Buffer.alloc(20_000));
  assert.equal((await stat(path)).blocks, 0);
});

test('a file that another run has locked is neither locked again nor replaced', async (t) => {
  const bench = await makeBench(t);
  const path = await bench.file('old', 'precious');
  const first = await openTargetFile(path);
  const second = await closing(bench, openTargetFile(path));
  assert.equal(await first.lockExclusively(), true);
  assert.equal(await first.lockExclusively(), true, 'the holder may ask again');
  assert.equal(await second.lockExclusively(), false);
  await assert.rejects(replaceTargetFile(path, 5), refused('locked', /another program/));
  assert.equal(await readFile(path, 'utf8'), 'precious');
  await first.close();
  assert.equal(await second.lockExclusively(), true);
});

test('the lock holds against another process and ends when its holder is killed', async (t) => {
  const bench = await makeBench(t);
  const path = await bench.file('old', 'x');
  const script = `
    import { openTargetFile } from '${join(import.meta.dirname, '../../src/block/target-device.ts')}';
    const target = await openTargetFile('${path}');
    console.log(await target.lockExclusively());
    setInterval(() => {}, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  bench.after(async () => other.kill('SIGKILL'));
  const [line] = await once(other.stdout, 'data');
  assert.equal(String(line).trim(), 'true');
  const target = await closing(bench, openTargetFile(path));
  assert.equal(await target.lockExclusively(), false);
  other.kill('SIGKILL');
  await once(other, 'exit');
  assert.equal(await target.lockExclusively(), true);
});

test('a full filesystem is told by its errno at the write', root, async (t) => {
  const bench = await makeBench(t);
  const place = await bench.mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs');
  const target = await closing(bench, createTargetFile(join(place, 'new'), 1 << 20));
  assert.deepEqual(await target.write(0, noise(32768)), { kind: 'done' });
  assert.deepEqual(await target.write(32768, noise(65536)), { kind: 'bad', errno: 'ENOSPC' });
});

test('a device is written, and held against others while it is open', root, async (t) => {
  const bench = await makeBench(t);
  const file = await bench.file('disk', 1 << 20);
  const device = await bench.loop(file, '--direct-io=on');
  const target = await openTargetDevice(device);
  assert.equal(target.sizeBytes, 1 << 20);
  assert.deepEqual(await target.write(4096 + 512, noise(2048)), { kind: 'done' });
  assert.deepEqual(await target.flush(), { kind: 'done' });
  assert.deepEqual(new Uint8Array((await readFile(file)).subarray(4608, 4608 + 2048)), noise(2048));
  await assert.rejects(openTargetDevice(device), refused('EBUSY', /something is using it/));
  assert.equal(await target.lockExclusively(), true);
  await target.close();
});

test('a device that udev looks at for a moment is locked all the same', root, async (t) => {
  const bench = await makeBench(t);
  const device = await bench.loop(await bench.file('disk', 1 << 20));
  const udev = spawn('flock', ['--shared', device, 'sh', '-c', 'echo held; sleep 0.5']);
  const ended = once(udev, 'exit');
  await once(udev.stdout, 'data');
  const target = await closing(bench, openTargetDevice(device));
  assert.equal(await target.lockExclusively(), true);
  assert.deepEqual(await ended, [0, null]);
});

test('a device of which a part is mounted is refused by the kernel', root, async (t) => {
  const bench = await makeBench(t);
  const { disk, first, second } = await bench.partitionedLoop('disk');
  await bench.run('mkfs.ext4', '-q', first);
  const place = await bench.mount(first);
  await assert.rejects(openTargetDevice(first), refused('EBUSY', /mounted/));
  await assert.rejects(openTargetDevice(disk), refused('EBUSY', /mounted/));
  await (await openTargetDevice(second)).close();
  await bench.unmount(place);
  await (await openTargetDevice(disk)).close();
});

test('a read-only device is refused, and so is what is no device', root, async (t) => {
  const bench = await makeBench(t);
  const device = await bench.loop(await bench.file('disk', 1 << 20), '--read-only');
  await assert.rejects(openTargetDevice(device), refused('EROFS', /read-only/));
  await assert.rejects(openTargetDevice(bench.path('disk')), refused('not-a-device', /no block device/));
  await assert.rejects(openTargetDevice('/dev/sd-nowhere'), refused('not-a-device', /nothing of that name/));
});

test('a lost write is told by flush, and by every flush after it', root, async (t) => {
  const bench = await makeBench(t);
  const place = await bench.mount('-t', 'tmpfs', '-o', 'size=128k', 'tmpfs');
  const file = join(place, 'disk');
  await bench.run('truncate', '--size=1M', file);
  const target = await closing(bench, openTargetDevice(await bench.loop(file)));
  // Filled to the brim: a loop device takes a write of which only a part fits below for a success.
  await bench.run('sh', '-c', `cat /dev/zero > ${join(place, 'filler')} || true`);
  assert.deepEqual(await target.write(0, noise(512 << 10)), { kind: 'done' });
  const outcomes = await Promise.all([target.flush(), target.flush()]);
  assert.equal(outcomes[0]?.kind, 'bad');
  assert.deepEqual(outcomes[1], outcomes[0]);
  assert.deepEqual(await target.write(0, noise(512)), { kind: 'done' });
  assert.deepEqual(await target.flush(), outcomes[0]);
});

test('reading back beyond the end is broken, with the position', async (t) => {
  const bench = await makeBench(t);
  const target = await closing(bench, createTargetFile(bench.path('new'), 1000));
  const outcome = await target.read(900, 200, new Uint8Array(200));
  assert.equal(outcome.kind, 'broken');
  assert.match(outcome.kind === 'broken' ? outcome.message : '', /byte 1000/);
});

test('an unlinked target is still there: its data can be saved yet', async (t) => {
  const bench = await makeBench(t);
  const target = await closing(bench, createTargetFile(bench.path('new'), 1000));
  await unlink(bench.path('new'));
  assert.equal(await target.stillThere(), true);
});
