import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { beginsRescue } from '../support/dashboard-steps.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { type Person, person } from '../support/person.ts';
import { FAILING_DISK_NEEDS, missing } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { compareClone } from '../support/volume-comparison.ts';
import { everyKind } from '../support/volume-populations.ts';
import { type UsedClusters, usedRanges } from '../support/volume-used.ts';

const MIB = 2 ** 20;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsclone', 'tmux'],
  root: true,
});

describe('jobs on the screen', { skip }, () => {
  let own: Scratch;
  let volume: Volume;
  let used: UsedClusters;

  before(async () => {
    own = await scratch();
    volume = await makeVolume({ sizeBytes: 48 * MIB, label: 'Photos', populate: everyKind(10), seed: 42 });
    used = await usedRanges(volume.image);
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  const isWhole = async (target: string): Promise<void> => {
    const comparison = await compareClone(volume.image, target, used, new Set(), 0);
    assert.deepEqual(comparison.wrong, []);
  };

  test('stop with everything kept, and go on from the list', async () => {
    const target = own.path('second.img');
    await using disk = await failingDisk({
      image: volume.image,
      faults: ['slow 0 131072 60'],
      timescale: 1,
      exposeWrites: true,
    });
    const env = { XDG_STATE_HOME: own.path('state') };
    await using user = await person(['--disk', disk.device], { columns: 100, rows: 30, env });
    await beginsRescue(user, disk.device, target);
    await user.presses('s');
    const report = await user.sees('Stopped by you at');
    assert.match(report.message, /Nothing is lost: r goes on where it ended/);
    const saved = (await disk.requests()).length;
    await disk.setFaults([]);
    await user.presses('Escape');
    await user.seesIn('Begun', /second\.img +[0-9.]+ % +stopped by you/);
    await user.presses('r');
    await user.takes(/second\.img .*stopped by you/);
    await user.sees('Everything is saved');
    assert.ok((await disk.requests()).length > saved, 'nothing was read after the stop');
    await isWhole(target);
    await user.leaves();
  });

  test('go on when the screen is killed, and are found again from another one', async () => {
    const target = own.path('fourth.img');
    await using disk = await failingDisk({
      image: volume.image,
      faults: ['slow 0 131072 40'],
      timescale: 1,
      exposeWrites: true,
    });
    const env = { XDG_STATE_HOME: own.path('state-4') };
    const words = ['--disk', disk.device];
    {
      await using user = await person(words, { env });
      await beginsRescue(user, disk.device, target);
      // So slow that it is still at work when it is looked at again.
      await disk.setFaults(['slow 0 131072 2000']);
      // The terminal goes away with everything in it.
    }
    await using user = await person(words, { env, columns: 100, rows: 30 });
    await user.seesIn('Begun', /fourth\.img .*running/);
    await user.presses('r');
    await user.takes(/fourth\.img .*running/);
    // What was before is in the charts too.
    await user.seesIn('Rate', /[kM]B\/s/);
    await disk.setFaults([]);
    await user.sees('Everything is saved');
    await isWhole(target);
    assert.equal((await disk.stats()).writes, 0);
    await user.leaves();
  });

  test('say at once that their process has died, and go on with r', async () => {
    const target = own.path('fifth.img');
    await using disk = await failingDisk({
      image: volume.image,
      faults: ['slow 0 131072 60'],
      timescale: 1,
      exposeWrites: true,
    });
    const env = { XDG_STATE_HOME: own.path('state-5') };
    await using user = await person(['--disk', disk.device], { env });
    await beginsRescue(user, disk.device, target);
    await killEngine(user, target);
    await user.seesIn('It has ended', 'The rescue process has ended unexpectedly');
    await disk.setFaults([]);
    await user.presses('r');
    await user.sees('Everything is saved');
    await isWhole(target);
    await user.leaves();
  });

  /** `kill -9` of the engine, as soon as the map has been saved; how long it took until the screen said so. */
  async function killEngine(user: Person, target: string): Promise<void> {
    await user.sees(/map saved \d+ s ago/);
    const lock = JSON.parse(await readFile(`${target}.lifeboat/lock`, 'utf8')) as { pid: number };
    const killedMs = performance.now();
    process.kill(lock.pid, 'SIGKILL');
    await user.sees('DIED');
    assert.ok(performance.now() - killedMs < 3000, 'it took long until the screen said so');
  }
});
