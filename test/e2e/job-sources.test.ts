import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { choosesSource } from '../support/dashboard-steps.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { person } from '../support/person.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';

const MIB = 2 ** 20;

const skip = missing({
  tools: ['losetup', 'mkntfs', 'ntfs-3g', 'ntfsclone', 'fsarchiver', 'tmux', 'umount'],
  root: true,
});

const sumOf = async (path: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describe('what a job was made to save is never written to afterwards, by whatever command', { skip }, () => {
  let own: Scratch;
  let dying: Volume;
  let healthy: Volume;
  let copy: string;

  before(async () => {
    own = await scratch();
    await mkdir(own.path('.'), { recursive: true });
    dying = await makeVolume({ sizeBytes: 40 * MIB, label: 'Dying', populate: everyKind(3), seed: 11 });
    healthy = await makeVolume({ sizeBytes: 40 * MIB, label: 'Healthy', populate: everyKind(3), seed: 12 });
    copy = own.path('copy.img');
  });

  after(async () => {
    await dying[Symbol.asyncDispose]();
    await healthy[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  test('devices, drives that would be mounted, mounted volumes and images are refused, and hold what they held', async () => {
    await using source = await loopDevice(dying.image);
    await using other = await loopDevice(healthy.image);
    await runOrThrow('blockdev', ['--setrw', source.device]);
    const [from, to] = [other.device, source.device];
    assert.equal((await lifeboat(['rescue', to, copy])).code, EXIT.saved);
    const before = await sumOf(dying.image);
    const [image, special, archive] = [own.path('saved.lbi'), own.path('special.img'), own.path('saved.fsa')];
    assert.equal((await lifeboat(['image', 'save', from, image])).code, EXIT.saved);
    await runOrThrow('ntfsclone', ['-q', '-s', '-O', special, from]);
    assert.equal((await lifeboat(['archive', 'save', archive, from])).code, EXIT.saved);
    const refused = async (code: number, ...words: string[]): Promise<void> => {
      const { code: found, stdout, stderr } = await lifeboat(words);
      assert.equal(found, code, `${words.join(' ')}: ${stdout}${stderr}`);
      assert.match(
        stdout + stderr,
        /is the source of the job in .*copy\.img\.lifeboat: a source is never written to/,
      );
    };
    await refused(EXIT.refused, 'rescue', from, to, '--yes', '--force');
    await refused(EXIT.refused, 'rescue', from, '/x.img', '--on', to);
    await refused(EXIT.refused, 'clone', from, to, '--yes', '--force');
    await refused(EXIT.refused, 'image', 'restore', image, to, '--yes');
    await refused(EXIT.refused, 'image', 'save', from, '/x.lbi', '--on', to);
    await refused(EXIT.refused, 'metadata', from, to, '--yes');
    await refused(EXIT.refused, 'archive', 'restore', archive, to, '--yes', '--force');
    await refused(EXIT.refused, 'archive', 'save', '/x.fsa', from, '--on', to);
    await refused(EXIT.refused, 'cp', '-r', copy, 'Data', '/x', '--on', to);
    await refused(EXIT.failed, 'ntfsclone', '-f', '-O', to, from);
    await refused(EXIT.failed, 'ntfsclone', '-f', '-r', '-O', to, special);
    const place = own.path('mounted');
    await mkdir(place);
    await runOrThrow('ntfs-3g', [to, place]);
    try {
      await refused(EXIT.refused, 'cp', '-r', copy, 'Data', `${place}/x`);
      await refused(EXIT.refused, 'rescue', from, `${place}/x.img`);
      await refused(EXIT.refused, 'image', 'save', from, `${place}/x.lbi`);
    } finally {
      await runOrThrow('umount', [place]);
    }
    assert.equal(await sumOf(dying.image), before);
  });

  test('the dashboard says why it cannot be chosen, as a target and as a place for files', async () => {
    await using source = await loopDevice(dying.image);
    await runOrThrow('blockdev', ['--setrw', source.device]);
    await using other = await loopDevice(healthy.image);
    await using user = await person(['--disk', source.device, '--disk', other.device], {
      columns: 120,
      rows: 40,
    });
    await user.sees(/Begun: Tab or r/);
    await choosesSource(user, other.device, 'Healthy');
    const refused = new RegExp(`${source.device.slice(5)} .*no: It is the source of a job`);
    await user.sees(refused);
    await user.presses('Escape', 'Escape');
    await user.sees('What is attached');
    // Files of the copy.
    await user.presses('r');
    await user.takes(/copy\.img/);
    await user.sees('LIFEBOAT │ Report');
    await user.presses('f');
    await user.sees('LIFEBOAT │ Files');
    await user.chooses(/Data\//);
    await user.presses('c');
    await user.sees('Where shall the files go?');
    await user.sees(refused);
    await user.leaves();
  });

  test('the image of a volume is refused too, and may be written over once its job is deleted', async () => {
    const again = await lifeboat(['clone', healthy.image, dying.image, '--yes']);
    assert.equal(again.code, EXIT.refused, again.stdout + again.stderr);
    assert.match(again.stderr, /is the source of the job in/);
    await rm(`${copy}.lifeboat`, { recursive: true });
    const { code, stdout, stderr } = await lifeboat(['clone', healthy.image, dying.image, '--yes']);
    assert.equal(code, EXIT.saved, stdout + stderr);
    await runOrThrow('ntfsclone', ['-q', '-O', own.path('judge.img'), healthy.image]);
    const compared = await run('cmp', [dying.image, own.path('judge.img')]);
    assert.equal(compared.stdout + compared.stderr, '');
  });
});
