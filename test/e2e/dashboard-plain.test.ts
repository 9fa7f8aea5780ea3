import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import type { ByteRange } from '../../src/block/range.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { longestExtent } from '../support/e2e-places.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { LIFEBOAT } from '../support/lifeboat.ts';
import { lineTalk } from '../support/line-talk.ts';
import { person } from '../support/person.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
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

describe('the dashboard in numbered lines', { skip }, () => {
  let own: Scratch;
  let volume: Volume;
  let used: UsedClusters;
  let content: ByteRange;

  before(async () => {
    own = await scratch();
    volume = await makeVolume({ sizeBytes: 48 * MIB, label: 'Photos', populate: everyKind(12), seed: 45 });
    used = await usedRanges(volume.image);
    content = await longestExtent(volume.image, volume.clusterBytes, 'Data/large.bin');
    assert.ok(content.end - content.start > 2 * MIB, 'there is no long stretch of file content');
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  /** A stretch of file content that is bad throughout, and long enough to be asked about. */
  function hopeless(): { readonly fault: string; readonly bad: ReadonlySet<number> } {
    const start = Math.floor(content.start / SECTOR) + 1024;
    const count = 2048;
    return {
      fault: `bad ${start} ${count}`,
      bad: new Set(Array.from({ length: count }, (_, i) => start + i)),
    };
  }

  test('rescues over a disk after the proof, and talks about the report', async () => {
    const target = own.path('disk.img');
    await runOrThrow('sh', ['-c', `head -c ${50 * MIB} /dev/zero | tr '\\0' '\\167' > '${target}'`]);
    const { fault, bad } = hopeless();
    await using disk = await failingDisk({ image: volume.image, faults: [fault], exposeWrites: true });
    await using drive = await loopDevice(target);
    await using talk = lineTalk(['--plain', '--disk', disk.device, '--disk', drive.device]);
    await talk.picks(new RegExp(`^${basename(disk.device)}, .*NTFS "Photos"`));
    await talk.hears(`${basename(disk.device)} cannot be chosen: it is the disk to be saved`);
    // Disks are never written over by a path that is typed.
    await talk.asked('Type a number, the path of a new file', '?');
    await talk.hears('b goes back one step');
    await talk.asked('Type a number, the path of a new file', 'z');
    await talk.hears('"z" is not one of the answers');
    await talk.asked('Type a number, the path of a new file', drive.device);
    await talk.hears('Disks are chosen in the list');
    await talk.hears('> ');
    const number = new RegExp(`^(\\d+): ${basename(drive.device)}, .*EVERYTHING`, 'm').exec(talk.said)?.[1];
    talk.answers(`${number}`);
    await talk.asked('letters of what you want', 'z');
    await talk.asked('"z" is not one of the answers', 'f c');
    await talk.picks(/^Users\/$/);
    await talk.picks(/^Ada\/$/);
    await talk.asked('m to mark folders', 'm');
    await talk.hears('numbers of what shall be marked');
    const pictures = [...talk.said.matchAll(/^(\d+): Pictures\/$/gm)].at(-1)?.[1];
    talk.answers(`${pictures}`);
    await talk.hears('1 place marked');
    await talk.asked('d when you are done', 'd');
    await talk.hears('First: Users/Ada/Pictures');
    await talk.asked('EVERYTHING ON THIS DISK IS LOST', '51');
    await talk.hears('That is not it, so nothing happens');
    assert.equal((await disk.stats()).writes, 0);

    // Once more, with the right answer.
    await talk.picks(new RegExp(`^${basename(disk.device)}, .*NTFS "Photos"`));
    await talk.picks(new RegExp(`^${basename(drive.device)}, .*EVERYTHING`));
    await talk.asked('letters of what you want', 'c');
    await talk.asked('EVERYTHING ON THIS DISK IS LOST', '52');
    await talk.hears(/The same as: lifeboat rescue \/dev\/\w+ \/dev\/\w+ --yes --verify/);
    await talk.hears('probably lost');
    await talk.hears('l to leave them alone');
    talk.answers('x');
    await talk.hears('"x" is not one of the answers');
    talk.answers('l');
    await talk.hears(/Checked: .* of the target are what was read/);
    await talk.asked('Type d for damaged files', 'd');
    await talk.asked('part of their names', 'data/');
    await talk.hears(/Data\/\w+\.bin: .*lost|Data\/\w+\.bin: [0-9.]+ [KM]iB/);
    await talk.asked('Type d for damaged files', 'x');
    await talk.asked('Type the path of a new file', own.path('list.txt'));
    await talk.hears('The list is in');
    assert.match(await readFile(own.path('list.txt'), 'utf8'), /Data\/\w+\.bin/);
    await talk.asked('Type d for damaged files', 'm');
    await talk.asked('Type d for damaged files', 'f');
    await talk.picks(/^Users\/$/);
    await talk.picks(/^Ada\/$/);
    await talk.asked('m to mark folders', 'm');
    await talk.hears('numbers of what shall be marked');
    talk.answers(`${[...talk.said.matchAll(/^(\d+): Pictures\/$/gm)].at(-1)?.[1]}`);
    await talk.asked('d to copy what is marked', 'd');
    await mkdir(own.path('out'));
    await talk.asked('Type a number, a path', own.path('out'));
    await talk.hears('All of it is copied, whole');
    await runOrThrow('test', ['-s', own.path('out/Pictures/12.jpg')]);
    await talk.asked('q to leave', 'q');
    assert.equal(await talk.ends(), EXIT.losses);
    const comparison = await compareClone(volume.image, target, used, bad, OLD_CONTENT);
    assert.deepEqual(comparison.wrong, []);
    assert.equal((await disk.stats()).writes, 0);
  });

  test('stops and goes on, leaves a rescue at work, and watches it again', async () => {
    const target = own.path('second.img');
    await using disk = await failingDisk({
      image: volume.image,
      faults: ['slow 0 131072 25'],
      timescale: 1,
      exposeWrites: true,
    });
    const env = { XDG_STATE_HOME: own.path('state') };
    {
      await using talk = lineTalk(['--plain', '--disk', disk.device], { env, cwd: own.path('.') });
      await talk.picks(new RegExp(`^${basename(disk.device)}, .*NTFS "Photos"`));
      await talk.asked('Type a number, the path of a new file', 'nowhere/second.img');
      await talk.asked('letters of what you want', '');
      await talk.hears('There is no folder');
      await talk.hears('It cannot begin so; nothing was touched');
      await talk.picks(new RegExp(`^${basename(disk.device)}, .*NTFS "Photos"`));
      // Of where the program was started.
      await talk.asked('Type a number, the path of a new file', 'second.img');
      await talk.asked('letters of what you want', '');
      await talk.hears('A new file. Nothing that is there is lost');
      await talk.asked('Type yes to start', 'yes');
      await talk.hears('to save');
      talk.answers('p');
      await talk.hears('Pausing');
      talk.answers('s');
      await talk.hears('Stopped by you');
      await talk.asked('Type d for damaged files', 'b');
      await talk.asked('q to leave', 'j');
      await talk.picks(/^second\.img/);
      await talk.asked('Enter for what makes sense next (go on)', '');
      await talk.hears('going on where the last run ended');
      await talk.hears('to save');
      // So slow that it is still at work when it is looked at again.
      await disk.setFaults(['slow 0 131072 2000']);
      talk.answers('q');
      await talk.hears('It goes on by itself');
      await talk.asked('r to look again, or b', 'q');
      assert.equal(await talk.ends(), EXIT.saved);
    }
    await using talk = lineTalk(['--plain', '--disk', disk.device], { env });
    await talk.asked('q to leave', 'j');
    await talk.picks(/^second\.img.*running/);
    await talk.asked('Enter for what makes sense next (watch it)', '');
    await disk.setFaults([]);
    await talk.hears('Everything is saved');
    await talk.asked('Type d for damaged files', 'v');
    await talk.hears(/Checked: .* of the target are what was read/);
    await talk.asked('Type d for damaged files', 'b');
    assert.equal(await talk.ends(), EXIT.saved);
    const comparison = await compareClone(volume.image, target, used, new Set(), 0);
    assert.deepEqual(comparison.wrong, []);
  });

  test('saves an image, checks it, and makes a volume of it again', async () => {
    const image = own.path('photos.ntfsimg.zst');
    const target = own.path('restored.img');
    await using disk = await loopDevice(volume.image, { readOnly: true });
    await using talk = lineTalk(['--plain', '--disk', disk.device]);
    await talk.asked('q to leave', 'i');
    await talk.picks(/^Save a volume/);
    await talk.picks(/NTFS "Photos"/);
    await talk.asked('numbers of what you want besides', '');
    await talk.asked('Where shall the image go?', image);
    await talk.asked('Type yes to start', 'yes');
    await talk.hears(/Finished: .* are saved in/);
    await talk.picks(/^Open an image/);
    await talk.asked('In which drive is the image?', image);
    await talk.hears('Name: Photos');
    await talk.picks(/^Check it/);
    await talk.hears('all checksums are right');
    await talk.picks(/^Make a volume/);
    await talk.asked('Where shall the volume go?', target);
    await talk.asked('numbers of what you want besides', '');
    await talk.asked('Type yes to start', 'yes');
    await talk.hears(/Finished: .* are restored/);
    assert.equal(await talk.ends(), EXIT.saved);
    const comparison = await compareClone(volume.image, target, used, new Set(), 0);
    assert.deepEqual(comparison.wrong, []);
  });

  test('takes answers from a script, and ends with the code of the rescue', async () => {
    const target = own.path('third.img');
    const { fault, bad } = hopeless();
    await using disk = await failingDisk({ image: volume.image, faults: [fault], exposeWrites: true });
    const answers = ['1', target, '', 'yes'].map((line) => `${line}\\n`).join('');
    const command = `printf '${answers}' | '${LIFEBOAT}' --plain --disk ${disk.device}`;
    const env = `XDG_STATE_HOME='${own.path('state-3')}'`;
    const { code, stdout } = await run('sh', ['-c', `export ${env}; ${command}`]);
    assert.equal(code, EXIT.losses, stdout);
    assert.match(stdout, /There is nobody to answer/);
    assert.ok(
      stdout.split('\n').every((line) => line.length < 80 || line.includes('  ')),
      stdout,
    );
    const comparison = await compareClone(volume.image, target, used, bad, 0);
    assert.deepEqual(comparison.wrong, []);
  });

  test('is what a terminal gets that cannot draw, or is too small', async () => {
    await using disk = await loopDevice(volume.image, { readOnly: true });
    for (const options of [{ env: { TERM: 'dumb' } }, { columns: 79 }, { rows: 23 }]) {
      await using user = await person(['--disk', disk.device], options);
      await user.sees('Which one is broken');
      await user.types('q');
      await user.presses('Enter');
      await user.sees('ended with 0');
    }
  });
});
