import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { lockDescriptor } from '../../src/block/exclusive-lock.ts';
import { selfCommand } from '../../src/jobs/self.ts';
import type { Disk, Machine } from '../../src/probe/machine.ts';
import { watchMachine } from '../../src/probe/watch.ts';
import { type Bench, makeBench, NEEDS_ROOT } from '../support/block-bench.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { loopOf } from '../support/probe-bench.ts';
import { FAILING_DISK_NEEDS, missing } from '../support/tools.ts';

const MIB = 2 ** 20;
/** Long enough for a busy machine; nothing is measured. */
const PATIENCE_MS = 60_000;

/** A watch of these disks alone, which ends with the test. */
function watching(bench: Bench, only: readonly string[]) {
  const stop = new AbortController();
  const pictures: Machine[] = [];
  const ended = watchMachine({
    self: selfCommand(),
    signal: stop.signal,
    only,
    onChange: (machine) => void pictures.push(machine),
  });
  bench.after(async () => {
    stop.abort();
    await ended;
  });
  const diskAt = (path: string): Disk | undefined =>
    pictures.at(-1)?.disks.find((disk) => disk.path === path);
  return {
    pictures,
    diskAt,
    /** Waits until the disk looks like that. */
    async until(path: string, fits: (disk: Disk | undefined) => boolean): Promise<Disk | undefined> {
      const end = Date.now() + PATIENCE_MS;
      while (!fits(diskAt(path))) {
        assert.ok(Date.now() < end, `${path} never got there: ${JSON.stringify(diskAt(path))}`);
        await delay(20);
      }
      return diskAt(path);
    },
  };
}

const isSettled = (disk: Disk | undefined): boolean => disk?.settled === true;

