import assert from 'node:assert/strict';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { BOOT_TOOLS, type BootDiskImage, MBR_CODE, makeBootDisk } from '../support/boot-disks.ts';
import { BootImage } from '../support/boot-image.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { lineTalk } from '../support/line-talk.ts';
import { nameDisks } from '../support/named-disks.ts';
import { type Person, person } from '../support/person.ts';
import { missing, runOrThrow } from '../support/tools.ts';

const skip = missing({ tools: [...BOOT_TOOLS, 'tmux', 'unshare'], files: [MBR_CODE], root: true });

/** The first byte of the first entry of the table: 80 for the active partition. */
const ACTIVE = 446;

describe('the boot check on the screen', { skip }, () => {
  let own: Scratch;
  let whole: BootDiskImage;

  before(async () => {
    own = await scratch();
    await mkdir(own.path('made'));
    whole = await makeBootDisk(own.path('made'), 'mbr');
  });
  after(() => own[Symbol.asyncDispose]());

  /** A copy of the disk whose active partition is not marked any more. */
  async function broken(name: string): Promise<BootImage> {
    const path = own.path(name);
    await runOrThrow('cp', ['--sparse=always', whole.path, path]);
    const image = new BootImage({ ...whole, path });
    assert.equal(image.read(ACTIVE, 1)[0], 0x80);
    image.write(ACTIVE, Uint8Array.of(0));
    return image;
  }

  const same = async (one: string, other: string): Promise<void> =>
    void (await runOrThrow('cmp', [one, other]));

  async function verdict(device: string): Promise<string> {
    const { stdout } = await lifeboat(['bootcheck', device, '--json'], { cwd: own.path('.') });
    return (JSON.parse(stdout) as { verdict: string }).verdict;
  }

  /** From the first screen to the findings of a disk. */
  async function checks(user: Person, device: string): Promise<void> {
    await user.chooses(new RegExp(`${basename(device)} `));
    await user.presses('b');
    await user.sees('What was checked');
  }

  test('shows what is wrong and every byte of its fix, writes after a proof alone, and takes it back', async () => {
    const image = await broken('broken.img');
    const wounded = own.path('wounded.img');
    await runOrThrow('cp', ['--sparse=always', image.disk.path, wounded]);
    await using loop = await loopDevice(image.disk.path);
    const { device } = loop;
    assert.equal(await verdict(device), 'fails');
    const names = new Map([[device, { model: 'Spare', serial: 'SPARE-00C4D1' }]]);
    const naming = await nameDisks(own.path('udev'), names);
    await using user = await person(['--disk', device], { before: naming, cwd: own.path('.') });
    await checks(user, device);
    await user.seesIn('All in all', 'Windows will probably not boot from it: 1 thing');
    await user.takes(/M4 +FAILING +Active partition +\[fix\]/);
    await user.sees('Fix M4: CHECK, then write');
    await user.seesIn('Every byte', /- 0x1BE +00\n.*\+ 0x1BE +80/);
    await user.presses('Enter');
    await user.sees('Nothing was typed, so nothing happens');
    await user.types('1234');
    await user.presses('Enter');
    await user.sees('That is not it, so nothing happens');
    await same(image.disk.path, wounded);
    await user.types('c4d1');
    await user.presses('Enter');
    await user.seesIn('All in all', 'M4 is written, read back, and checked again: ok');
    await user.seesIn('All in all', 'Nothing speaks against Windows booting from it');
    await user.seesIn('All in all', /bootcheck-loop\d+-/);
    await same(image.disk.path, whole.path);

    // What the file of undoing holds is shown as well, and proven again.
    await user.presses('u');
    await user.seesIn('All in all', /Undo file +\[ .*\.undo/);
    await user.presses('Enter');
    await user.seesIn('What will happen', 'Takes back M4');
    await user.seesIn('Every byte', /- 0x1BE +80\n.*\+ 0x1BE +00/);
    await user.types('C4D1');
    await user.presses('Enter');
    await user.seesIn('All in all', '1 fix undone, written and read back');
    await user.seesIn('All in all', 'Windows will probably not boot from it');
    await same(image.disk.path, wounded);
    await user.presses('Escape');
    await user.sees('What is attached');
    await user.leaves();
    assert.equal(await verdict(device), 'fails');
  });

  test('never mends the source of a job, and says why; the report of its copy leads to its own check', async () => {
    const image = await broken('source.img');
    const target = own.path('target.img');
    await writeFile(target, '');
    await truncate(target, whole.sizeBytes);
    await using source = await loopDevice(image.disk.path);
    await using spare = await loopDevice(target);
    const names = new Map([
      [source.device, { model: 'Old', serial: 'OLD-0001' }],
      [spare.device, { model: 'Spare', serial: 'SPARE-00C4D1' }],
    ]);
    const naming = await nameDisks(own.path('udev-2'), names);
    const words = [source, spare].flatMap(({ device }) => ['--disk', device]);
    await using user = await person(words, { before: naming, cwd: own.path('.'), columns: 120, rows: 40 });
    await user.takes(new RegExp(`${basename(source.device)} +Old`));
    await user.takes(/whole disk/);
    await user.takes(new RegExp(`${basename(spare.device)} .*ERASES whole disk`));
    await user.sees('Step 3 of 4');
    await user.presses('Enter');
    await user.sees('Step 4 of 4');
    await user.types('c4d1');
    await user.presses('Enter');
    await user.seesIn('Result', 'Windows will probably not boot from it: 1 thing');
    await user.seesIn('Result', 'Unplug the old disk');

    // The copy is mended from here.
    await user.presses('b');
    await user.takes(/M4 +FAILING/);
    await user.sees('Fix M4: CHECK, then write');
    await user.types('c4d1');
    await user.presses('Enter');
    await user.seesIn('All in all', 'M4 is written, read back, and checked again: ok');
    await user.seesIn('All in all', 'The map of its rescue tells of the change');
    await user.presses('Escape', 'Escape');

    // The source can be looked at, but not be mended.
    await user.sees('What is attached');
    await checks(user, source.device);
    await user.takes(/M4 +FAILING/);
    await user.sees('It cannot be done; nothing was written');
    await user.sees(new RegExp(`${basename(source.device)} is the source of the job in`));
    await user.presses('Escape', 'Escape');
    await user.sees('What is attached');
    await user.leaves();
    await same(target, whole.path);
    assert.equal(image.read(ACTIVE, 1)[0], 0);
  });

  test('mends an image in numbered lines too', async () => {
    const image = await broken('lines.img');
    const wounded = own.path('lines-wounded.img');
    await runOrThrow('cp', ['--sparse=always', image.disk.path, wounded]);
    await using loop = await loopDevice(wounded, { readOnly: true });
    const megabytes = String(Math.floor(whole.sizeBytes / 1e6));
    await using talk = lineTalk(['--plain', '--disk', loop.device], { cwd: own.path('.') });
    await talk.asked('w will Windows boot', 'w');
    await talk.asked('the path of an image of a disk', image.disk.path);
    await talk.picks(/^M4, FAILING, Active partition \[fix\]/);
    await talk.hears('- 0x1BE       00');
    await talk.hears('+ 0x1BE       80');
    await talk.asked('type its size in whole megabytes', '1');
    await talk.hears('That is not it, so nothing happens');
    await same(image.disk.path, wounded);
    await talk.picks(/^M4, FAILING/);
    await talk.asked('type its size in whole megabytes', megabytes);
    await talk.hears('M4 is written, read back, and checked again: ok');
    await same(image.disk.path, whole.path);
    await talk.asked('u to undo fixes', 'u');
    await talk.asked('Enter for', '');
    await talk.asked('type its size in whole megabytes', megabytes);
    await talk.hears('1 fix undone, written and read back');
    await same(image.disk.path, wounded);
    await talk.asked('u to undo fixes', 'b');
    await talk.asked('q to leave', 'q');
    assert.equal(await talk.ends(), 0);
  });
});
