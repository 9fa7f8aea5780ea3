import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { ARCHIVE_NEEDS, archive, emptyDevice, leftovers, sha256 } from '../support/archive-rig.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { lineTalk } from '../support/line-talk.ts';
import { nameDisks } from '../support/named-disks.ts';
import { type Person, person } from '../support/person.ts';
import { missing, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';

const MIB = 2 ** 20;
const PASSWORD = 'correct horse';

const skip = missing({ tools: [...ARCHIVE_NEEDS.tools, 'mkfs.ext4', 'blkid', 'tmux'], root: true });

describe('archives on the screen', { skip }, () => {
  let own: Scratch;
  let volume: Volume;

  before(async () => {
    own = await scratch();
    volume = await makeVolume({ sizeBytes: 64 * MIB, label: 'Photos', populate: everyKind(12), seed: 45 });
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  /** From the first screen of archives to the one in the drive. */
  async function opens(user: Person): Promise<void> {
    await user.takes(/Open an archive that is there/);
    // It is seen as free again a moment after the save.
    await user.takes(/ext4 "Backup" .*the drive itself/);
    await user.takes(/Photos-.*\.fsa +ntfs "Photos"/);
    await user.sees(/encrypted +(?!no)/);
  }

  /** From an archive to a target that is proven, with a password. */
  async function restores(user: Person, target: string, password: string): Promise<void> {
    await user.takes(/Make file systems of it again/);
    await user.seesIn('File systems of the archive', /0: ntfs "Photos" .*nowhere/);
    await user.presses('n');
    await user.sees('Nothing goes anywhere yet');
    await user.presses('Enter');
    await user.sees('Restore: WHERE does it go?');
    await user.sees(/x loop\d+ .*ext4 "Backup" .*no: the archive lies in it/);
    await user.takes(new RegExp(`${basename(target)} .*ERASES`));
    await user.seesIn('File systems of the archive', new RegExp(`-> ${basename(target)}`));
    await user.presses('n');
    await user.sees('The password is compared before anything is erased');
    await user.types(password);
    await user.sees(/\[ \*{8,}_/);
    await user.presses('Enter');
    await user.seesIn('WRITE to', 'serial SPARE-00C4D1');
    await user.presses('Enter');
    await user.sees('Nothing was typed, so nothing happens');
    await user.types('c4d1');
    await user.presses('Enter');
  }

  test('are saved with a password into a drive that nothing has mounted, checked, searched, restored', async () => {
    const drive = own.path('drive.img');
    await writeFile(drive, '');
    await truncate(drive, 160 * MIB);
    await runOrThrow('mkfs.ext4', ['-q', '-L', 'Backup', drive]);
    const target = own.path('target.img');
    await using source = await loopDevice(volume.image, { readOnly: true });
    await using backup = await loopDevice(drive);
    // Smaller than the volume was.
    await using spare = await emptyDevice(target, 60 * MIB);
    const untouched = await sha256(target);
    const names = new Map([[spare.device, { model: 'Spare', serial: 'SPARE-00C4D1' }]]);
    const naming = await nameDisks(own.path('udev'), names);
    const words = [source, backup, spare].flatMap(({ device }) => ['--disk', device]);
    await using user = await person(words, { columns: 120, rows: 40, before: naming });

    await user.sees(new RegExp(`${basename(source.device)} .*NTFS "Photos"`));
    await user.presses('v');
    await user.takes(/Save file systems to a new archive/);
    await user.chooses(new RegExp(`${basename(source.device)} .*NTFS "Photos"`));
    await user.presses('Space');
    await user.sees(new RegExp(`\\[x\\] ${basename(source.device)}`));
    await user.presses('Enter');
    await user.chooses(/Encryption/);
    await user.presses('Space');
    await user.sees(/Encryption +with a password/);
    await user.presses('Enter');
    await user.types(PASSWORD);
    await user.presses('Enter');
    await user.sees('The same again');
    await user.types('something else');
    await user.presses('Enter');
    await user.sees('The two were not the same');
    for (const asked of [/Password +\[ _/, /The same again +\[ _/]) {
      await user.sees(asked);
      await user.types(PASSWORD);
      await user.presses('Enter');
    }
    await user.sees('step 3 of 4: WHERE');
    await user.takes(/ext4 "Backup" .*file, keeps all/);
    await user.seesIn('WRITE to', /Photos-.*\.fsa/);
    await user.seesIn('WRITE to', 'A new file');
    await user.presses('Enter');
    await user.seesIn('Result', /Saved: \d.* objects? in \/dev\/loop\d+:\/Photos-/);
    await user.seesIn('Result', 'Side file:');
    assert.ok(!(await user.looks()).text.includes(PASSWORD));
    await user.presses('Escape');

    await opens(user);
    await user.takes(/Check it/);
    await user.seesIn('Result', 'Sound:');
    await user.presses('Escape');
    await user.seesIn('What shall be done?', /finished +Checking/);

    await opens(user);
    await user.takes(/See what is in it/);
    await user.sees(/^ *\d+ objects/m);
    await user.presses('/');
    await user.types('pictures/');
    await user.presses('Enter');
    await user.sees(/Users\/Ada\/Pictures\/./);
    assert.doesNotMatch((await user.looks()).text, /Users\/Ada\/Documents/);
    await user.presses('Escape', 'Escape');

    // A wrong password ends it before anything is erased.
    await restores(user, spare.device, 'wrong password');
    await user.seesIn('Result', /password/);
    assert.equal(await sha256(target), untouched);
    await user.presses('Escape');
    await opens(user);
    await restores(user, spare.device, PASSWORD);
    await user.seesIn('Result', 'Restored: file system 0 (ntfs)');
    await user.seesIn('Result', 'no difference');
    await user.presses('Escape', 'Escape');
    await user.leaves();
    const compared = await archive('compare', source.device, spare.device);
    assert.equal(compared.code, 0, compared.stdout);
    assert.deepEqual(
      await leftovers(volume.image, drive, target).then((all) =>
        all.filter((one) => !one.startsWith('loop')),
      ),
      [],
    );
  });

  test('that are stopped leave nothing behind, neither files nor mounts', async () => {
    await using source = await loopDevice(volume.image, { readOnly: true });
    await using user = await person(['--disk', source.device]);
    await user.sees('NTFS "Photos"');
    await user.presses('v');
    await user.takes(/Save file systems to a new archive/);
    await user.takes(/NTFS "Photos"/);
    await user.chooses(/Compression/);
    // As slow as can be.
    await user.presses('Left', 'Left');
    await user.sees('level 22');
    await user.presses('Enter');
    await user.sees('step 3 of 4');
    await user.presses('p', 'C-u');
    await user.types(own.path('stopped.fsa'));
    await user.presses('Enter');
    await user.sees('step 4 of 4');
    await user.seesIn('WRITE to', 'A new file');
    await user.presses('Enter');
    await user.seesIn('Progress', /Saving/);
    await user.presses('F10');
    await user.sees('Something is at work, and would be stopped');
    await user.presses('s');
    await user.seesIn('Result', 'Stopped by you');
    await user.presses('Escape', 'Escape');
    await user.leaves();
    assert.equal((await runOrThrow('find', [own.path('.'), '-name', 'stopped*'])).trim(), '');
    assert.deepEqual(
      (await leftovers(own.path('stopped'))).filter((one) => !one.startsWith('loop')),
      [],
    );
  });

  test('hold several file systems, and go where somebody says, in numbered lines too', async () => {
    const other = own.path('other.img');
    await writeFile(other, '');
    await truncate(other, 24 * MIB);
    await runOrThrow('mkfs.ext4', ['-q', '-L', 'Other', other]);
    await using photos = await loopDevice(volume.image, { readOnly: true });
    await using second = await loopDevice(other, { readOnly: true });
    await using toPhotos = await emptyDevice(own.path('to-photos.img'), 70 * MIB);
    await using toSecond = await emptyDevice(own.path('to-second.img'), 32 * MIB);
    const disks = [photos, second, toPhotos, toSecond].flatMap(({ device }) => ['--disk', device]);
    const file = own.path('both.fsa');
    await using talk = lineTalk(['--plain', ...disks]);
    await talk.asked('a archives', 'a');
    await talk.picks(/^Save file systems to a new archive/);
    await talk.hears('only read, never written');
    const listed = await talk.hears('Type one or several numbers');
    const numbers = [photos, second].map(
      ({ device }) => new RegExp(`^(\\d+): ${basename(device)},`, 'm').exec(listed)?.[1],
    );
    talk.answers(numbers.join(' '));
    await talk.asked('Where shall the archive go?', file);
    await talk.asked('Type yes to start', 'yes');
    await talk.hears('Saved: ');
    await talk.picks(/^Open an archive that is there/);
    await talk.asked('In which drive is the archive?', file);
    await talk.picks(/^Check it/);
    await talk.hears('Sound: ');
    await talk.picks(/^Make file systems of it again/);
    for (const [name, { device }, bytes] of [
      ['0: ntfs "Photos"', toPhotos, 70 * MIB],
      ['1: ext4 "Other"', toSecond, 32 * MIB],
    ] as const) {
      await talk.hears(name);
      await talk.picks(new RegExp(`^${basename(device)}, .*EVERYTHING`));
      await talk.asked('type its size in whole megabytes', String(Math.floor(bytes / 1e6)));
    }
    await talk.hears('Restored: file system 0 (ntfs)');
    await talk.hears('no difference');
    await talk.hears('Restored: file system 1 (ext4)');
    for (let i = 0; i < 2; i++) await talk.asked('b to go back', 'b');
    await talk.asked('q to leave', 'q');
    assert.equal(await talk.ends(), 0);
    assert.equal((await archive('compare', photos.device, toPhotos.device)).code, 0);
    assert.match(await runOrThrow('blkid', ['-p', '-s', 'LABEL', '-o', 'value', toSecond.device]), /Other/);
  });
});
