import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { allocateAligned } from '../../src/block/aligned-memory.ts';
import { describePath } from '../../src/block/device-facts.ts';
import { OpenError } from '../../src/block/open-error.ts';
import { type OpenSource, openSource } from '../../src/block/source-device.ts';
import { type Bench, makeBench, NEEDS_ROOT } from '../support/block-bench.ts';
import { seededRandom } from '../support/random.ts';

const root = { skip: NEEDS_ROOT };
const noise = (bytes: number): Uint8Array => seededRandom(7).fill(new Uint8Array(bytes));

async function opened(bench: Bench, path: string): Promise<OpenSource> {
  const source = await openSource(path);
  bench.after(() => source.close());
  return source;
}

test('a loop device is read directly, sector by sector and several reads at once', root, async (t) => {
  const bench = await makeBench(t);
  const content = noise(1 << 20);
  const device = await bench.loop(await bench.file('disk', content), '--read-only', '--direct-io=on');
  const source = await opened(bench, device);
  assert.equal(source.directIo, true);
  assert.equal(source.sizeBytes, 1 << 20);
  assert.equal(source.sectorBytes, 512);
  assert.equal(await source.stillThere(), true);
  const offsets = [0, 512, 4096, 65536 + 512, (1 << 20) - 1024];
  await Promise.all(
    offsets.map(async (offset) => {
      const memory = source.allocate(1024);
      assert.deepEqual(await source.read(offset, 1024, memory), { kind: 'done' });
      assert.deepEqual(memory, content.slice(offset, offset + 1024));
    }),
  );
});

test('a device with 4096-byte sectors says so and takes no smaller reads', root, async (t) => {
  const bench = await makeBench(t);
  const device = await bench.loop(await bench.file('disk', noise(65536)), '--sector-size', '4096');
  const source = await opened(bench, device);
  assert.equal(source.sectorBytes, 4096);
  assert.equal(source.physicalSectorBytes, 4096);
  const memory = source.allocate(4096);
  assert.deepEqual(await source.read(4096, 4096, memory), { kind: 'done' });
  const outcome = await source.read(0, 512, memory);
  assert.equal(outcome.kind, 'broken');
  assert.match(outcome.kind === 'broken' ? outcome.message : '', /whole sectors of 4096 bytes/);
});

test('physical sectors that are told must fit to the source', root, async (t) => {
  const bench = await makeBench(t);
  const device = await bench.loop(await bench.file('disk', noise(65536)), '--sector-size', '4096');
  await assert.rejects(
    openSource(device, undefined, 512),
    (error) => error instanceof OpenError && error.code === 'physical-sector',
  );
  const file = await openSource(await bench.file('image', noise(8192)), undefined, 4096);
  assert.equal(file.physicalSectorBytes, 4096);
  await file.close();
});

test('a sector that the device cannot deliver is bad, and its neighbours are read', root, async (t) => {
  const bench = await makeBench(t);
  const file = await bench.file('disk', noise(65536));
  const device = await bench.loop(file, '--read-only', '--direct-io=on');
  const source = await opened(bench, device);
  // The loop device keeps its size, so what was cut off is EIO.
  await truncate(file, 32768);
  const memory = source.allocate(4096);
  assert.deepEqual(await source.read(32768, 4096, memory), { kind: 'bad', errno: 'EIO' });
  assert.deepEqual(await source.read(32768 - 512, 512, memory), { kind: 'done' });
  assert.deepEqual(memory.slice(0, 512), noise(65536).slice(32768 - 512, 32768));
});

test('a device that has shrunk is gone, not bad', root, async (t) => {
  const bench = await makeBench(t);
  const file = await bench.file('disk', noise(65536));
  const device = await bench.loop(file);
  const source = await opened(bench, device);
  await truncate(file, 32768);
  await bench.run('losetup', '--set-capacity', device);
  assert.equal(await source.stillThere(), false);
  assert.equal((await source.read(49152, 512, source.allocate(512))).kind, 'gone');
});

test('a loop device whose server has died is gone, though it still has its size', root, async (t) => {
  const bench = await makeBench(t);
  const volume = await bench.file('volume', 64 << 20);
  await bench.run('mkntfs', '--quick', '--force', volume);
  const place = await bench.mount('-t', 'tmpfs', 'tmpfs');
  const server = spawn('ntfs-3g', ['-o', 'no_detach', volume, place], { stdio: 'ignore' });
  bench.after(() => bench.run('umount', '--lazy', place));
  bench.after(async () => server.kill());
  while (!(await readFile('/proc/self/mounts', 'utf8')).includes(`${place} fuse`)) await delay(20);
  const file = join(place, 'disk');
  await writeFile(file, noise(65536));
  const device = await bench.loop(file, '--read-only', '--direct-io=on');
  const source = await opened(bench, device);
  const memory = source.allocate(4096);
  assert.deepEqual(await source.read(0, 4096, memory), { kind: 'done' });
  server.kill('SIGKILL');
  await once(server, 'exit');
  assert.deepEqual(await source.read(8192, 4096, memory), { kind: 'gone', errno: 'EIO' });
});

test('an image file with an odd tail gives exactly what was asked, directly', async (t) => {
  const bench = await makeBench(t);
  const content = noise(10_000);
  const source = await opened(bench, await bench.file('image', content));
  assert.equal(source.directIo, true, 'the scratch folder must be on a filesystem with direct I/O');
  const memory = source.allocate(16_384).fill(0xee);
  assert.deepEqual(await source.read(9728, 272, memory), { kind: 'done' });
  assert.deepEqual(memory.slice(0, 272), content.slice(9728));
  assert.ok(
    memory.subarray(272).every((byte) => byte === 0xee),
    'bytes after the end were spilled into the memory of the caller',
  );
  assert.deepEqual(await source.read(0, 10_000, memory), { kind: 'done' });
  assert.deepEqual(memory.slice(0, 10_000), content);
});