describe('watching the machine', { skip: NEEDS_ROOT }, () => {
  test('a disk that is plugged in appears and is read; one that is pulled out is gone; the next one is another', async (t) => {
    const bench = await makeBench(t);
    const file = await bench.file('first', 8 * MIB);
    await bench.run('mkswap', '-L', 'one', file);
    // A number that `losetup --find` gives to nobody else in between.
    const device = `/dev/loop${1000 + (process.pid % 1000)}`;
    await bench.run('losetup', '--read-only', device, file);
    const watch = watching(bench, [basename(device)]);
    await watch.until(device, isSettled);
    assert.equal(watch.diskAt(device)?.use.notTarget?.code, 'target-read-only');
    assert.equal(watch.diskAt(device)?.content?.label, 'one', JSON.stringify(watch.diskAt(device)));
    await bench.run('losetup', '--detach', device);
    const gone = await watch.until(device, (disk) => disk?.state.kind === 'gone');
    assert.equal(gone?.content?.label, 'one', 'what was known of it is still there');
    // The same name, another disk.
    const other = await bench.file('second', 4 * MIB);
    await bench.run('mkswap', '-L', 'two', other);
    await bench.run('losetup', device, other);
    bench.after(() => bench.run('losetup', '--detach', device));
    await watch.until(device, (disk) => disk?.content?.label === 'two' && disk.settled);
    assert.equal(watch.diskAt(device)?.sizeBytes, 4 * MIB);
    const taken = watch.pictures
      .flatMap(({ disks }) => disks)
      .filter(({ sizeBytes, use }) => sizeBytes === 4 * MIB && use.notTarget !== undefined);
    assert.deepEqual(taken, [], 'what the other one was used for is told of it');
  });

  test('partitions that the kernel learns of later are shown and read; pictures that were handed out never change', async (t) => {
    const bench = await makeBench(t);
    const device = await bench.loop(await bench.file('disk', 16 * MIB));
    const watch = watching(bench, [device]);
    await watch.until(device, isSettled);
    const [first] = watch.pictures;
    const readBefore = watch.diskAt(device)?.touched.bytes ?? 0;
    const before = JSON.stringify(first);
    assert.equal(watch.diskAt(device)?.content?.kind, 'empty');
    // No table says so: only the kernel knows.
    await bench.run('addpart', device, '1', '2048', '8192');
    bench.after(() => bench.run('delpart', device, '1'));
    const disk = await watch.until(device, (one) => one?.partitions[0]?.content !== undefined && one.settled);
    assert.deepEqual(
      disk?.partitions.map(({ path, startBytes, sizeBytes, content }) => [
        path,
        startBytes,
        sizeBytes,
        content?.kind,
      ]),
      [[`${device}p1`, MIB, 4 * MIB, 'empty']],
    );
    assert.ok((disk?.touched.bytes ?? 0) > readBefore, 'what the first look has cost is forgotten');
    assert.equal(JSON.stringify(first), before);
  });

  test('traffic counts, and disks that do not change stay the same objects', async (t) => {
    const bench = await makeBench(t);
    const busy = await bench.loop(await bench.file('busy', 8 * MIB));
    const quiet = await bench.loop(await bench.file('quiet', 8 * MIB));
    const watch = watching(bench, [busy, quiet]);
    await watch.until(busy, isSettled);
    await watch.until(quiet, isSettled);
    // One more look, so that the reads of the prober itself are in the counters.
    await delay(2500);
    const before = watch.diskAt(quiet);
    const bytes = watch.diskAt(busy)?.traffic.writtenBytes ?? 0;
    await using file = await open(busy, 'r+');
    await file.write(Buffer.alloc(MIB), 0, MIB, 0);
    await file.sync();
    await watch.until(busy, (disk) => (disk?.traffic.writtenBytes ?? 0) >= bytes + MIB);
    assert.equal(watch.diskAt(quiet), before);
  });

  test('mounting changes what a disk may be used for', async (t) => {
    const bench = await makeBench(t);
    const device = await loopOf(bench, 'ext4');
    const watch = watching(bench, [device]);
    await watch.until(device, isSettled);
    assert.equal(watch.diskAt(device)?.use.notTarget, undefined);
    const place = await bench.mount(device);
    await watch.until(device, (disk) => disk?.use.notTarget?.code === 'target-mounted');
    await bench.unmount(place);
    await watch.until(device, (disk) => disk?.use.notTarget === undefined);
  });

  test('nothing is offered to be written over that somebody writes to; the rest of its disk is', async (t) => {
    const bench = await makeBench(t);
    const { disk, first } = await bench.partitionedLoop('written');
    const watch = watching(bench, [disk]);
    await watch.until(disk, isSettled);
    const refusals = (): (string | undefined)[] => {
      const found = watch.diskAt(disk);
      return [found, ...(found?.partitions ?? [])].map((place) => place?.use.notTarget?.code);
    };
    assert.deepEqual(refusals(), [undefined, undefined, undefined]);
    await using held = await open(first, 'r+');
    assert.ok(await lockDescriptor(held.fd, first));
    await watch.until(disk, (one) => one?.use.notTarget !== undefined);
    assert.deepEqual(refusals(), ['target-busy', 'target-busy', undefined]);
    await held.close();
    await watch.until(disk, (one) => one?.use.notTarget === undefined);
    await using whole = await open(disk, 'r+');
    assert.ok(await lockDescriptor(whole.fd, disk));
    await watch.until(disk, (one) => one?.use.notTarget !== undefined);
    assert.deepEqual(refusals(), ['target-busy', 'target-busy', 'target-busy']);
  });

  test('a disk is looked at once more when something has written to it and has come to rest, and only then', async (t) => {
    const bench = await makeBench(t);
    const file = await bench.file('written', 8 * MIB);
    await bench.run('mkswap', '-L', 'before', file);
    const device = await bench.loop(file);
    const other = await bench.loop(await bench.file('quiet', 8 * MIB));
    const watch = watching(bench, [device, other]);
    await watch.until(device, (disk) => disk?.content?.label === 'before' && disk.settled);
    await watch.until(other, isSettled);
    // Somebody who writes and holds a lock, as a rescue does, is not disturbed while it rests.
    await using held = await open(device, 'r+');
    assert.ok(await lockDescriptor(held.fd, device));
    await bench.run('mkswap', '-L', 'after', device);
    await bench.run('sync', device);
    await watch.until(device, (disk) => disk?.outdated === true);
    await delay(8000);
    assert.deepEqual([watch.diskAt(device)?.looks, watch.diskAt(device)?.content?.label], [1, 'before']);
    await held.close();
    const again = await watch.until(device, (disk) => disk?.content?.label === 'after' && disk.settled);
    assert.deepEqual([again?.looks, again?.outdated], [2, false]);
    assert.equal(watch.diskAt(other)?.looks, 1, 'a disk that nobody writes to is read again');
  });

  test('a disk that hangs holds up no other one, and is taken up where it was when it answers', {
    skip: missing({ tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs'] }),
  }, async (t) => {
    const bench = await makeBench(t);
    const healthy = await loopOf(bench, 'ntfs');
    await using hung = await failingDisk({
      image: await bench.file('hangs', 64 * MIB),
      faults: ['hang 0 8 15'],
    });
    const watch = watching(bench, [hung.device, healthy]);
    await watch.until(healthy, isSettled);
    const silent = await watch.until(hung.device, (disk) => disk?.state.kind === 'waiting');
    // All that the kernel knows is there; what the disk itself would have to say is not.
    assert.equal(silent?.sizeBytes, 64 * MIB);
    assert.deepEqual([silent.touched.reads, silent.content, silent.settled], [0, undefined, false]);
    const back = await watch.until(hung.device, isSettled);
    assert.deepEqual([back?.state.kind, back?.content?.kind], ['answering', 'empty']);
    assert.equal(back?.touched.slow, 1);
  });
});
