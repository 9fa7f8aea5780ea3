import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parseMapfile } from '../../src/rescue/mapfile.ts';
import { type FailingDisk, failingDisk } from '../support/failing-disk.ts';
import { eventsOf, lifeboat, startLifeboat } from '../support/lifeboat.ts';
import { seededRandom } from '../support/random.ts';
import { FAILING_DISK_NEEDS, missing, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';
import { usedRanges } from '../support/volume-used.ts';

const SECTOR = 512;
const MIB = 2 ** 20;
const KILLS = 50;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsclone', 'ddrescue', 'ddrescuelog', 'pgrep'],
  root: true,
});

describe('a rescue that is interrupted', { skip }, () => {
  let volume: Volume;
  let folder: string;
  let faults: string[];
  /** What an undisturbed rescue makes of the volume. */
  let reference: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-e2e-'));
    volume = await makeVolume({ sizeBytes: 96 * MIB, populate: everyKind(24), seed: 22 });
    const { ranges } = await usedRanges(volume.image);
    const random = seededRandom(17);
    faults = Array.from({ length: 30 }, () => {
      const range = ranges[random.integer(ranges.length)];
      const sector = Math.floor((range?.start ?? 0) / SECTOR) + random.integer(4);
      return `bad ${sector} ${1 + random.integer(3)}`;
    });
    reference = join(folder, 'reference.img');
    await using disk = await failingDisk({ image: volume.image, faults });
    const { code, stdout, stderr } = await lifeboat(['rescue', disk.device, reference]);
    assert.equal(code, 4, stdout + stderr);
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Every sector that the map calls finished must be in the target. */
  async function assertMapIsTrue(target: string, map: string): Promise<number> {
    const text = await readFile(map, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return 0;
    const finished = parseMapfile(text, volume.sizeBytes).map.bytesWith('+');
    const [copy, original] = [await open(target), await open(volume.image)];
    try {
      for (const { start, end } of finished) {
        const [a, b] = [Buffer.alloc(end - start), Buffer.alloc(end - start)];
        await copy.read(a, 0, a.length, start);
        await original.read(b, 0, b.length, start);
        assert.ok(a.equals(b), `the map calls ${start}..${end} finished, but the target does not hold it`);
      }
    } finally {
      await copy.close();
      await original.close();
    }
    return finished.totalBytes;
  }

  test(`kill -9 at ${KILLS} random instants, each time continued: the same bytes as without`, async () => {
    const random = seededRandom(4);
    const target = join(folder, 'killed.img');
    const map = `${target}.map`;
    // A slow disk, so that the kills fall into every phase.
    const slow = [...faults, `slow 0 ${volume.sizeBytes / SECTOR} 40`];
    await using disk = await failingDisk({ image: volume.image, faults: slow, timescale: 0.05 });
    let progress = 0;
    let kills = 0;
    for (let round = 0; kills < KILLS; round++) {
      assert.ok(round < KILLS * 4, 'the rescue ends before it can be killed often enough');
      const rescue = startLifeboat(['rescue', disk.device, target]);
      const ended = rescue.ended.then(() => true);
      const finished = await Promise.race([ended, delay(100 + random.integer(900)).then(() => false)]);
      if (finished) {
        // It got through: begin a new one, so that all kills count.
        assert.equal((await rescue.ended).code, 4);
        await runOrThrow('cmp', [target, reference]);
        await rm(target);
        await rm(map);
        progress = 0;
        continue;
      }
      rescue.killAll();
      await rescue.ended;
      kills++;
      const now = await assertMapIsTrue(target, map);
      assert.ok(now >= progress, 'progress went back');
      progress = now;
    }
    const last = await lifeboat(['rescue', disk.device, target]);
    assert.equal(last.code, 4, last.stdout + last.stderr);
    await runOrThrow('cmp', [target, reference]);
  });

  test('after kill -9 no more than five seconds of reading are repeated', async () => {
    const target = join(folder, 'repeated.img');
    // About 4 MB/s of real time.
    const slow = [`slow 0 ${volume.sizeBytes / SECTOR} 38`];
    await using disk = await failingDisk({ image: volume.image, faults: slow, timescale: 1 });
    const rescue = startLifeboat(['rescue', disk.device, target]);
    await begun(rescue);
    const since = performance.now();
    await delay(4000);
    rescue.killAll();
    const seconds = (performance.now() - since) / 1000;
    await rescue.ended;
    const before = await disk.requests();
    const bytesPerSecond = before.reduce((sum, request) => sum + request.length, 0) / seconds;
    const firstRun = before.length;
    await disk.setFaults([]);
    const { code } = await lifeboat(['rescue', disk.device, target]);
    assert.equal(code, 0);
    const seen = new Set<number>();
    let repeated = 0;
    for (const [i, { offset, length }] of (await disk.requests()).entries()) {
      for (let at = offset; at < offset + length; at += SECTOR) {
        if (i < firstRun) seen.add(at);
        else if (seen.has(at)) repeated += SECTOR;
      }
    }
    assert.ok(repeated < 5 * bytesPerSecond, `${repeated} bytes were read again, ${bytesPerSecond} a second`);
  });

  /** Before that a rescue ends without having touched anything; a busy machine is slow to start it. */
  async function begun({ child }: ReturnType<typeof startLifeboat>): Promise<void> {
    let said = '';
    child.stdout?.on('data', (text: Buffer) => (said += text));
    while (!said.includes(' to save') && child.exitCode === null && child.signalCode === null)
      await delay(50);
  }

  /** Asks to stop so many milliseconds after the start, or after the copying has begun. */
  async function stopAfter(
    disk: FailingDisk,
    target: string,
    signal: NodeJS.Signals,
    { milliseconds, from }: { readonly milliseconds: number; readonly from: 'start' | 'copying' },
  ) {
    const rescue = startLifeboat(['rescue', disk.device, target, '--yes']);
    if (from === 'copying') await begun(rescue);
    await delay(milliseconds);
    const asked = performance.now();
    rescue.child.kill(signal);
    const result = await rescue.ended;
    return { result, tookMs: performance.now() - asked };
  }

  test('Ctrl-C and SIGTERM stop at once although a read hangs, with a true map, and say how to go on', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { ranges } = await usedRanges(volume.image);
      const middle = ranges[Math.floor(ranges.length / 2)];
      const target = join(folder, `stopped-${signal}.img`);
      await using disk = await failingDisk({
        image: volume.image,
        faults: [`hang ${(middle?.start ?? 0) / SECTOR} 8 30`],
      });
      const { result, tookMs } = await stopAfter(disk, target, signal, {
        milliseconds: 2000,
        from: 'copying',
      });
      assert.equal(result.code, 5, result.stdout + result.stderr);
      assert.ok(tookMs < 5000, `it took ${tookMs} ms`);
      assert.match(result.stdout, /the same command goes on/);
      assert.ok((await assertMapIsTrue(target, `${target}.map`)) > 0);
    }
  });

  test('a disk that hangs at its first sector can be left too', async () => {
    const target = join(folder, 'first-sector.img');
    await using disk = await failingDisk({ image: volume.image, faults: ['hang 0 8 20'] });
    const { result, tookMs } = await stopAfter(disk, target, 'SIGINT', { milliseconds: 1500, from: 'start' });
    assert.equal(result.code, 5, result.stdout + result.stderr);
    assert.ok(tookMs < 5000, `it took ${tookMs} ms`);
  });

  test('the engine stops in good order when its front end is killed', async () => {
    const target = join(folder, 'orphan.img');
    const slow = [`slow 0 ${volume.sizeBytes / SECTOR} 40`];
    await using disk = await failingDisk({ image: volume.image, faults: slow, timescale: 1 });
    const rescue = startLifeboat(['rescue', disk.device, target]);
    await begun(rescue);
    // Something is saved, and the map says so: a busy machine takes its time.
    while ((await assertMapIsTrue(target, `${target}.map`)) === 0) await delay(100);
    // It has other children too, which end by themselves.
    const engine = Number(
      await runOrThrow('pgrep', ['-P', String(rescue.child.pid), '-f', '^lifeboat engine']),
    );
    assert.ok(engine > 1, 'no engine is at work');
    rescue.child.kill('SIGKILL');
    await rescue.ended;
    for (let waited = 0; existsSync(`/proc/${engine}`); waited += 100) {
      assert.ok(waited < 30_000, 'the engine goes on without its front end');
      await delay(100);
    }
    assert.ok((await assertMapIsTrue(target, `${target}.map`)) > 0);
    await disk.setFaults(faults);
    const { code } = await lifeboat(['rescue', disk.device, target]);
    assert.ok(code === 0 || code === 4);
  });

  test('a run that is stopped leaves no old content in used sectors of a device', async () => {
    const backing = join(folder, 'device.img');
    await copyFile(volume.image, backing);
    const file = await open(backing, 'r+');
    const old = Buffer.alloc(MIB, 0xa5);
    for (let at = 0; at < volume.sizeBytes; at += MIB)
      await file.write(old, 0, Math.min(MIB, volume.sizeBytes - at), at);
    await file.close();
    const device = (await runOrThrow('losetup', ['-f', '--show', backing])).trim();
    await runOrThrow('blockdev', ['--setrw', device]);
    try {
      const slow = [`slow 0 ${volume.sizeBytes / SECTOR} 40`];
      await using disk = await failingDisk({ image: volume.image, faults: slow, timescale: 1 });
      const map = join(folder, 'device.map');
      const rescue = startLifeboat(['rescue', disk.device, device, '--yes', '--map', map]);
      await begun(rescue);
      await delay(1500);
      rescue.child.kill('SIGINT');
      const { code, stdout, stderr } = await rescue.ended;
      assert.equal(code, 5, stdout + stderr);
      const { ranges } = await usedRanges(volume.image);
      const copy = await open(backing);
      let saved = 0;
      let marked = 0;
      try {
        const sector = Buffer.alloc(SECTOR);
        const original = await open(volume.image);
        const truth = Buffer.alloc(SECTOR);
        for (const range of ranges) {
          for (let at = range.start; at < range.end; at += SECTOR) {
            await copy.read(sector, 0, SECTOR, at);
            await original.read(truth, 0, SECTOR, at);
            if (sector.equals(truth)) saved++;
            else if (sector.subarray(0, 11).toString('latin1') === 'BadSectoR\0?') marked++;
            else assert.fail(`the used sector at byte ${at} is neither saved nor marked`);
          }
        }
        await original.close();
      } finally {
        await copy.close();
      }
      assert.ok(
        saved > 0 && marked > 0,
        `${saved} saved, ${marked} marked: it was not stopped in the middle`,
      );
      const resumed = await lifeboat(['rescue', disk.device, device, '--map', map]);
      assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    } finally {
      await runOrThrow('losetup', ['-d', device]);
    }
  });

  test('ddrescue continues a map of ours, and we one of ddrescue', async () => {
    const ours = join(folder, 'begun-here.img');
    const theirs = join(folder, 'begun-there.img');
    const slow = [...faults, `slow 0 ${volume.sizeBytes / SECTOR} 40`];
    {
      await using slowDisk = await failingDisk({ image: volume.image, faults: slow, timescale: 1 });
      const { result } = await stopAfter(slowDisk, ours, 'SIGINT', {
        milliseconds: 2000,
        from: 'copying',
      });
      assert.equal(result.code, 5, result.stdout + result.stderr);
    }
    await using disk = await failingDisk({ image: volume.image, faults });
    await runOrThrow('ddrescue', ['-d', '-q', disk.device, ours, `${ours}.map`]);
    // ddrescue saves the free space too; on used sectors both agree.
    const whole = join(folder, 'whole.img');
    const whole4 = await lifeboat(['rescue', disk.device, whole, '--all-sectors']);
    assert.equal(whole4.code, 4);
    await runOrThrow('ddrescue', ['-q', '--fill-mode=-', '--force', marker(folder), ours, `${ours}.map`]);
    await assertSameWhereSaved(ours, whole, `${ours}.map`);

    await runOrThrow('ddrescue', ['-d', '-q', '--size=40Mi', '-n', disk.device, theirs, `${theirs}.map`]);
    const continued = await lifeboat(['rescue', disk.device, theirs, '--all-sectors']);
    assert.equal(continued.code, 4, continued.stdout + continued.stderr);
    await runOrThrow('cmp', [theirs, whole]);
    const counts = await runOrThrow('ddrescuelog', ['-t', `${theirs}.map`]);
    assert.match(counts, /non-tried:\s+0 B/);
    await runOrThrow('ddrescuelog', ['-p', `${theirs}.map`, `${whole}.map`]);
  });

  const marker = (where: string): string => join(where, 'reference.img');

  async function assertSameWhereSaved(a: string, b: string, map: string): Promise<void> {
    const finished = parseMapfile(await readFile(map, 'utf8'), volume.sizeBytes).map.bytesWith('+');
    const [left, right] = [await open(a), await open(b)];
    try {
      for (const { start, end } of finished) {
        const [x, y] = [Buffer.alloc(end - start), Buffer.alloc(end - start)];
        await left.read(x, 0, x.length, start);
        await right.read(y, 0, y.length, start);
        assert.ok(x.equals(y), `${start}..${end}`);
      }
    } finally {
      await left.close();
      await right.close();
    }
    assert.ok(finished.totalBytes > 0.9 * volume.sizeBytes);
  }

  test('a disk that vanishes and comes back: stopped with exit code 6 or marked later, never lost', async () => {
    const image = join(folder, 'vanishing.img');
    await copyFile(volume.image, image);
    const target = join(folder, 'vanished.img');
    const rescue = startLifeboat(['rescue', image, target, '--json', '--wait', '0']);
    // The source shrinks once the rescue has begun: end of file inside the size.
    const file = await open(image, 'r+');
    while (!existsSync(target)) await delay(1);
    await file.truncate(1 * MIB);
    await file.close();
    const result = await rescue.ended;
    const events = eventsOf(result);
    const done = events.find((event) => event.event === 'done');
    if (result.code === 6) {
      assert.ok(done && done.badBytes === 0, 'nothing is called bad because the disk is gone');
    } else {
      assert.equal(result.code, 0, 'it was through before the disk vanished');
    }
    await copyFile(volume.image, image);
    const again = await lifeboat(['rescue', image, target]);
    assert.equal(again.code, 0, again.stdout + again.stderr);
  });
});
