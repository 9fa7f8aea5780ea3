import assert from 'node:assert/strict';
import { mkdir, open, truncate, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type LoopDevice, loopDevice } from '../../scripts/loop-device.ts';
import { answersSoon, choosesSource } from '../support/dashboard-steps.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { person } from '../support/person.ts';
import { FAILING_DISK_NEEDS, missing, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';

const MIB = 2 ** 20;
/** What a person does not notice, and what a loaded machine and the looks of the test itself add to it. */
const SOON_MS = 600;

const skip = missing({
  tools: [
    ...FAILING_DISK_NEEDS.tools,
    'mkntfs',
    'ntfs-3g',
    'mkfs.ext4',
    'mkfs.vfat',
    'partx',
    'sfdisk',
    'tmux',
  ],
  root: true,
});

/** Where the $MFT of a volume begins, in bytes, as its boot sector says. */
async function mftStart(image: string): Promise<number> {
  await using file = await open(image, 'r');
  const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 0);
  return Number(buffer.readBigUInt64LE(0x30)) * buffer.readUInt16LE(0x0b) * buffer.readUInt8(0x0d);
}

describe('disks on the screen', { skip }, () => {
  let own: Scratch;
  let volume: Volume;

  before(async () => {
    own = await scratch();
    volume = await makeVolume({ sizeBytes: 48 * MIB, label: 'Photos', populate: everyKind(4), seed: 43 });
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  async function file(name: string, sizeBytes: number, ...make: string[]): Promise<string> {
    const path = own.path(name);
    await writeFile(path, '');
    await truncate(path, sizeBytes);
    const [program, ...words] = make;
    if (program !== undefined) await runOrThrow(program, [...words, path]);
    return path;
  }

  test('that hang are said to be silent, with the time, and hold up neither the screen nor other disks', async () => {
    await using hung = await failingDisk({
      image: volume.image,
      faults: ['hang 0 131072 600'],
      timescale: 1,
    });
    await using healthy = await loopDevice(volume.image, { readOnly: true });
    await using user = await person(['--disk', hung.device, '--disk', healthy.device]);
    await user.sees(new RegExp(`${basename(hung.device)} .*SILENT \\d+ s`));
    await user.sees(new RegExp(`${basename(healthy.device)} .*NTFS "Photos"`));
    await user.chooses(new RegExp(`${basename(hung.device)} `));
    await user.sees(/The disk does not answer, for \d+ s now/);
    await answersSoon(user, SOON_MS);
    await choosesSource(user, healthy.device);
    await user.sees(/no: (still being looked at|too small|The target \S+ is read-only)/);
    await user.leaves();
  });

  test('that something has written to are looked at again, and what is lost is named as it is now', async () => {
    const target = await file('old.img', 64 * MIB, 'mkntfs', '-FQq', '-L', 'Before');
    await using source = await failingDisk({ image: volume.image, exposeWrites: true });
    await using drive = await loopDevice(target);
    const to = basename(drive.device);
    await using user = await person(['--disk', source.device, '--disk', drive.device], {
      env: { XDG_STATE_HOME: own.path('state-written') },
    });
    await user.sees(new RegExp(`${to} .*NTFS "Before"`));
    await choosesSource(user, source.device);
    await user.takes(new RegExp(`${to} .*ERASES whole disk`));
    await user.sees('Step 3 of 4');
    await user.presses('Enter');
    await user.seesIn('WRITE to', 'NTFS "Before"');
    // While that is on the screen somebody else makes another volume of it.
    await runOrThrow('mkntfs', ['-FQq', '-L', 'Meanwhile', drive.device]);
    await user.seesIn('WRITE to', 'NTFS "Meanwhile"');
    await user.types('67');
    await user.presses('Enter');
    await user.sees('Everything is saved');
    const reads = (await source.requests()).length;
    await user.presses('Escape');
    await user.sees(new RegExp(`${to} .*NTFS "Photos"`));
    // Each look reads the $MFT. A table may be read by what other tests do at this moment: a boot check asks all disks.
    const later = (await source.requests()).slice(reads);
    const mft = await mftStart(volume.image);
    const looks = later.filter(({ offset, length }) => offset <= mft && offset + length > mft);
    assert.deepEqual(looks, [], 'the source was read again');
    assert.equal((await source.stats()).writes, 0);
    await user.leaves();
  });

  test('that are mounted and hang hold up nothing either', async () => {
    const image = await file('mounted.img', 64 * MIB, 'mkfs.ext4', '-q', '-L', 'Stuck');
    await using disk = await failingDisk({ image, exposeWrites: true });
    await mkdir(own.path('stuck'));
    await runOrThrow('mount', ['-o', 'ro', disk.device, own.path('stuck')]);
    try {
      await disk.setFaults(['hang 0 131072 600']);
      await using healthy = await loopDevice(volume.image, { readOnly: true });
      await using user = await person(['--disk', disk.device, '--disk', healthy.device]);
      await choosesSource(user, healthy.device);
      await answersSoon(user, SOON_MS);
      await user.leaves();
    } finally {
      await disk.setFaults([]);
      await runOrThrow('umount', ['--lazy', own.path('stuck')]);
    }
  });

  test('that are plugged in appear within two seconds, and leave again', async () => {
    await using first = await loopDevice(volume.image, { readOnly: true });
    const image = await file('later.img', 80 * MIB, 'mkfs.vfat', '-n', 'LATER');
    await using user = await person([], { columns: 100, rows: 30 });
    await choosesSource(user, first.device);
    let plugged: LoopDevice | undefined;
    const since = performance.now();
    {
      await using later = await loopDevice(image);
      plugged = later;
      await user.sees(new RegExp(`${basename(later.device)} .*LATER`));
      const took = performance.now() - since;
      assert.ok(took < 3500, `it took ${took} ms`);
      await user.presses('Escape', 'Escape');
      await user.chooses(new RegExp(`${basename(later.device)} .*LATER`));
    }
    await user.sees(new RegExp(`${basename(plugged.device)} .*GONE`));
    await user.leaves();
  });

  test('are refused as targets, each with its reason', async () => {
    const mounted = await file('used.img', 64 * MIB, 'mkfs.ext4', '-q', '-L', 'Used');
    const small = await file('small.img', 8 * MIB);
    await using source = await failingDisk({ image: volume.image, exposeWrites: true });
    await using failing = await failingDisk({
      image: await file('bad.img', 100 * MIB),
      faults: ['bad 0 204800'],
      exposeWrites: true,
    });
    await using used = await loopDevice(mounted);
    await using tiny = await loopDevice(small);
    await mkdir(own.path('used'));
    await runOrThrow('mount', [used.device, own.path('used')]);
    try {
      const disks = [source.device, failing.device, used.device, tiny.device];
      const words = disks.flatMap((device) => ['--disk', device]);
      await using user = await person(words, { columns: 200, rows: 60 });
      await choosesSource(user, source.device);
      const at = (device: string, reason: string): RegExp =>
        new RegExp(`x ${basename(device)} .*no: ${reason}`);
      await user.sees(at(source.device, 'it is the disk to be saved'));
      await user.sees(at(tiny.device, 'too small'));
      await user.sees(at(failing.device, 'it has read errors itself'));
      // A file can be put into the one that is mounted, but it is not written over.
      const { text } = await user.sees(new RegExp(`${basename(used.device)} .*file, keeps all`));
      assert.doesNotMatch(text, new RegExp(`${basename(used.device)} .*ERASES`));
      for (const device of [source.device, tiny.device, failing.device]) {
        await user.chooses(new RegExp(`x ${basename(device)} `));
        await user.presses('Enter');
        await user.sees(new RegExp(`${basename(device)} cannot be chosen: `));
      }
      await user.leaves();
      assert.equal((await source.stats()).writes, 0);
      assert.equal((await failing.stats()).writes, 0);
    } finally {
      await runOrThrow('umount', [own.path('used')]);
    }
  });
});
