import assert from 'node:assert/strict';
import { copyFile, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { loopDevice } from '../../scripts/loop-device.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { badRules, difference, expectedClone, markBad, scatter } from '../support/e2e-bad-sectors.ts';
import { failingTarget, type TargetFault } from '../support/e2e-failing-target.ts';
import { assertMapIsTrue } from '../support/e2e-map-truth.ts';
import { neededToMount } from '../support/e2e-places.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { smallFileSystem } from '../support/e2e-tmpfs.ts';
import { watchedLifeboat } from '../support/e2e-watched.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { eventsOf, type LifeboatRun, startLifeboat } from '../support/lifeboat.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';
import { type UsedClusters, usedRanges } from '../support/volume-used.ts';

const SECTOR = 512;
const MIB = 2 ** 20;
/** What stands on a target that was used before. */
const OLD = 0xa5;

const skip = missing({
  tools: [
    ...FAILING_DISK_NEEDS.tools,
    ...['mkntfs', 'ntfs-3g', 'ntfsclone', 'ntfscluster', 'ddrescuelog', 'chattr', 'blockdev'],
  ],
  root: true,
});

describe('targets of every kind', { skip }, () => {
  let own: Scratch;
  let volume: Volume;
  let used: UsedClusters;
  /** What ntfsclone makes of the healthy volume, as a file. */
  let healthyClone: string;
  /** Bad sectors in files, apart from what is needed to mount it. */
  let bad: RangeSet;

  before(async () => {
    own = await scratch();
    volume = await makeVolume({ sizeBytes: 64 * MIB, populate: everyKind(16), seed: 41 });
    used = await usedRanges(volume.image);
    healthyClone = own.path('healthy-clone.img');
    await expectedClone(volume.image, healthyClone);
    const spared = await neededToMount(volume.image, volume.clusterBytes);
    bad = scatter({ among: used.ranges, spared, unitBytes: SECTOR, count: 20, longest: 9, seed: 3 });
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  const rescue = (source: string, target: string, ...more: string[]): Promise<LifeboatRun> =>
    watchedLifeboat(['rescue', source, target, ...more]);

  function assertCode(result: LifeboatRun, code: number): void {
    assert.equal(result.code, code, result.stdout + result.stderr);
  }

  function assertRefused(result: LifeboatRun, text: RegExp): void {
    assertCode(result, 3);
    assert.match(result.stderr, text);
    assert.equal(result.stderr.trim().split('\n').length, 1, `more than one line: ${result.stderr}`);
    assert.equal(result.stdout, '');
  }

  /** A file of `sizeBytes` full of old content. */
  async function oldDisk(path: string, sizeBytes: number): Promise<void> {
    const file = await open(path, 'w');
    const piece = Buffer.alloc(MIB, OLD);
    for (let at = 0; at < sizeBytes; at += MIB) await file.write(piece, 0, Math.min(MIB, sizeBytes - at), at);
    await file.close();
  }

  /** What ntfsclone leaves on such a disk. */
  async function expectedOnDisk(path: string, sizeBytes: number): Promise<void> {
    await oldDisk(path, sizeBytes);
    await using disk = await loopDevice(path);
    await runOrThrow('ntfsclone', ['-q', '-f', '-O', disk.device, volume.image]);
    await runOrThrow('blockdev', ['--flushbufs', disk.device]);
  }

  for (const [name, extraBytes] of [
    ['as large as the source', 0],
    ['larger than the source', 11 * MIB + 3 * SECTOR],
  ] as const) {
    test(`a disk ${name}: used sectors are written and nothing else is`, async () => {
      const sizeBytes = volume.sizeBytes + extraBytes;
      const [expected, backing] = [own.path('expected.img'), own.path('backing.img')];
      await expectedOnDisk(expected, sizeBytes);
      await using source = await failingDisk({ image: volume.image, faults: badRules(bad) });
      for (const fill of ['marker', 'zero', 'keep'] as const) {
        await oldDisk(backing, sizeBytes);
        const map = own.path(`${fill}.map`);
        {
          await using target = await loopDevice(backing);
          assertCode(await rescue(source.device, target.device, '--map', map, '--yes', '--fill', fill), 4);
        }
        const due = own.path(`${fill}.img`);
        await copyFile(expected, due);
        if (fill === 'marker') await markBad(due, bad, SECTOR);
        else await fillRanges(due, bad, fill === 'zero' ? 0 : OLD);
        assert.equal(await difference(due, backing), '', fill);
        for (const path of [map, due]) await rm(path);
      }
    });
  }

  async function fillRanges(path: string, ranges: RangeSet, byte: number): Promise<void> {
    const file = await open(path, 'r+');
    for (const { start, end } of ranges)
      await file.write(Buffer.alloc(end - start, byte), 0, end - start, start);
    await file.close();
  }

  test('a disk that is too small by one sector is refused and stays as it was', async () => {
    const backing = own.path('small.img');
    await oldDisk(backing, volume.sizeBytes - SECTOR);
    await copyFile(backing, own.path('small-before.img'));
    {
      await using target = await loopDevice(backing);
      assertRefused(
        await rescue(volume.image, target.device, '--yes', '--map', own.path('small.map')),
        /64\.0 MiB/,
      );
    }
    assert.equal(await difference(backing, own.path('small-before.img')), '');
  });

  test('a 4Kn disk takes the clone of a volume with sectors of 512 bytes', async () => {
    const [expected, backing] = [own.path('expected.img'), own.path('backing.img')];
    await expectedOnDisk(expected, volume.sizeBytes);
    await oldDisk(backing, volume.sizeBytes);
    await using source = await failingDisk({ image: volume.image, faults: badRules(bad) });
    {
      await using target = await loopDevice(backing, { sectorBytes: 4096 });
      assertCode(await rescue(source.device, target.device, '--yes', '--map', own.path('4kn.map')), 4);
    }
    await markBad(expected, bad, SECTOR);
    assert.equal(await difference(expected, backing), '');
  });

  const faults: readonly (readonly [string, TargetFault])[] = [
    ['that stops taking writes', { on: 'write', afterBytes: 5 * MIB, error: 'EIO' }],
    ['that stops taking writes at once', { on: 'write', afterBytes: 0, error: 'EIO' }],
    ['that runs full though it is a disk', { on: 'write', afterBytes: 7 * MIB, error: 'ENOSPC' }],
    ['that loses writes and tells only at a flush', { on: 'flush', afterBytes: 3 * MIB }],
    ['that loses the very last writes and tells only at a flush', { on: 'flush', afterBytes: 17 * MIB }],
  ];
  for (const [name, fault] of faults) {
    test(`a target disk ${name}: exit 1, a true map, and the same command completes it later`, async () => {
      const [expected, backing, map] = ['expected.img', 'backing.img', 'failing.map'].map(own.path) as [
        string,
        string,
        string,
      ];
      // A rescue of its own each time: without the map alone it would be refused.
      for (const old of [map, own.path('failing.lifeboat')]) await rm(old, { recursive: true, force: true });
      await expectedOnDisk(expected, volume.sizeBytes);
      await oldDisk(backing, volume.sizeBytes);
      await using target = await failingTarget(backing);
      target.setFault(fault);
      // Slow enough for several saves of the map.
      await using source = await failingDisk({
        image: volume.image,
        faults: [`slow 0 ${volume.sizeBytes / SECTOR} 10`],
        timescale: 1,
      });
      const failed = await rescue(source.device, target.device, '--yes', '--map', map, '--wait', '0');
      assert.ok(target.struck, 'the target has failed');
      assertCode(failed, 1);
      assert.match(failed.stdout, /[Tt]he target (failed|is full)/);
      assert.ok((failed.stdout + failed.stderr).includes(target.device), 'the target is named');
      assert.doesNotMatch(failed.stdout, /Everything is saved/);
      await assertMapIsTrue(map, backing, volume.image);

      target.setFault(undefined);
      await source.setFaults([]);
      assertCode(await rescue(source.device, target.device, '--yes', '--map', map), 0);
      assert.equal(await difference(expected, backing), '');
    });
  }

  test('a disk that is a file on a file system that runs full: never called a success', async () => {
    await using small = await smallFileSystem(12 * MIB);
    const backing = join(small.root, 'backing.img');
    const map = own.path('thin.map');
    await writeFile(backing, '');
    await truncate(backing, volume.sizeBytes);
    {
      await using target = await loopDevice(backing);
      const failed = await rescue(volume.image, target.device, '--map', map, '--wait', '0');
      assertCode(failed, 1);
      await assertMapIsTrue(map, backing, volume.image);
      await small.resize(2 * volume.sizeBytes);
      assertCode(await rescue(volume.image, target.device, '--map', map), 0);
    }
    assert.equal(await difference(healthyClone, backing), '');
  });

  test('a file on a file system that runs full: exit 1, a true map, and with more room it is completed', async () => {
    await using small = await smallFileSystem(14 * MIB);
    const target = join(small.root, 'clone.img');
    const map = own.path('full.map');
    const failed = await rescue(volume.image, target, '--map', map, '--wait', '0');
    assertCode(failed, 1);
    assert.match(failed.stdout, /target is full/);
    assert.ok(failed.stdout.includes(target));
    await assertMapIsTrue(map, target, volume.image);
    await small.resize(2 * volume.sizeBytes);
    assertCode(await rescue(volume.image, target, '--map', map), 0);
    assert.equal(await difference(healthyClone, target), '');
  });

  test('a map on a file system that is full from the start: exit 1 or 3, one clear line, and later it works', async () => {
    await using small = await smallFileSystem(64 * 1024);
    const filler = join(small.root, 'filler');
    const map = join(small.root, 'rescue.map');
    const target = own.path('map-full.img');
    await run('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096', 'status=none']);
    const failed = await rescue(volume.image, target, '--map', map, '--wait', '0');
    assert.ok(failed.code === 1 || failed.code === 3, failed.stdout + failed.stderr);
    assert.match(failed.stdout + failed.stderr, /map/);
    assert.match(failed.stdout + failed.stderr, /ENOSPC|no space|full/i);
    await rm(filler);
    assertCode(await rescue(volume.image, target, '--map', map), 0);
    assert.equal(await difference(healthyClone, target), '');
  });

  for (const [name, robbed] of [
    ['goes on in the room that was kept for it', false],
    [
      'and has lost the room that was kept for it: exit 1, the old map stays true, and later it goes on',
      true,
    ],
  ] as const) {
    test(`a map whose file system runs full midway ${name}`, async () => {
      await using small = await smallFileSystem(64 * 1024);
      const map = join(small.root, 'rescue.map');
      const target = own.path('map-midway.img');
      await rm(target, { force: true });
      await using source = await failingDisk({
        image: volume.image,
        faults: [`slow 0 ${volume.sizeBytes / SECTOR} 60`],
        timescale: 1,
      });
      // The job's folder lies elsewhere: beside the map its files would take from the room.
      const elsewhere = ['--job', own.path(`job-${robbed}`), '--wait', '0'];
      const rescuing = rescue(source.device, target, '--map', map, ...elsewhere);
      while ((await stat(map).catch(() => undefined)) === undefined) await delay(20);
      await delay(3000);
      // The room is kept anew after each save, so it has to be taken away for as long as the run lasts.
      const rob = robbed ? `rm -f ${map}.new;` : '';
      const fill = `dd if=/dev/zero bs=4096 oflag=append conv=notrunc status=none of=${small.root}/filler`;
      let isOver = false;
      const filling = (async (): Promise<void> => {
        while (!isOver) await run('bash', ['-c', `${rob} ${fill}`]);
      })();
      const result = await rescuing;
      isOver = true;
      await filling;
      assertCode(result, robbed ? 1 : 0);
      if (robbed) assert.match(result.stdout, /map could not be saved/);
      assert.ok((await assertMapIsTrue(map, target, volume.image)) > 0, 'there is an old map');
      await rm(`${small.root}/filler`);
      await source.setFaults([]);
      assertCode(await rescue(source.device, target, '--map', map), 0);
      assert.equal(await difference(healthyClone, target), '');
    });
  }

  test('two rescues onto one target: the second is refused, the first does not notice', async () => {
    const speed = `slow 0 ${volume.sizeBytes / SECTOR} 20`;
    await using slow = await failingDisk({
      image: volume.image,
      faults: [speed],
      timescale: 1,
    });
    const backing = own.path('shared.img');
    await oldDisk(backing, volume.sizeBytes);
    await copyFile(backing, own.path('shared-expected.img'));
    await using disk = await loopDevice(backing);
    await using another = await loopDevice(volume.image, { readOnly: true });
    for (const target of [own.path('shared-clone.img'), disk.device]) {
      const [map, otherMap] = [own.path('first.map'), own.path('second.map')];
      const first = startLifeboat(['rescue', slow.device, target, '--yes', '--map', map]);
      try {
        while ((await stat(map).catch(() => undefined)) === undefined) {
          assert.equal(first.child.exitCode, null, 'the first run has ended early');
          await delay(50);
        }
        // It stands still, and holds what it holds, until the others have been refused.
        process.kill(-(first.child.pid ?? 0), 'SIGSTOP');
        for (const more of [[], ['--yes'], ['--force']]) {
          const second = await rescue(another.device, target, '--map', otherMap, ...more);
          assertRefused(second, /another|in use|not empty|busy/i);
        }
        // The same command once more is refused too: it would go on with the same map.
        const same = await rescue(slow.device, target, '--yes', '--map', map);
        assertRefused(same, /another|in use|busy|working on the job/i);
        process.kill(-(first.child.pid ?? 0), 'SIGCONT');
        await slow.setFaults([]);
        assertCode(await first.ended, 0);
      } finally {
        if (first.child.exitCode === null) first.killAll();
      }
      await slow.setFaults([speed]);
      await rm(map);
    }
    assert.equal(await difference(healthyClone, own.path('shared-clone.img')), '');
    await expectedOnDisk(own.path('shared-expected.img'), volume.sizeBytes);
    assert.equal(await difference(own.path('shared-expected.img'), backing), '');
  });

  test('a target that must not be written to: one line, exit 3', async () => {
    const backing = own.path('protected.img');
    await oldDisk(backing, volume.sizeBytes);
    const map = own.path('protected.map');
    {
      await using disk = await loopDevice(backing, { readOnly: true });
      assertRefused(await rescue(volume.image, disk.device, '--yes', '--map', map), /read-only/);
    }
    {
      await using disk = await loopDevice(backing);
      await runOrThrow('blockdev', ['--setro', disk.device]);
      assertRefused(await rescue(volume.image, disk.device, '--yes', '--map', map), /read-only/);
      await runOrThrow('blockdev', ['--setrw', disk.device]);
    }
    await runOrThrow('chattr', ['+i', backing]);
    try {
      assertRefused(
        await rescue(volume.image, backing, '--yes', '--map', map),
        /EPERM|permi|allow|protected/i,
      );
    } finally {
      await runOrThrow('chattr', ['-i', backing]);
    }
    await using small = await smallFileSystem(MIB);
    await small.writeProtect();
    assertRefused(await rescue(volume.image, join(small.root, 'clone.img'), '--map', map), /read-only/i);
    await copyFile(backing, own.path('protected-before.img'));
    await oldDisk(own.path('protected-before.img'), volume.sizeBytes);
    assert.equal(await difference(backing, own.path('protected-before.img')), '', 'it was touched');
  });

  test('--retries heals weak sectors: exit 0 and the bytes of the healthy volume', async () => {
    const weak = [...bad].map(({ start, end }) => `weak ${start / SECTOR} ${(end - start) / SECTOR} 6`);
    const target = own.path('weak.img');
    {
      await using source = await failingDisk({ image: volume.image, faults: weak });
      assertCode(await rescue(source.device, target, '--retries', '8'), 0);
      assert.equal(await difference(healthyClone, target), '');
      await rm(target);
      await rm(`${target}.map`);
    }
    // In two runs: the first one ends with losses, the second one finds the rest.
    await using source = await failingDisk({ image: volume.image, faults: weak });
    assertCode(await rescue(source.device, target), 4);
    await assertMapIsTrue(`${target}.map`, target, volume.image);
    assertCode(await rescue(source.device, target, '--retries', '8'), 0);
    assert.equal(await difference(healthyClone, target), '');
  });

  test('--all-sectors saves free space too, to a file and to a disk', async () => {
    const free = RangeSet.single(0, volume.sizeBytes).subtract(RangeSet.of(used.ranges));
    const more = scatter({
      among: [...free],
      spared: [],
      unitBytes: SECTOR,
      count: 10,
      longest: 20,
      seed: 9,
    });
    const everywhere = RangeSet.of([...bad, ...more]);
    const due = own.path('all-due.img');
    await copyFile(volume.image, due);
    await markBad(due, everywhere, SECTOR);
    await using source = await failingDisk({ image: volume.image, faults: badRules(everywhere) });
    const target = own.path('all.img');
    assertCode(await rescue(source.device, target, '--all-sectors'), 4);
    assert.equal(await difference(due, target), '');
    const backing = own.path('all-disk.img');
    await oldDisk(backing, volume.sizeBytes);
    {
      await using disk = await loopDevice(backing);
      const map = own.path('all.map');
      // Begun without the free space, then with it.
      assertCode(await rescue(source.device, disk.device, '--yes', '--map', map), 4);
      assertCode(await rescue(source.device, disk.device, '--all-sectors', '--map', map), 4);
    }
    assert.equal(await difference(due, backing), '');
  });

  test('--json prints events and nothing else, and the last one says how it ended', async () => {
    const target = own.path('json.img');
    const again = async (source: string, code: number, ...more: string[]) => {
      for (const path of [target, `${target}.map`]) await rm(path, { force: true });
      const result = await rescue(source, target, '--json', ...more);
      assertCode(result, code);
      assert.equal(result.stderr, '');
      assert.ok(result.stdout.endsWith('\n'));
      const last = eventsOf(result).at(-1);
      assert.ok(last !== undefined);
      return last;
    };
    const saved = await again(volume.image, 0);
    assert.ok(saved.event === 'done' && saved.verdict === 'saved' && saved.badBytes === 0);
    assert.ok(saved.savedBytes === saved.domainBytes && saved.undecidedBytes === 0);
    await using source = await failingDisk({ image: volume.image, faults: badRules(bad) });
    const losses = await again(source.device, 4);
    assert.ok(losses.event === 'done' && losses.verdict === 'losses');
    assert.equal(losses.badBytes, bad.totalBytes);
    assert.equal(losses.savedBytes + losses.badBytes, losses.domainBytes);
    const report = own.path('json-report.json');
    const reported = await again(source.device, 4, '--report', report);
    assert.ok(reported.event === 'done' && reported.report === report);
    const { badSectors } = JSON.parse(await readFile(report, 'utf8')) as {
      badSectors: { start: number; length: number }[];
    };
    assert.deepEqual(
      badSectors,
      [...bad].map(({ start, end }) => ({ start, length: end - start })),
    );

    await using small = await smallFileSystem(10 * MIB);
    const where = [join(small.root, 'x.img'), '--map', own.path('x.map')] as const;
    const full = await rescue(volume.image, ...where, '--json', '--wait', '0');
    assertCode(full, 1);
    const failed = eventsOf(full).at(-1);
    assert.ok(failed?.event === 'done' && failed.verdict === 'failed');
    assert.equal(failed.interruption?.kind, 'target-full');
    const refused = await rescue(volume.image, volume.image, '--json');
    assertCode(refused, 3);
    assert.ok(eventsOf(refused).at(-1)?.event === 'refused');
  });
});
