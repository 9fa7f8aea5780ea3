import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { type Person, person } from '../support/person.ts';
import { FAILING_DISK_NEEDS, missing, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { compareClone } from '../support/volume-comparison.ts';
import { everyKind } from '../support/volume-populations.ts';
import { type UsedClusters, usedRanges } from '../support/volume-used.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const OLD_CONTENT = 0x77;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsclone', 'tmux'],
  root: true,
});

describe('the dashboard', { skip }, () => {
  let volume: Volume;
  let used: UsedClusters;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-e2e-'));
    volume = await makeVolume({ sizeBytes: 64 * MIB, label: 'Photos', populate: everyKind(12), seed: 41 });
    used = await usedRanges(volume.image);
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** From the first screen to the last question of a rescue into a new file. */
  async function preparesFile(user: Person, disk: string, target: string): Promise<void> {
    await user.takes(new RegExp(`${basename(disk)} .*NTFS "Photos"`));
    await user.sees('Step 1 of 4');
    await user.presses('Enter');
    await user.sees('Step 2 of 4');
    await user.presses('p');
    await user.sees('Path of a new file');
    await user.types(target);
    await user.sees(basename(target));
    await user.presses('Enter');
    await user.sees('Step 3 of 4');
    await user.presses('Enter');
    await user.sees(/Step 4 of 4(.|\n)*A new file/);
  }

  test('leads from the first screen to the report, and erases nothing before the proof is typed', async () => {
    const target = join(folder, 'target.img');
    // 70 MiB are 73 whole megabytes, which have to be typed.
    await runOrThrow('sh', ['-c', `head -c ${70 * MIB} /dev/zero | tr '\\0' '\\167' > '${target}'`]);
    const stretch = used.ranges.find(({ start, end }) => end - start > 2 * MIB);
    assert.ok(stretch, 'there is no long stretch of file content');
    const bad = new Set([1, 2, 3].map((i) => Math.floor(stretch.start / SECTOR) + i * 700));
    await using disk = await failingDisk({
      image: volume.image,
      faults: [...bad].map((sector) => `bad ${sector} 1`),
      exposeWrites: true,
    });
    await using drive = await loopDevice(target);
    await using user = await person(['--disk', disk.device, '--disk', drive.device], { cwd: folder });
    const [from, to] = [basename(disk.device), basename(drive.device)];

    await user.takes(new RegExp(`${from} .*NTFS "Photos"`));
    await user.sees('Step 1 of 4');
    await user.presses('Enter');
    await user.sees(/Step 2 of 4/);
    await user.sees(new RegExp(`x ${from} .*no: it is the disk to be`));
    await user.takes(new RegExp(`${to} .*ERASES`));
    await user.sees('Step 3 of 4');
    await user.presses('Enter');
    await user.sees('Step 4 of 4');
    await user.presses('Enter');
    await user.sees('Nothing was typed, so nothing happens');
    await user.types('72');
    await user.presses('Enter');
    await user.sees('That is not it, so nothing happens');
    assert.equal((await disk.stats()).writes, 0);
    await user.presses('BSpace', 'BSpace');
    await user.types('73');
    await user.presses('Enter');
    const report = await user.sees(/Damaged files|No file was hit/);
    assert.match(report.text, /could not be read/);
    assert.match(report.text, /sources only read/);
    await user.leaves();
    const comparison = await compareClone(volume.image, target, used, bad, OLD_CONTENT);
    assert.deepEqual(comparison.wrong, []);
    assert.equal(comparison.marked, bad.size);
    assert.equal((await disk.stats()).writes, 0, 'the source was written to');
  });

  test('stops with everything kept, and goes on from the list of jobs', async () => {
    const target = join(folder, 'second.img');
    await using disk = await failingDisk({
      image: volume.image,
      faults: ['slow 0 131072 3'],
      timescale: 1,
      exposeWrites: true,
    });
    const env = { XDG_STATE_HOME: join(folder, 'state') };
    const size = { columns: 100, rows: 30 };
    await using user = await person(['--disk', disk.device], { cwd: folder, ...size, env });
    await preparesFile(user, disk.device, target);
    await user.presses('Enter');
    await user.sees(/saved [1-9][0-9.]* MiB of/);
    await user.presses('s');
    await user.sees('Stopped by you at');
    const saved = (await disk.requests()).length;
    await user.presses('Enter');
    await user.sees(/second\.img +[0-9.]+ % +stopped by you/);
    await user.presses('r');
    await user.takes(/second\.img .*stopped by you/);
    await user.sees('Everything is saved');
    assert.ok((await disk.requests()).length > saved, 'nothing was read after the stop');
    const comparison = await compareClone(volume.image, target, used, new Set(), 0);
    assert.deepEqual(comparison.wrong, []);
    await user.leaves();
  });

  test('leaves a rescue at work when the screen is killed, and finds it again from another one', async () => {
    const target = join(folder, 'fourth.img');
    await using disk = await failingDisk({
      image: volume.image,
      faults: ['slow 0 131072 40'],
      timescale: 1,
      exposeWrites: true,
    });
    const env = { XDG_STATE_HOME: join(folder, 'state-4') };
    const words = ['--disk', disk.device];
    {
      await using user = await person(words, { cwd: folder, env });
      await preparesFile(user, disk.device, target);
      await user.presses('Enter');
      await user.sees(/saved [1-9][0-9.]* MiB of/);
      // The terminal goes away with everything in it.
    }
    await using user = await person(words, { cwd: folder, env, columns: 100, rows: 30 });
    await user.sees(/fourth\.img +[0-9.]* *%? +running/);
    await user.presses('r');
    await user.takes(/fourth\.img .*running/);
    await user.sees('Everything is saved');
    const comparison = await compareClone(volume.image, target, used, new Set(), 0);
    assert.deepEqual(comparison.wrong, []);
    assert.equal((await disk.stats()).writes, 0);
    await user.leaves();
  });

  test('asks in numbered lines where nothing can be drawn', async () => {
    const target = join(folder, 'third.img');
    await using disk = await failingDisk({ image: volume.image, exposeWrites: true });
    await using user = await person(['--disk', disk.device], {
      cwd: folder,
      env: { TERM: 'dumb' },
      rows: 60,
    });
    const { rows } = await user.sees(/Which one is broken[^>]*>/);
    const number = rows
      .map((row) => new RegExp(`^(\\d+): ${basename(disk.device)}, .*NTFS "Photos"`).exec(row)?.[1])
      .find(Boolean);
    assert.ok(number, rows.join('\n'));
    await user.types(number);
    await user.presses('Enter');
    await user.sees('Where shall the copy go');
    await user.types(target);
    await user.presses('Enter');
    await user.sees('letters of what you want');
    await user.presses('Enter');
    await user.sees('Type yes to start');
    await user.types('yes');
    await user.presses('Enter');
    const end = await user.sees('ended with 0');
    assert.match(end.text, /Everything is saved/);
    const comparison = await compareClone(volume.image, target, used, new Set(), 0);
    assert.deepEqual(comparison.wrong, []);
    assert.equal((await disk.stats()).writes, 0);
  });
});
