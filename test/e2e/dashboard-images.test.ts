import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { nameDisks } from '../support/named-disks.ts';
import { type Person, person } from '../support/person.ts';
import { FAILING_DISK_NEEDS, missing, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { compareClone } from '../support/volume-comparison.ts';
import { everyKind } from '../support/volume-populations.ts';
import { type UsedClusters, usedRanges } from '../support/volume-used.ts';

const MIB = 2 ** 20;
const OLD_CONTENT = 0x77;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsclone', 'mkfs.ext4', 'tmux', 'unshare'],
  root: true,
});

describe('images on the screen', { skip }, () => {
  let own: Scratch;
  let volume: Volume;
  let used: UsedClusters;

  before(async () => {
    own = await scratch();
    volume = await makeVolume({ sizeBytes: 64 * MIB, label: 'Photos', populate: everyKind(12), seed: 44 });
    used = await usedRanges(volume.image);
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  /** From the first screen to the check of a save into a new file. */
  async function choosesSave(user: Person, source: string, target: RegExp | string): Promise<void> {
    await user.sees(new RegExp(`${basename(source)} .*NTFS "Photos"`));
    await user.presses('i');
    await user.sees('What shall be done?');
    await user.takes(/Save a volume to a new image/);
    await user.sees('step 1 of 4');
    await user.takes(new RegExp(`${basename(source)} .*NTFS "Photos"`));
    await user.sees('step 2 of 4: HOW?');
    await user.presses('Enter');
    await user.sees('step 3 of 4: WHERE');
    if (typeof target === 'string') {
      await user.presses('p', 'C-u');
      await user.types(target);
      await user.presses('Enter');
    } else await user.takes(target);
    await user.sees('step 4 of 4: CHECK');
    await user.seesIn('WRITE to', /A new file|It is there already/);
  }

  test('are saved into a drive that nothing has mounted, checked, searched, and restored over a disk', async () => {
    const drive = own.path('drive.img');
    await writeFile(drive, '');
    await truncate(drive, 120 * MIB);
    await runOrThrow('mkfs.ext4', ['-q', '-L', 'Backup', drive]);
    const target = own.path('target.img');
    await runOrThrow('sh', ['-c', `head -c ${66 * MIB} /dev/zero | tr '\\0' '\\167' > '${target}'`]);
    await using source = await loopDevice(volume.image, { readOnly: true });
    await using backup = await loopDevice(drive);
    await using spare = await loopDevice(target);
    const names = new Map([[spare.device, { model: 'Spare', serial: 'SPARE-00C4D1' }]]);
    const words = [source, backup, spare].flatMap(({ device }) => ['--disk', device]);
    const before = await nameDisks(own.path('udev'), names);
    await using user = await person(words, { columns: 120, rows: 40, before });

    await choosesSave(user, source.device, /ext4 "Backup" .*file, keeps all/);
    await user.seesIn('WRITE to', /Photos-.*\.ntfsimg\.zst/);
    await user.seesIn('WRITE to', 'A new file');
    await user.presses('Enter');
    await user.seesIn('Result', /Finished: .* are saved in/);
    await user.presses('Escape');

    // Looked for in the drive, by what the files say of themselves.
    await user.takes(/Open an image that is there/);
    // Until the save has let go of it, it cannot be chosen.
    await user.sees(/ext4 "Backup" .*the drive itself/);
    await user.takes(/ext4 "Backup" .*the drive itself/);
    await user.takes(/Photos-.*\.ntfsimg\.zst +an image of an NTFS volume "Photos"/);
    await user.sees('Name: Photos');
    await user.takes(/Check it/);
    await user.seesIn('Result', 'all checksums are right');
    await user.presses('Escape');
    await user.seesIn('What shall be done?', /finished +Checking/);

    await findsImage(user);
    await user.takes(/Look into it/);
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
    assert.equal((await readdir(own.path('out/Pictures'))).length, 40);
    await user.presses('Escape', 'Escape');

    await user.takes(/Make a volume of it again/);
    await user.sees('Restore, step 1 of 3');
    await user.sees(/x loop\d+ .*ext4 "Backup" .*no: the image lies in it/);
    await user.takes(new RegExp(`${basename(spare.device)} .*ERASES`));
    await user.sees('Restore, step 2 of 3');
    await user.presses('Enter');
    await user.seesIn('WRITE to', 'serial SPARE-00C4D1');
    await user.presses('Enter');
    await user.sees('Nothing was typed, so nothing happens');
    await user.types('c4d1');
    await user.presses('Enter');
    await user.seesIn('Result', /Finished: .* are restored/);
    await user.presses('Escape', 'Escape');
    await user.leaves();
    const comparison = await compareClone(volume.image, target, used, new Set(), OLD_CONTENT);
    assert.deepEqual(comparison.wrong, []);
  });

  /** From the images to the one in the drive. */
  async function findsImage(user: Person): Promise<void> {
    await user.takes(/Open an image that is there/);
    // Until the save has let go of it, it cannot be chosen.
    await user.sees(/ext4 "Backup" .*the drive itself/);
    await user.takes(/ext4 "Backup" .*the drive itself/);
    await user.takes(/Photos-.*\.ntfsimg\.zst/);
    await user.sees('Name: Photos');
  }

  test('go on in the background, are not left by a slip of a key, and go on after they were stopped', async () => {
    const image = own.path('slow.ntfsimg.zst');
    await using disk = await failingDisk({
      image: volume.image,
      faults: ['slow 0 131072 60'],
      timescale: 1,
      exposeWrites: true,
    });
    await using user = await person(['--disk', disk.device]);
    await choosesSave(user, disk.device, image);
    await user.presses('Enter');
    await user.seesIn('Progress', /Saving +[0-9.]+ [KM]iB of/);
    // Somewhere else meanwhile.
    await user.presses('Escape');
    await user.seesIn('What shall be done?', /[0-9.]+ % +Saving/);
    await user.presses('Escape');
    await user.sees('What is attached');
    await user.presses('F10');
    await user.sees('Something is at work, and would be stopped');
    await user.presses('i');
    await user.takes(/% +Saving/);
    await user.presses('s');
    await user.seesIn('Result', 'Stopped by you');
    await disk.setFaults([]);
    await user.presses('r');
    await user.seesIn('Result', /Finished: .* are saved in/);
    await user.presses('Escape', 'Escape');
    await user.leaves();
    const { code, stdout } = await lifeboat(['image', 'verify', image]);
    assert.equal(code, 0, stdout);
    assert.equal((await disk.stats()).writes, 0);
  });

  test('name the damage that is found in them', async () => {
    const image = own.path('damaged.ntfsimg.zst');
    const saved = await lifeboat(['image', 'save', volume.image, image]);
    assert.equal(saved.code, 0, saved.stderr);
    const bytes = await readFile(image);
    const middle = Math.floor(bytes.length / 2);
    bytes.fill(0xff, middle, middle + 4096);
    await writeFile(image, bytes);
    await using disk = await loopDevice(volume.image, { readOnly: true });
    await using user = await person(['--disk', disk.device], { rows: 30 });
    await user.sees('NTFS "Photos"');
    await user.presses('i');
    await user.takes(/Open an image that is there/);
    await user.sees('In which drive');
    await user.presses('p', 'C-u');
    await user.types(image);
    await user.presses('Enter');
    await user.takes(/Check it/);
    await user.seesIn('Result', 'The image is damaged in 1 place');
    await user.seesIn('Log', 'its checksum is wrong');
    await user.presses('Escape', 'Escape');
    await user.leaves();
  });
});