test('a file that refuses direct I/O at once is read through the page cache', async (t) => {
  const bench = await makeBench(t);
  // Of all filesystems, sysfs refuses O_DIRECT on every kernel, and this file is large enough to read.
  const path = '/sys/kernel/btf/vmlinux';
  const facts = await describePath(path);
  if (facts.kind !== 'file') return t.skip(`NOT TESTED: this kernel has no ${path}, which refuses O_DIRECT`);
  const source = await opened(bench, path);
  assert.equal(source.directIo, false);
  const content = await readFile(path);
  const offset = content.length - (content.length % 512) - 512;
  const memory = source.allocate(1024);
  assert.deepEqual(await source.read(offset, content.length - offset, memory), { kind: 'done' });
  assert.deepEqual(Buffer.from(memory.subarray(0, content.length - offset)), content.subarray(offset));
});

test('a file that refuses 512-byte direct reads turns to the page cache by itself', root, async (t) => {
  const bench = await makeBench(t);
  const volume = await bench.loop(await bench.file('volume', 64 << 20), '--sector-size', '4096');
  await bench.run('mkfs.ext4', '-q', volume);
  const place = await bench.mount(volume);
  const file = join(place, 'image');
  const content = noise(9_001);
  await writeFile(file, content);
  const source = await opened(bench, file);
  assert.equal(source.directIo, true);
  const [a, b, c] = [source.allocate(512), source.allocate(512), source.allocate(512)];
  // The name going to another file must not matter.
  await rename(file, join(place, 'renamed'));
  await writeFile(file, 'another');
  const outcomes = await Promise.all([
    source.read(512, 512, a),
    source.read(1024, 512, b),
    source.read(8704, 297, c),
  ]);
  assert.deepEqual(outcomes, [{ kind: 'done' }, { kind: 'done' }, { kind: 'done' }]);
  assert.equal(source.directIo, false);
  assert.deepEqual(a, content.slice(512, 1024));
  assert.deepEqual(b, content.slice(1024, 1536));
  assert.deepEqual(c.slice(0, 297), content.slice(8704));
  await source.close();
});

for (const cut of [0, 4096, 5000]) {
  test(`a file cut to ${cut} bytes while it is open is gone where it ended`, async (t) => {
    const bench = await makeBench(t);
    const file = await bench.file('image', noise(65536));
    const source = await opened(bench, file);
    await truncate(file, cut);
    const memory = source.allocate(8192);
    assert.deepEqual(await source.read(32768, 4096, memory), { kind: 'gone', errno: 'EOF' });
    assert.deepEqual(await source.read(0, 8192, memory), { kind: 'gone', errno: 'EOF' });
    assert.equal(await source.stillThere(), false);
  });
}

test('requests that make no sense are broken, with the numbers', async (t) => {
  const bench = await makeBench(t);
  const source = await opened(bench, await bench.file('image', noise(8192)));
  const memory = source.allocate(8192);
  const message = async (offset: number, length: number, into: Uint8Array): Promise<string> => {
    const outcome = await source.read(offset, length, into);
    return outcome.kind === 'broken' ? outcome.message : outcome.kind;
  };
  assert.match(await message(100, 512, memory), /512 bytes at byte 100 .* whole sectors/);
  assert.match(await message(0, 100, memory), /whole sectors/);
  assert.match(await message(8192, 512, memory), /ends after its end at byte 8192/);
  assert.match(await message(-512, 512, memory), /makes no sense/);
  assert.match(await message(0, 4096, memory.subarray(0, 512)), /does not fit/);
  assert.match(await message(0, 4096, Buffer.alloc(4096)), /not aligned/);
  assert.match(await message(0, 512, allocateAligned(1024).subarray(100)), /not aligned/);
});

const refusals: Array<[what: string, path: string, code: string]> = [
  ['nothing', '/nowhere/at/all', 'ENOENT'],
  ['a directory', '/', 'not-a-source'],
  ['a character device', '/dev/null', 'not-a-source'],
];
for (const [what, path, code] of refusals) {
  test(`${what} is refused as a source`, async () => {
    await assert.rejects(openSource(path), (error) => error instanceof OpenError && error.code === code);
  });
}

test('a file that was replaced between the look and the opening is refused', async (t) => {
  const bench = await makeBench(t);
  const file = await bench.file('image', noise(512));
  const facts = await describePath(file);
  await rename(await bench.file('other', noise(512)), file);
  await assert.rejects(
    openSource(file, facts),
    (error) => error instanceof OpenError && error.code === 'changed',
  );
});

test('the source is opened so that nothing can be written through it', root, async (t) => {
  const bench = await makeBench(t);
  const device = await bench.loop(await bench.file('disk', noise(65536)));
  await opened(bench, device);
  const descriptors = await bench.run('sh', '-c', `ls -l /proc/${process.pid}/fd | grep '${device}$'`);
  const descriptor = /(\d+) -> /.exec(descriptors)?.[1];
  const info = await readFile(`/proc/self/fdinfo/${descriptor}`, 'utf8');
  const flags = Number.parseInt(/flags:\s*(\d+)/.exec(info)?.[1] ?? '', 8);
  assert.equal(flags & 0o3, 0, 'the access mode is not O_RDONLY');
});
