import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { type TerminalSession, terminalSession } from '../support/terminal-session.ts';
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

/** Moves through the list, again and again while it changes, until the chosen row matches. */
async function choose(session: TerminalSession, row: RegExp): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const chosen = (await session.rows()).find((text) => /^│ > /.test(text));
    if (chosen && row.test(chosen)) return;
    await session.press(tries % 8 === 0 ? 'Home' : 'Down');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail(`${row} cannot be chosen:\n${(await session.rows()).join('\n')}`);
}

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
    await using session = await terminalSession(['--disk', disk.device, '--disk', drive.device], {
      cwd: folder,
    });
    const [from, to] = [basename(disk.device), basename(drive.device)];

    await choose(session, new RegExp(`${from} .*NTFS "Photos"`));
    await session.press('Enter');
    await session.until(/Step 1 of 4/);
    await session.press('Enter');
    await session.until(/Step 2 of 4/);
    assert.match((await session.rows()).join('\n'), new RegExp(`x ${from} .*no: it is the disk to be`));
    await choose(session, new RegExp(`${to} .*ERASES`));
    await session.press('Enter');
    await session.until(/Step 3 of 4/);
    await session.press('Enter');
    await session.until(/Step 4 of 4/);
    await session.press('Enter');
    await session.until(/Nothing was typed, so nothing happens/);
    await session.type('72');
    await session.press('Enter');
    await session.until(/That is not it, so nothing happens/);
    assert.equal((await disk.stats()).writes, 0);
    await session.press('BSpace', 'BSpace');
    await session.type('73');
    await session.press('Enter');
    const report = await session.until(/Damaged files|No file was hit/);
    assert.match(report.join('\n'), /could not be read/);
    assert.match(report.join('\n'), /sources only read/);

    await session.press('F10');
    const end = await session.until(/ended with 0(.|\n)*icanon/);
    assert.match(end.join('\n'), /^echo$/m, 'the terminal does not echo any more');
    assert.match(end.join('\n'), /^icanon$/m);
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
    await using session = await terminalSession(['--disk', disk.device], {
      cwd: folder,
      columns: 100,
      rows: 30,
      env,
    });
    await choose(session, new RegExp(`${basename(disk.device)} .*NTFS "Photos"`));
    await session.press('Enter', 'Enter');
    await session.until(/Step 2 of 4/);
    await session.press('p');
    await session.type(target);
    await session.press('Enter');
    await session.until(/Step 3 of 4/);
    await session.press('Enter');
    await session.until(/Step 4 of 4.*(\n.*)*A new file/);
    await session.press('Enter');
    await session.until(/saved [1-9][0-9.]* MiB of/);
    await session.press('s');
    await session.until(/Stopped by you at/);
    const saved = (await disk.requests()).length;
    await session.press('Enter');
    await session.until(/second\.img +[0-9.]+ % +stopped by you/);
    await session.press('r');
    await session.until(/Jobs, the latest first/);
    await session.press('Enter');
    await session.until(/Everything is saved/);
    assert.ok((await disk.requests()).length > saved, 'nothing was read after the stop');
    const comparison = await compareClone(volume.image, target, used, new Set(), 0);
    assert.deepEqual(comparison.wrong, []);
    await session.press('F10');
    await session.until(/ended with 0/);
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
      await using session = await terminalSession(words, { cwd: folder, env });
      await choose(session, new RegExp(`${basename(disk.device)} .*NTFS "Photos"`));
      await session.press('Enter', 'Enter');
      await session.until(/Step 2 of 4/);
      await session.press('p');
      await session.type(target);
      await session.press('Enter');
      await session.until(/Step 3 of 4/);
      await session.press('Enter');
      await session.until(/Step 4 of 4(.|\n)*A new file/);
      await session.press('Enter');
      await session.until(/saved [1-9][0-9.]* MiB of/);
      // The terminal goes away with everything in it.
    }
    await using session = await terminalSession(words, { cwd: folder, env, columns: 100, rows: 30 });
    await session.until(/fourth\.img +[0-9.]* *%? +running/);
    await session.press('r');
    await session.until(/Jobs, the latest first/);
    await session.press('Enter');
    await session.until(/Everything is saved/);
    const comparison = await compareClone(volume.image, target, used, new Set(), 0);
    assert.deepEqual(comparison.wrong, []);
    assert.equal((await disk.stats()).writes, 0);
    await session.press('F10');
    await session.until(/ended with 0/);
  });

  test('asks in numbered lines where nothing can be drawn', async () => {
    const target = join(folder, 'third.img');
    await using disk = await failingDisk({ image: volume.image, exposeWrites: true });
    await using session = await terminalSession(['--disk', disk.device], {
      cwd: folder,
      env: { TERM: 'dumb' },
      rows: 60,
    });
    const shown = await session.until(/Which one is broken[^>]*>/);
    const number = shown
      .map((row) => new RegExp(`^(\\d+): ${basename(disk.device)}, .*NTFS "Photos"`).exec(row)?.[1])
      .find(Boolean);
    assert.ok(number, shown.join('\n'));
    await session.type(number);
    await session.press('Enter');
    await session.until(/Where shall the copy go/);
    await session.type(target);
    await session.press('Enter');
    await session.until(/letters of what you want/);
    await session.press('Enter');
    await session.until(/Type yes to start/);
    await session.type('yes');
    await session.press('Enter');
    const end = await session.until(/ended with 0/);
    assert.match(end.join('\n'), /Everything is saved/);
    const comparison = await compareClone(volume.image, target, used, new Set(), 0);
    assert.deepEqual(comparison.wrong, []);
    assert.equal((await disk.stats()).writes, 0);
  });
});
