import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { difference, expectedClone } from '../support/e2e-bad-sectors.ts';
import { assertMapIsTrue } from '../support/e2e-map-truth.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { type FailingDisk, failingDisk } from '../support/failing-disk.ts';
import { eventsOf, LIFEBOAT, type LifeboatRun, startLifeboat } from '../support/lifeboat.ts';
import { FAILING_DISK_NEEDS, missing } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';
import { usedRanges } from '../support/volume-used.ts';

const SECTOR = 512;
const MIB = 2 ** 20;
const HANG_SECONDS = 8;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsclone', 'ddrescuelog', 'script'],
  root: true,
});

describe('a rescue that waits', { skip }, () => {
  let own: Scratch;
  let volume: Volume;
  let healthyClone: string;
  /** The longest run of used sectors. */
  let longest: { start: number; end: number };

  before(async () => {
    own = await scratch();
    volume = await makeVolume({ sizeBytes: 64 * MIB, populate: everyKind(24), seed: 51 });
    healthyClone = own.path('healthy-clone.img');
    await expectedClone(volume.image, healthyClone);
    const { ranges } = await usedRanges(volume.image);
    longest = ranges.reduce((best, range) =>
      range.end - range.start > best.end - best.start ? range : best,
    );
    assert.ok(longest.end - longest.start > 4 * MIB, 'there is a long run to be jumped about in');
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  const progressOf = (result: LifeboatRun) =>
    eventsOf(result).flatMap((event) => (event.event === 'progress' ? [event] : []));

  /** Slow enough that there is something left to do when it is disturbed. */
  const slowDisk = (factor: number): Promise<FailingDisk> =>
    failingDisk({
      image: volume.image,
      faults: [`slow 0 ${volume.sizeBytes / SECTOR} ${factor}`],
      timescale: 1,
    });

  /** Waits until the copy is well on its way. */
  async function midway(disk: FailingDisk): Promise<void> {
    const patience = Date.now() + 60_000;
    while ((await disk.stats()).bytesRead < 8 * MIB) {
      assert.ok(Date.now() < patience, 'the disk is not read');
      await delay(50);
    }
  }

  /** Waits until the disk is asked nothing more; returns how many requests it had got by then. */
  async function quiet(disk: FailingDisk): Promise<number> {
    for (let before = -1; ; ) {
      const { requests } = await disk.stats();
      if (requests === before) return requests;
      before = requests;
      await delay(1500);
    }
  }

  test('a read that is stuck is shown with its length, and all else goes on', async () => {
    const stuck = longest.start + MIB;
    const target = own.path('stuck.img');
    await using disk = await failingDisk({
      image: volume.image,
      faults: [`hang ${stuck / SECTOR} 1 ${HANG_SECONDS}`],
    });
    const result = await startLifeboat(['rescue', disk.device, target, '--json']).ended;
    assert.equal(result.code, 0, result.stdout.slice(-2000) + result.stderr);
    assert.equal(await difference(healthyClone, target), '');

    const waits = progressOf(result).filter(
      ({ waitingFor, waitingMs }) => waitingFor === 'answer' && waitingMs > 2000,
    );
    const told = waits.map(({ waitingMs }) => waitingMs);
    assert.ok(told.length > 8, `it was told ${told.length} times`);
    assert.ok(Math.max(...told) > (HANG_SECONDS - 2) * 1000, `at most ${Math.max(...told)} ms were told`);
    assert.deepEqual(
      told,
      told.toSorted((a, b) => a - b),
      'the wait grows',
    );
    // What was read before the hang is in a saved map long before it ends: nothing newer is waiting to be saved.
    const last = waits.at(-1);
    assert.ok(last && last.mapAgeMs > 2000 && last.mapAgeMs < last.waitingMs + 2500, `${last?.mapAgeMs}`);
  });

  test('SIGTSTP pauses: the disk is left alone, the map is saved and true; SIGCONT goes on to the end', async () => {
    const target = own.path('paused.img');
    await using disk = await slowDisk(20);
    const rescue = startLifeboat(['rescue', disk.device, target, '--json']);
    await midway(disk);
    rescue.child.kill('SIGTSTP');
    const asked = await quiet(disk);
    assert.ok((await assertMapIsTrue(`${target}.map`, target, volume.image)) > 0);
    // Everything that the disk has delivered is in the saved map: nothing would be lost now.
    await delay(1500);
    assert.equal((await disk.stats()).requests, asked);
    await disk.setFaults([]);
    rescue.child.kill('SIGCONT');
    const result = await rescue.ended;
    assert.equal(result.code, 0, result.stdout.slice(-2000) + result.stderr);
    assert.ok(progressOf(result).some(({ waitingFor }) => waitingFor === 'user'));
    assert.equal(await difference(healthyClone, target), '');
  });

  test('the key p pauses the panel and goes on', async () => {
    const target = own.path('keys.img');
    await using disk = await slowDisk(20);
    const command = `stty cols 100 rows 40; ${LIFEBOAT} rescue ${disk.device} ${target}`;
    const terminal = spawn('script', ['-qefc', command, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm', LC_ALL: 'C.UTF-8' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let shown = '';
    terminal.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString('utf8');
    });
    const ended = once(terminal, 'close');
    const appears = async (text: string): Promise<void> => {
      while (!shown.includes(text)) {
        assert.equal(terminal.exitCode, null, `it ended before it showed "${text}"`);
        await delay(50);
      }
    };
    await midway(disk);
    terminal.stdin.write('p');
    await appears('paused,');
    const asked = await quiet(disk);
    const { mtimeMs } = await stat(`${target}.map`);
    assert.ok(mtimeMs > 0 && asked > 0);
    assert.ok((await assertMapIsTrue(`${target}.map`, target, volume.image)) > 0);
    await disk.setFaults([]);
    shown = '';
    terminal.stdin.write('p');
    const [code] = await ended;
    assert.equal(code, 0, shown.slice(-1000));
    assert.equal(await difference(healthyClone, target), '');
  });
});
