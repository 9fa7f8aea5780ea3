import assert from 'node:assert/strict';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { loopDevice } from '../../scripts/loop-device.ts';
import { choosesSource, typesTarget } from '../support/dashboard-steps.ts';
import { longestExtent } from '../support/e2e-places.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { nameDisks } from '../support/named-disks.ts';
import { person } from '../support/person.ts';
import { FAILING_DISK_NEEDS, missing, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { compareClone } from '../support/volume-comparison.ts';
import { everyKind } from '../support/volume-populations.ts';
import { type UsedClusters, usedRanges } from '../support/volume-used.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const OLD_CONTENT = 0x77;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsclone', 'tmux', 'unshare'],
  root: true,
});

describe('a rescue on the screen', { skip }, () => {
  let own: Scratch;
  let volume: Volume;
  let used: UsedClusters;

  before(async () => {
    own = await scratch();
    volume = await makeVolume({ sizeBytes: 64 * MIB, label: 'Photos', populate: everyKind(16), seed: 41 });
    used = await usedRanges(volume.image);
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  test('leads from the first screen to another disk, to the report, and to files out of the copy', async () => {
    const target = own.path('target.img');
    await runOrThrow('sh', ['-c', `head -c ${70 * MIB} /dev/zero | tr '\\0' '\\167' > '${target}'`]);
    // Places here and there, and one that is bad throughout.
    const content = await longestExtent(volume.image, volume.clusterBytes, 'Data/large.bin');
    assert.ok(content.end - content.start > 4 * MIB, 'there is no long stretch of file content');
    const first = Math.floor(content.start / SECTOR) + 64;
    const here = [1, 2, 3].map((i) => first + i * 700);
    const hopeless = { start: first + 4096, count: 2048 };
    const bad = new Set([...here, ...Array.from({ length: hopeless.count }, (_, i) => hopeless.start + i)]);
    await using disk = await failingDisk({
      image: volume.image,
      faults: [...here.map((sector) => `bad ${sector} 1`), `bad ${hopeless.start} ${hopeless.count}`],
      exposeWrites: true,
    });
    await using drive = await loopDevice(target);
    const names = new Map([
      [disk.device, { model: 'WDC WD10EZEX', serial: 'WD-WCC6Y7T2K9P1' }],
      [drive.device, { model: 'Elements 2621', serial: '57583415A77B' }],
    ]);
    const before = await nameDisks(own.path('udev'), names);
    await using user = await person(['--disk', disk.device, '--disk', drive.device], { before });
    const [from, to] = [basename(disk.device), basename(drive.device)];

    const home = await user.sees(new RegExp(`${from} +WDC WD10EZEX`));
    assert.match(home.message, /If a disk clicks or grinds: switch off/);
    assert.match(home.footer, /Enter rescue it .*\? help/);
    assert.match(home.rows[0] ?? '', /\[LOCK\] sources only read/);
    await user.takes(new RegExp(`${from} .*WDC WD10EZEX`));
    const what = await user.sees('Step 1 of 4: WHAT do you want to save?');
    assert.match(what.message, /Nothing is copied or written yet/);
    await user.presses('Enter');
    await user.sees('Step 2 of 4: WHERE shall the copy go?');
    await user.sees(new RegExp(`x ${from} .*no: it is the disk to be`));
    await user.takes(new RegExp(`${to} .*ERASES whole disk`));
    await user.sees('Step 3 of 4: HOW hard shall it try?');

    // A folder that shall be first. On a slow machine the disk may still be looked at.
    await user.sees('f: choose folders to be saved first');
    await user.presses('f');
    await user.sees('files to be saved FIRST');
    await user.takes(/Users\//);
    await user.takes(/Ada\//);
    await user.chooses(/Pictures\//);
    await user.presses('Space');
    await user.seesIn('To be saved first', 'Users/Ada/Pictures');
    await user.presses('Escape');
    await user.sees('1 place chosen to be saved first');
    await user.presses('Enter');

    await user.sees('Step 4 of 4: CHECK, then start');
    await user.seesIn('READ from', 'serial WD-WCC6Y7T2K9P1');
    await user.seesIn('WRITE to', 'serial 57583415A77B');
    await user.seesIn('WRITE to', 'EVERYTHING ON THIS DISK IS LOST');
    await user.presses('Enter');
    await user.sees('Nothing was typed, so nothing happens');
    // The end of the source's serial number is not the end of the target's.
    await user.types('K9P1');
    await user.presses('Enter');
    await user.sees('That is not it, so nothing happens');
    assert.equal((await disk.stats()).writes, 0);
    await user.types('a77b');
    await user.presses('Enter');

    const question = await user.sees('A QUESTION');
    assert.match(question.text, /probably lost/);
    assert.match(question.footer, /t try them +l leave them +s stop and keep all/);
    await user.presses('m');
    // It can be stopped there too, and asks again when it goes on.
    await user.presses('s');
    await user.sees('Stopped by you at');
    await user.presses('r');
    await user.sees('A QUESTION');
    await user.presses('l');
    const report = await user.sees('Report:');
    await user.seesIn('Result', 'could not be read');
    // The kernel's own count, which has gone on since the loop device was first used by anybody.
    const written = Number((await readFile(`/sys/block/${from}/stat`, 'utf8')).trim().split(/ +/)[4]);
    const isCut = report.text.includes('a: all ');
    if (isCut) await user.presses('a');
    const result = isCut ? await user.sees(/^(?!.*Damaged files).*Result/s) : report;
    assert.equal(result.text.includes('has counted 0 writes'), written === 0, result.text);
    if (isCut) await user.presses('Escape');
    await user.seesIn('Damaged files', 'Data/');
    assert.match(report.text, new RegExp(`copy +/dev/${to}`));
    assert.match(report.text, new RegExp(`map +/.*${from}-to-${to}\\.map`));

    // The list of damaged files, found and exported.
    await user.presses('/');
    await user.types('nothing of that name');
    await user.seesIn('Damaged files', 'No damaged file has that in its name');
    await user.presses('Escape');
    await user.presses('x');
    await user.seesIn('Damaged files', 'damaged-files.txt');
    await user.presses('C-u');
    await user.types(own.path('list.txt'));
    await user.seesIn('Damaged files', 'list.txt');
    await user.presses('Enter');
    // The holes may still be on their way; nothing is written before.
    const told = /The list is in .*list\.txt|still being read: press Enter again/;
    for (let times = 0; (await user.sees(told)).text.includes('still being read'); times++) {
      assert.ok(times < 60, 'the list is read for ever');
      await assert.rejects(readFile(own.path('list.txt')));
      await delay(1000);
      await user.presses('Enter');
      await delay(1000);
    }
    await user.sees(/The list is in .*list\.txt/);
    assert.match(await readFile(own.path('list.txt'), 'utf8'), /Data\/\w+\.bin/);

    // Files out of the copy, which nothing has mounted.
    await user.presses('f');
    await user.sees('LIFEBOAT │ Files');
    await user.takes(/Users\//);
    await user.takes(/Ada\//);
    await user.chooses(/Pictures\//);
    await user.presses('c');
    await user.sees('Where shall the files go?');
    await mkdir(own.path('out'));
    await user.presses('p', 'C-u');
    await user.types(own.path('out'));
    await user.presses('Enter');
    await user.sees('All of it is copied, whole');
    await runOrThrow('test', ['-s', own.path('out/Pictures/12.jpg')]);
    await user.presses('Escape', 'Escape');
    await user.sees('Report:');
    await user.leaves();

    const comparison = await compareClone(volume.image, target, used, bad, OLD_CONTENT);
    assert.deepEqual(comparison.wrong, []);
    assert.equal((await disk.stats()).writes, 0, 'the source was written to');
  });

  test('puts the copy into a drive that nothing has mounted, shows everything meanwhile, and compares it', async () => {
    const image = own.path('drive.img');
    await writeFile(image, '');
    await truncate(image, 150 * MIB);
    await runOrThrow('mkntfs', ['-FQq', '-L', 'Backup', image]);
    const sector = Math.floor((used.ranges.at(-2)?.start ?? 0) / SECTOR);
    await using disk = await failingDisk({
      image: volume.image,
      faults: ['slow 0 131072 200', `bad ${sector} 1`],
      timescale: 1,
      exposeWrites: true,
    });
    {
      await using drive = await loopDevice(image);
      const size = { columns: 120, rows: 40 };
      await using user = await person(['--disk', disk.device, '--disk', drive.device], size);
      await choosesSource(user, disk.device);
      await user.takes(/NTFS "Backup" .*file, keeps all/);
      await user.sees('Step 3 of 4');
      await user.chooses(/Compare the copy/);
      await user.presses('Space');
      await user.sees(/\[x\] Compare the copy/);
      await user.presses('Enter');
      await user.seesIn('WRITE to', /in loop\d+.*NTFS "Backup"/);
      await user.seesIn('WRITE to', 'A new file');
      await user.presses('Enter');

      // Everything at once where there is room, in turn where there is little.
      const whole = await user.sees(/saved [1-9][0-9.]* MiB of/);
      for (const title of ['Map of the source', 'Rate', 'Longest wait', 'Safe so far', 'Worst places', 'Log'])
        assert.ok(whole.box(title), `${title} is missing:\n${whole.text}`);
      await user.resizes(80, 24);
      await user.sees(/^ LIFEBOAT .*\n┌─ Progress ─{60,}/);
      await user.presses('Tab');
      await user.seesIn('Longest wait', /ms/);
      await user.presses('Tab');
      await user.seesIn('Safe so far', /file system 100 %|All file names are safe/);
      await user.presses('m');
      await user.seesIn('Where the cursor is', 'bytes 0 to');
      await user.presses('+', '+');
      await user.seesIn('Where the cursor is', 'sectors 0 to');
      await user.presses('Escape');
      await user.presses('l');
      await user.seesIn('Log', 'to save');
      await user.presses('?');
      await user.sees('Esc goes back to where you were');
      await user.presses('1');
      await user.sees('Copy to ANOTHER disk');
      await user.presses('Escape', 'Escape');
      await user.presses('p');
      await user.sees('PAUSED');
      await disk.setFaults(['slow 0 131072 10', `bad ${sector} 1`]);
      const reads = (await disk.requests()).length;
      await user.presses('p');
      await user.sees('RUNNING');
      await user.sees('Report:');
      await user.seesIn('Result', /Compared: .* of the copy are what was read/);
      assert.ok((await disk.requests()).length > reads);
      await user.presses('f');
      await user.sees('LIFEBOAT │ Files');
      await user.takes(/Data\//);
      await user.sees('large.bin');
      await user.presses('Escape');
      await user.leaves();
    }
    await using look = await loopDevice(image);
    await mkdir(own.path('look'));
    await runOrThrow('ntfs-3g', ['-o', 'ro', look.device, own.path('look')]);
    try {
      const name = (await runOrThrow('ls', [own.path('look')]))
        .split('\n')
        .find((each) => each.endsWith('.img'));
      assert.match(name ?? '', /^Photos-\d{4}-\d\d-\d\d\.img$/);
      const copy = own.path(`look/${name}`);
      const comparison = await compareClone(volume.image, copy, used, new Set([sector]), 0);
      assert.deepEqual(comparison.wrong, []);
    } finally {
      await runOrThrow('umount', [own.path('look')]);
    }
    assert.equal((await disk.stats()).writes, 0, 'the source was written to');
  });

  test('refuses the wrong path and a file that is there already, and touches nothing', async () => {
    await using disk = await failingDisk({ image: volume.image, exposeWrites: true });
    const there = own.path('there.img');
    await writeFile(there, 'something that somebody needs');
    await using user = await person(['--disk', disk.device]);
    await choosesSource(user, disk.device);
    await user.presses('p', 'C-u');
    await user.types(disk.device);
    await user.presses('Enter');
    await user.sees('Disks are chosen in the list');
    await user.presses('C-u');
    await user.types('copy.img');
    await user.presses('Enter');
    await user.sees('The path must begin with /');
    await user.presses('Escape');
    await typesTarget(user, there);
    await user.presses('Enter');
    // What is there is said before anything is begun.
    await user.seesIn('WRITE to', 'It is there already, and is kept');
    await user.presses('Enter');
    await user.sees('It cannot begin so; nothing was touched');
    await user.presses('Escape', 'Escape');
    await typesTarget(user, own.path('nowhere/copy.img'));
    await user.presses('Enter');
    await user.seesIn('WRITE to', `There is no folder ${own.path('nowhere')}`);
    await user.presses('Escape', 'Escape');
    await user.leaves();
    assert.equal(await readFile(there, 'utf8'), 'something that somebody needs');
    assert.equal((await disk.stats()).writes, 0);
  });
});
