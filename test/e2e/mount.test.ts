import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { formatMapfile, parseMapfile } from '../../src/rescue/mapfile.ts';
import { BOOT_TOOLS, type BootDiskImage, MBR_CODE, makeBootDisk } from '../support/boot-disks.ts';
import { BootImage } from '../support/boot-image.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { type LifeboatRun, lifeboat } from '../support/lifeboat.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
import { mountVolume } from '../support/volume-mount.ts';
import { usedRanges } from '../support/volume-used.ts';

const skip = missing({
  tools: [...BOOT_TOOLS, ...FAILING_DISK_NEEDS.tools, 'ntfsfix', 'partx'],
  files: [MBR_CODE],
  root: true,
});

describe('mount and unmount', { skip }, () => {
  let own: Scratch;
  let disk: BootDiskImage;
  /** The volume of Windows, alone. */
  let volume: string;

  before(async () => {
    own = await scratch();
    disk = await makeBootDisk(own.path('.'), 'mbr');
    volume = own.path('volume.img');
    await cut(disk.path, volume);
  });
  after(() => own[Symbol.asyncDispose]());

  async function cut(from: string, to: string): Promise<void> {
    const image = new BootImage({ ...disk, path: from });
    const range = [`skip=${image.start(2)}`, `count=${image.size(2)}`, 'iflag=skip_bytes,count_bytes'];
    await runOrThrow('dd', [`if=${from}`, `of=${to}`, ...range, 'bs=1M', 'status=none', 'conv=sparse']);
    await runOrThrow('truncate', ['-s', String(image.size(2)), to]);
  }

  const here = (): string => own.path('here');
  const mount = (...words: string[]): Promise<LifeboatRun> => lifeboat(['mount', ...words]);
  const sum = async (path: string): Promise<string> => (await runOrThrow('sha256sum', [path])).slice(0, 64);

  /** What was said, without the breaks that make it fit a screen. */
  const oneLine = ({ stdout }: LifeboatRun): string => stdout.replaceAll('\n', ' ');

  // A test that fails leaves no mount to the next one.
  afterEach(() => run('umount', [here()]));

  async function unmount(): Promise<void> {
    const { code, stderr } = await lifeboat(['unmount', here()]);
    assert.equal(code, 0, stderr);
    assert.ok(!readFileSync('/proc/self/mounts', 'utf8').includes(here()));
  }

  test('a volume, a partition of an image, of a disk: files are there, and nothing is written', async () => {
    const sums = [await sum(volume), await sum(disk.path)];
    await using loop = await loopDevice(disk.path);
    await runOrThrow('partx', ['--add', loop.device]);
    try {
      for (const words of [
        [volume],
        [disk.path, '--partition', '2'],
        [loop.device, '-p', '2'],
        [`${loop.device}p2`],
      ]) {
        const mounted = await mount(...words, here());
        assert.equal(mounted.code, 0, mounted.stderr);
        assert.match(oneLine(mounted), /for reading only/);
        assert.equal(readFileSync(`${here()}/Users/Ann/letter.txt`, 'utf8'), 'Dear Bob');
        assert.throws(() => writeFileSync(`${here()}/new`, ''), /EROFS/);
        assert.match(
          readFileSync('/proc/self/mounts', 'utf8'),
          new RegExp(`${here()} fuse\\w* ro,nosuid,nodev,noexec`),
        );
        await unmount();
      }
    } finally {
      await run('partx', ['--delete', loop.device]);
    }
    assert.deepEqual([await sum(volume), await sum(disk.path)], sums);
    // That of this test, and none that a mount has left behind.
    assert.equal((await runOrThrow('losetup', ['-j', disk.path])).trim().split('\n').length, 1);
  });

  test('wrong words, wrong places', async () => {
    mkdirSync(own.path('full'));
    writeFileSync(own.path('full/file'), '');
    writeFileSync(own.path('noise.img'), Buffer.alloc(2 ** 20, 7));
    for (const [words, code, says] of [
      [['mount'], 2, /a source and a folder are needed/],
      [['mount', volume, here(), 'more'], 2, /are needed/],
      [['mount', volume, here(), '-p', 'x'], 2, /number of a partition/],
      [['unmount'], 2, /a folder is needed/],
      [['mount', own.path('none'), here()], 3, /There is nothing at/],
      [['mount', own.path('noise.img'), here()], 3, /No NTFS volume/],
      [['mount', volume, own.path('full')], 3, /is not empty/],
      [['mount', volume, own.path('full/file')], 3, /is not a folder/],
      [['mount', disk.path, here()], 3, /Say which one with --partition: 1 \(12\.0 MiB\), 2/],
      [['mount', disk.path, here(), '-p', '7'], 3, /Partition 7 .* is not there/],
      [['mount', volume, here(), '-w'], 3, /Nobody can be asked/],
      [['unmount', own.path('full')], 3, /Nothing is mounted at/],
      [['unmount', '/proc'], 3, /not a volume of lifeboat mount/],
    ] as const) {
      const result = await lifeboat(words);
      assert.equal(result.code, code, `${words.join(' ')}: ${result.stderr}`);
      assert.match(result.stderr, says);
      assert.equal(result.stderr.trim().split('\n').length, 1);
    }
  });

  test('a folder that is in use stays, a second mount is refused', async () => {
    assert.equal((await mount(volume, here())).code, 0);
    const sitting = spawn('sleep', ['60'], { cwd: here(), stdio: 'ignore' });
    try {
      const busy = await lifeboat(['unmount', here()]);
      assert.equal(busy.code, 3);
      assert.match(busy.stderr, /is in use\. Close the programs/);
      assert.match((await mount(disk.path, '-p', '1', here())).stderr, /mounted at .* already/);
    } finally {
      const gone = once(sitting, 'exit');
      sitting.kill();
      await gone;
    }
    await unmount();
  });

  test('a Windows that sleeps, and one that was not shut down: for reading, byte for byte as they were', async () => {
    const image = new BootImage({ ...disk, path: own.path('asleep.img') });
    await runOrThrow('cp', ['--sparse=always', disk.path, image.disk.path]);
    await image.change(2, (root) => {
      const memory = Buffer.alloc(70_000, 7);
      memory.write('hibr');
      writeFileSync(`${root}/hiberfil.sys`, memory);
    });
    const asleep = own.path('asleep.volume');
    await cut(image.disk.path, asleep);
    const dirty = own.path('dirty.volume');
    await runOrThrow('cp', [volume, dirty]);
    await runOrThrow('ntfsfix', [dirty]);
    for (const [path, says] of [
      [asleep, /Windows sleeps on it/],
      [dirty, /for reading only/],
    ] as const) {
      const before = await sum(path);
      const mounted = await mount(path, here());
      assert.equal(mounted.code, 0, mounted.stderr);
      assert.match(oneLine(mounted), says);
      assert.ok(existsSync(`${here()}/Windows`));
      await unmount();
      assert.equal(await sum(path), before);
    }
    const refused = await mount(asleep, here(), '--writable', '--yes', '--force');
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /Windows sleeps/);
  });

  test('--writable: a copy takes changes, the source of a job never', async () => {
    const copy = own.path('copy.volume');
    await runOrThrow('cp', [volume, copy]);
    const mounted = await mount(copy, here(), '--writable', '--yes');
    assert.equal(mounted.code, 0, mounted.stderr);
    writeFileSync(`${here()}/new.txt`, 'kept');
    await unmount();
    {
      await using again = await mountVolume(copy, { readOnly: true });
      assert.equal(readFileSync(`${again.root}/new.txt`, 'utf8'), 'kept');
    }
    await using source = await loopDevice(volume);
    const target = own.path('rescued.img');
    const job = own.path('mount.lifeboat');
    assert.equal((await lifeboat(['rescue', source.device, target, '--job', job])).code, 0);
    for (const more of [[], ['--force']]) {
      const refused = await mount(source.device, here(), '--writable', '--yes', ...more);
      assert.equal(refused.code, 3);
      assert.match(refused.stderr, /is the source of the job/);
    }
    assert.equal((await mount(target, here(), '--writable', '--yes')).code, 0);
    await unmount();
  });

  test('a clone with holes says so; a disk whose structures cannot be read says what that means', async () => {
    const image = own.path('holes.img');
    await runOrThrow('cp', ['--sparse=always', volume, image]);
    await using bad = await failingDisk({
      image,
      faults: [`bad ${readFileSync(image).indexOf('Dear Bob') >> 9} 1`],
    });
    const clone = own.path('holes-clone.img');
    assert.equal(
      (await lifeboat(['rescue', bad.device, clone, '--job', own.path('holes.lifeboat')])).code,
      4,
    );
    const mounted = await mount(clone, here());
    assert.equal(mounted.code, 4, mounted.stderr);
    assert.match(oneLine(mounted), /512 B of it are not saved/);
    assert.doesNotMatch(oneLine(mounted), /not finished/);
    await unmount();

    // The same as it was before the last of its used sectors were read; what is in use is known by ntfsclone.
    const unfinished = own.path('unfinished.img');
    await runOrThrow('cp', ['--sparse=always', clone, unfinished]);
    const { map } = parseMapfile(readFileSync(own.path('holes.lifeboat/rescue.map'), 'utf8'));
    const used = RangeSet.of((await usedRanges(volume)).ranges);
    const saved = [...map.bytesWith('+').intersect(used)];
    const largest = saved.reduce((a, b) => (b.end - b.start > a.end - a.start ? b : a));
    map.set(largest.end - 2 ** 17, largest.end, '?');
    const free = map.bytesWith('?').subtract(used).totalBytes;
    assert.ok(free > 2 ** 23, `only ${free} bytes are free`);
    const text = formatMapfile(map, { offset: 0, phase: '?', pass: 1 }, []);
    writeFileSync(`${unfinished}.map`, text);
    const partly = await mount(unfinished, here());
    assert.equal(partly.code, 4, partly.stderr);
    assert.match(
      oneLine(partly),
      /Note: 128\.5 KiB of it are not saved \(\S+\)\. Its rescue is not finished\./,
    );
    await unmount();

    await using dead = await failingDisk({ image: volume, faults: ['bad 8 64', 'bad 32 8'] });
    const { code, stderr } = await mount(dead.device, here());
    assert.match(String(code), /[36]/);
    assert.match(stderr, /cannot be read|does not mount/);
    assert.equal((await bad.stats()).writes + (await dead.stats()).writes, 0);
  });
});
