import assert from 'node:assert/strict';
import { readFile, symlink, truncate, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { describePath } from '../../src/block/device-facts.ts';
import { majorMinorOf } from '../../src/block/device-number.ts';
import type { BlockFacts, PathFacts } from '../../src/block/path-facts.ts';
import { makeBench, NEEDS_ROOT } from '../support/block-bench.ts';

const root = { skip: NEEDS_ROOT };

async function blockFacts(path: string): Promise<BlockFacts> {
  const facts = await describePath(path);
  assert.equal(facts.kind, 'block');
  return facts as BlockFacts;
}

async function factsOf<Kind extends PathFacts['kind']>(
  path: string,
  kind: Kind,
): Promise<Extract<PathFacts, { kind: Kind }>> {
  const facts = await describePath(path);
  assert.equal(facts.kind, kind);
  return facts as Extract<PathFacts, { kind: Kind }>;
}

test('device numbers are unpacked as the kernel packs them', () => {
  assert.equal(majorMinorOf(0x0801n), '8:1');
  assert.equal(majorMinorOf((259n << 8n) | 5n), '259:5');
  // Minor 300 = 0x12c: its upper bits lie above the major.
  assert.equal(majorMinorOf((8n << 8n) | 0x2cn | (1n << 20n)), '8:300');
});

test('a loop device is described with sizes, sectors and its backing file, unread', root, async (t) => {
  const bench = await makeBench(t);
  const file = await bench.file('disk with  spaces', 1 << 20);
  const device = await bench.loop(file, '--read-only', '--sector-size', '4096');
  const reads = async () =>
    (await readFile(`/sys/block/${basename(device)}/stat`, 'utf8')).trim().split(/\s+/)[0];
  const before = await reads();
  const link = bench.path('link');
  await symlink(device, link);
  const facts = await blockFacts(link);
  assert.equal(await reads(), before, 'the device was read');
  assert.equal(facts.path, link);
  assert.equal(facts.realPath, device);
  assert.equal(facts.name, basename(device));
  assert.equal(facts.diskName, facts.name);
  assert.equal(facts.diskMajorMinor, facts.majorMinor);
  assert.equal(facts.sizeBytes, 1 << 20);
  assert.equal(facts.logicalSectorBytes, 4096);
  assert.equal(facts.physicalSectorBytes, 4096);
  assert.equal(facts.readOnly, true);
  assert.equal(facts.partitionNumber, undefined);
  const backing = await factsOf(file, 'file');
  assert.deepEqual(facts.loopBackingFile, { path: file, dev: backing.dev, ino: backing.ino });
});

test('a backing file whose name is gone is told without an inode', root, async (t) => {
  const bench = await makeBench(t);
  const file = await bench.file('disk', 1 << 20);
  const device = await bench.loop(file);
  await unlink(file);
  assert.deepEqual((await blockFacts(device)).loopBackingFile, { path: `${file} (deleted)` });
});

test('a partition knows its disk, its number and where it begins', root, async (t) => {
  const bench = await makeBench(t);
  const { disk, second } = await bench.partitionedLoop('disk');
  const whole = await blockFacts(disk);
  const facts = await blockFacts(second);
  assert.equal(facts.name, basename(second));
  assert.equal(facts.diskName, basename(disk));
  assert.equal(facts.diskMajorMinor, whole.majorMinor);
  assert.notEqual(facts.majorMinor, whole.majorMinor);
  assert.equal(facts.partitionNumber, 2);
  assert.equal(facts.partitionStartBytes, 9 * 2 ** 20);
  assert.equal(facts.sizeBytes, 8 * 2 ** 20);
  assert.equal(facts.logicalSectorBytes, 512);
});

test('a node of a device that is not attached is no block device', root, async (t) => {
  const bench = await makeBench(t);
  const node = bench.path('node');
  await bench.run('mknod', node, 'b', '240', '77');
  assert.match((await factsOf(node, 'other')).what, /not attached/);
});

test('a file tells its size, what it occupies, and the device it lives on', root, async (t) => {
  const bench = await makeBench(t);
  const volume = await bench.loop(await bench.file('volume', 32 << 20));
  await bench.run('mkfs.ext4', '-q', volume);
  const place = await bench.mount(volume);
  const file = join(place, 'image');
  await bench.run('sh', '-c', `head -c 8192 /dev/urandom > ${file}; sync ${file}`);
  await truncate(file, 1 << 20);
  const facts = await factsOf(file, 'file');
  assert.equal(facts.sizeBytes, 1 << 20);
  assert.equal(facts.allocatedBytes, 8192);
  assert.equal(facts.fileSystem, 'ext4');
  assert.equal(facts.hostDevice, (await blockFacts(volume)).majorMinor);
  assert.ok((facts.freeBytes ?? 0) > 1 << 20);
});

test('a file behind an overlay lives on the device of the upper directory', root, async (t) => {
  const bench = await makeBench(t);
  const volume = await bench.loop(await bench.file('volume', 32 << 20));
  await bench.run('mkfs.ext4', '-q', volume);
  const lower = await bench.mount(volume);
  await bench.run('mkdir', `${lower}/a`, `${lower}/b`, `${lower}/c`);
  const options = `lowerdir=${lower}/a,upperdir=${lower}/b,workdir=${lower}/c`;
  const place = await bench.mount('-t', 'overlay', 'overlay', '-o', options);
  const facts = await factsOf(join(place, 'new'), 'missing');
  assert.equal(facts.fileSystem, 'overlay');
  assert.equal(facts.hostDevice, (await blockFacts(volume)).majorMinor);
});

test('a file in memory lives on no device', root, async (t) => {
  const bench = await makeBench(t);
  const place = await bench.mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
  const facts = await factsOf(join(place, 'new'), 'missing');
  assert.equal(facts.fileSystem, 'tmpfs');
  assert.equal(facts.hostDevice, undefined);
  assert.equal(facts.freeBytes, 1 << 20);
});

test('what is missing is told apart: no file, no directory, a link to nowhere', async (t) => {
  const bench = await makeBench(t);
  const missing = await factsOf(bench.path('new'), 'missing');
  assert.deepEqual([missing.parentExists, missing.danglingLink, missing.parent], [true, false, bench.folder]);
  const orphan = await factsOf(bench.path('no/where'), 'missing');
  assert.deepEqual([orphan.parentExists, orphan.freeBytes], [false, undefined]);
  const inFile = await factsOf(join(await bench.file('file', 1), 'x'), 'missing');
  assert.equal(inFile.parentExists, false);
  await symlink('/no/where', bench.path('link'));
  assert.equal((await factsOf(bench.path('link'), 'missing')).danglingLink, true);
});

test('directories, pipes, character devices and loops of links are told as what they are', async (t) => {
  const bench = await makeBench(t);
  await factsOf(bench.folder, 'directory');
  await bench.run('mkfifo', bench.path('pipe'));
  assert.equal((await factsOf(bench.path('pipe'), 'other')).what, 'a named pipe');
  assert.equal((await factsOf('/dev/null', 'other')).what, 'a character device');
  await symlink('circle', bench.path('circle'));
  assert.equal((await factsOf(bench.path('circle'), 'other')).errno, 'ELOOP');
});
