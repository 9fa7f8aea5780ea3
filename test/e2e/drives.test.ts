import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type LoopDevice, loopDevice } from '../../scripts/loop-device.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { failingTarget } from '../support/e2e-failing-target.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { eventsOf, lifeboat, startLifeboat } from '../support/lifeboat.ts';
import { person } from '../support/person.ts';
import { FAILING_DISK_NEEDS, missing, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { compareClone } from '../support/volume-comparison.ts';
import { everyKind } from '../support/volume-populations.ts';
import { type UsedClusters, usedRanges } from '../support/volume-used.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const PATIENCE_MS = 90_000;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsclone', 'mkfs.ext4', 'mkfs.exfat', 'partx'],
  root: true,
});

type FileSystem = 'ntfs' | 'exfat' | 'ext4';

const MAKE: Readonly<Record<FileSystem, readonly string[]>> = {
  ntfs: ['mkntfs', '-FQq', '-L', 'Backup'],
  exfat: ['mkfs.exfat', '-L', 'Backup'],
  ext4: ['mkfs.ext4', '-q', '-L', 'Backup'],
};

/** Mounts for a look from outside: with the drivers of the system, by the test itself. */
const LOOK: Readonly<Record<FileSystem, (device: string, place: string) => readonly string[]>> = {
  ntfs: (device, place) => ['ntfs-3g', '-o', 'ro', device, place],
  exfat: (device, place) => ['mount.exfat-fuse', '-o', 'ro', device, place],
  ext4: (device, place) => ['mount', '-o', 'ro', device, place],
};

describe('a file in a drive that is mounted for the rescue alone', { skip }, () => {
  let own: Scratch;
  let volume: Volume;
  let used: UsedClusters;
  let drives = 0;

  before(async () => {
    own = await scratch();
    volume = await makeVolume({ sizeBytes: 48 * MIB, label: 'Photos', populate: everyKind(10), seed: 91 });
    used = await usedRanges(volume.image);
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  /** An image of a drive of a size that no other device has: returning drives are known by it. */
  async function driveImage(fileSystem: FileSystem, sizeBytes = 120 * MIB): Promise<string> {
    const image = own.path(`drive-${drives++}.img`);
    await writeFile(image, '');
    await truncate(image, sizeBytes + drives * 4096);
    const [program = '', ...words] = MAKE[fileSystem];
    await runOrThrow(program, [...words, image]);
    return image;
  }

  /** Calls `work` with a place where the drive can be looked at, or changed. */
  async function lookInto<T>(
    image: string,
    fileSystem: FileSystem,
    work: (place: string) => Promise<T>,
    writable = false,
  ): Promise<T> {
    await using drive = await loopDevice(image);
    const place = own.path('look');
    await mkdir(place, { recursive: true });
    const [program = '', ...words] = LOOK[fileSystem](drive.device, place);
    await runOrThrow(program, writable ? words.map((word) => (word === 'ro' ? 'rw' : word)) : words);
    try {
      return await work(place);
    } finally {
      await eventually('the look is over', async () => (await runOrNot('umount', [place])) === 0);
      await eventually('its driver has ended', async () => (await holdersOf(drive.device)) === 0);
    }
  }

  async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await isSo())) {
      assert.ok(Date.now() < end, `waited in vain until ${what}`);
      await delay(50);
    }
  }

  const runOrNot = (program: string, words: readonly string[]): Promise<number> =>
    runOrThrow(program, words).then(
      () => 0,
      () => 1,
    );

  /** Processes that have the device open. */
  const holdersOf = async (device: string): Promise<number> =>
    (await runOrNot('fuser', ['-s', device])) === 0 ? 1 : 0;

  const isMounted = async (device: string): Promise<boolean> =>
    (await readFile('/proc/mounts', 'utf8')).split('\n').some((line) => line.startsWith(`${device} `));

  const words = (source: string, drive: string, name: string): string[] => [
    'rescue',
    source,
    name,
    '--on',
    drive,
  ];

  for (const fileSystem of ['ntfs', 'exfat', 'ext4'] as const) {
    test(`is put into ${fileSystem}, with its map, and leaves what was there alone`, async () => {
      const image = await driveImage(fileSystem);
      await lookInto(image, fileSystem, (place) => writeFile(join(place, 'mine.txt'), 'mine'), true);
      const stretch = used.ranges.find(({ start, end }) => end - start > 2 * MIB);
      assert.ok(stretch);
      const bad = new Set([3, 4, 900].map((i) => Math.floor(stretch.start / SECTOR) + i));
      await using disk = await failingDisk({
        image: volume.image,
        faults: [...bad].map((sector) => `bad ${sector} 1`),
        exposeWrites: true,
      });
      {
        await using drive = await loopDevice(image);
        const run = await lifeboat([...words(disk.device, drive.device, 'photos.img'), '--json'], {
          cwd: own.path('.'),
        });
        assert.equal(run.code, EXIT.losses, run.stderr);
        const events = eventsOf(run);
        const start = events.find(({ event }) => event === 'start');
        assert.equal(start?.event === 'start' && start.target.path, `${drive.device}:/photos.img`);
        assert.equal(start?.event === 'start' && start.map, `${drive.device}:/photos.img.map`);
        const last = events.at(-2);
        assert.match(last?.event === 'note' ? last.message : '', /put away: it may be unplugged/);
        assert.equal(await isMounted(drive.device), false);
      }
      assert.equal((await disk.stats()).writes, 0);
      await lookInto(image, fileSystem, async (place) => {
        const comparison = await compareClone(volume.image, join(place, 'photos.img'), used, bad, 0);
        assert.deepEqual(comparison.wrong, []);
        assert.equal(comparison.marked, bad.size);
        assert.match(await readFile(join(place, 'photos.img.map'), 'utf8'), /^# Mapfile|# Rescue map/m);
        assert.equal(await readFile(join(place, 'mine.txt'), 'utf8'), 'mine');
        if (fileSystem !== 'exfat') {
          const { blocks, size } = await stat(join(place, 'photos.img'));
          assert.ok(blocks * SECTOR < size * 0.9, 'free space of the volume takes room in the drive');
        }
      });
    });
  }

  test('goes on after kill -9 of everything, which leaves nothing mounted', async () => {
    const image = await driveImage('ext4');
    await using drive = await loopDevice(image);
    const faults = [`slow 0 ${volume.sizeBytes / SECTOR} 30`];
    await using disk = await failingDisk({ image: volume.image, faults, timescale: 1, exposeWrites: true });
    const state = { XDG_STATE_HOME: own.path('state-kill') };
    const options = { cwd: own.path('.'), env: state };
    const run = startLifeboat([...words(disk.device, drive.device, 'killed.img'), '--json'], options);
    await run.event((event) => event.event === 'progress' && event.savedBytes > 9 * MIB);
    run.killAll();
    await eventually('it is unmounted', async () => !(await isMounted(drive.device)));
    const listed = await lifeboat(['jobs'], options);
    assert.match(listed.stdout, /killed\.img: interrupted/);
    assert.match(listed.stdout, new RegExp(`to +${drive.device}:/killed.img`));
    await disk.setFaults([]);
    const [name = ''] = /^\S+(?=: interrupted)/m.exec(listed.stdout) ?? [];
    const resumed = await lifeboat(['resume', name, '--json'], options);
    assert.equal(resumed.code, EXIT.saved, resumed.stderr);
    const plan = eventsOf(resumed).find(({ event }) => event === 'plan');
    assert.ok(plan?.event === 'plan' && plan.alreadySavedBytes > 2 * MIB, 'it began anew');
    assert.equal(await isMounted(drive.device), false);
    const verified = await lifeboat(['verify', name], options);
    // The sums of the last moment before the kill may be missing.
    assert.ok(
      [EXIT.saved, EXIT.losses].some((code) => code === verified.code),
      verified.stderr,
    );
    assert.match(verified.stdout, /^Checked: /m);
    assert.equal(await isMounted(drive.device), false);
    await assertWhole(drive, 'killed.img');
  });

  /** Compares what a drive that is attached already holds with the volume. */
  async function assertWhole(drive: LoopDevice, name: string): Promise<void> {
    const place = own.path('look');
    await mkdir(place, { recursive: true });
    await runOrThrow('mount', ['-o', 'ro', drive.device, place]);
    try {
      const comparison = await compareClone(volume.image, join(place, name), used, new Set(), 0);
      assert.deepEqual(comparison.wrong, []);
    } finally {
      await runOrThrow('umount', [place]);
    }
  }

  test('is named and opened through its drive in reports, or said to be away', async () => {
    const image = await driveImage('ext4');
    const env = { XDG_STATE_HOME: own.path('state-report') };
    const options = { cwd: own.path('.'), env };
    const stretch = used.ranges.find(({ start, end }) => end - start > 2 * MIB);
    assert.ok(stretch);
    let named: string;
    {
      await using drive = await loopDevice(image);
      const faults = [`bad ${stretch.start / SECTOR + 40} 1`];
      await using disk = await failingDisk({ image: volume.image, faults });
      const ran = await lifeboat([...words(disk.device, drive.device, 'told.img'), '--json'], options);
      assert.equal(ran.code, EXIT.losses, ran.stderr);
      const done = eventsOf(ran).find(({ event }) => event === 'done');
      assert.ok(done?.event === 'done' && done.job !== undefined);
      named = done.job;
      const kept = join(named, 'report.json');
      const text = await readFile(kept, 'utf8');
      const report = JSON.parse(text);
      const paths = [`${drive.device}:/told.img`, `${drive.device}:/told.img.map`];
      assert.deepEqual([report.target.path, report.map], paths);
      // As earlier versions have written it.
      const place = `/run/lifeboat/drives/${basename(drive.device)}`;
      await writeFile(kept, text.replaceAll(`${drive.device}:/told.img"`, `${place}/told.img"`));
      const shown = await lifeboat(['report', named], { env, cwd: '/' });
      assert.match(shown.stdout, new RegExp(` to ${paths.join(', map ')}\n`));
      const { stdout } = await lifeboat(['report', named, '--json'], { env, cwd: '/' });
      assert.equal(JSON.parse(stdout).target.path, paths[0]);

      await using user = await person(['--disk', disk.device], {
        columns: 110,
        rows: 34,
        patienceMs: PATIENCE_MS,
        env,
      });
      await user.seesIn('Begun', /told/);
      await user.presses('r');
      await user.takes(/told.* finished with losses/);
      await user.seesIn('Kept', `copy   ${paths[0]}`);
      await user.seesIn('Kept', `map    ${paths[1]}`);
      await user.seesIn('Map of the source', /█.*█/);
      await user.presses('f');
      await user.seesIn(`${paths[0]}  /`, /Users\//);
      await user.presses('Escape');
      await user.presses('v');
      await user.sees(/The target holds what was read|compared|Checked/);
      await user.leaves();
      assert.equal(await isMounted(drive.device), false);
    }
    // The drive is gone, and comes back under a name that another one holds the old one of.
    const away = await lifeboat(['report', named], { env, cwd: '/' });
    assert.equal(away.code, EXIT.saved);
    assert.match(away.stdout, /^The drive with the copy is not attached: it was \/dev\/loop\d+\.$/m);
    const verify = await lifeboat(['verify', named], { env, cwd: '/' });
    assert.match(verify.stderr, /The drive with the copy is not attached: it was \/dev\/loop\d+\./);
    {
      await using user = await person(['--disk', '/dev/null'], {
        columns: 110,
        rows: 34,
        patienceMs: PATIENCE_MS,
        env,
      });
      await user.seesIn('Begun', /told/);
      await user.presses('r');
      await user.takes(/told.* finished with losses/);
      await user.seesIn('Kept', 'The drive with the copy is not attached');
      await user.seesIn('Map of the source', 'The drive with the copy is not attached');
      await user.presses('f');
      await user.sees('Report: ');
      await user.leaves();
    }
    await using other = await loopDevice(await driveImage('ext4'));
    await using again = await loopDevice(image);
    assert.notEqual(other.device, again.device);
    const back = await lifeboat(['report', named], { env, cwd: '/' });
    assert.match(
      back.stdout,
      new RegExp(` to ${again.device}:/told.img, map ${again.device}:/told.img.map\n`),
    );
  });

  test('waits for a drive that was pulled, mounts it again where it comes back, and loses nothing', async () => {
    const image = await driveImage('ext4');
    const faults = [`slow 0 ${volume.sizeBytes / SECTOR} 30`];
    await using disk = await failingDisk({ image: volume.image, faults, timescale: 1 });
    // It stays in its dead state until the end, as long as somebody holds it.
    await using pulled = await failingTarget(image);
    const run = startLifeboat(
      [...words(disk.device, pulled.device, 'pulled.img'), '--wait', '80', '--json'],
      {
        cwd: own.path('.'),
      },
    );
    await run.event((event) => event.event === 'progress' && event.savedBytes > 8 * MIB);
    await pulled.pull();
    await run.event((event) => event.event === 'progress' && event.waitingFor === 'target');
    await using drive = await loopDevice(image);
    const ended = await run.ended;
    assert.equal(ended.code, EXIT.saved, ended.stderr + ended.stdout.slice(-3000));
    assert.equal(await isMounted(drive.device), false);
    await assertWhole(drive, 'pulled.img');
  });

  test('is unlocked for the time of the rescue, where disks are kept locked', async () => {
    const image = await driveImage('ext4');
    await using drive = await loopDevice(image);
    await runOrThrow('blockdev', ['--setro', drive.device]);
    await using disk = await failingDisk({ image: volume.image });
    const locks = own.path('locks');
    await mkdir(locks);
    const calls = own.path('calls');
    for (const [name, option] of [
      ['unlock', '--setrw'],
      ['lock', '--setro'],
    ] as const) {
      const script = `#!/bin/sh\necho "${name} $1" >> ${calls}\nexec blockdev ${option} "$1"\n`;
      await writeFile(join(locks, name), script);
      await chmod(join(locks, name), 0o755);
    }
    const asked = words(disk.device, drive.device, 'locked.img');
    const refused = await lifeboat(asked, { cwd: own.path('.') });
    assert.equal(refused.code, EXIT.refused);
    assert.match(refused.stderr, /read-only/);
    const run = await lifeboat(asked, { cwd: own.path('.'), env: { LIFEBOAT_LOCKS: locks } });
    assert.equal(run.code, EXIT.saved, run.stderr);
    assert.equal(await readFile(calls, 'utf8'), `unlock ${drive.device}\nlock ${drive.device}\n`);
    assert.equal((await runOrThrow('blockdev', ['--getro', drive.device])).trim(), '1');
    await assertWhole(drive, 'locked.img');
  });

  test('is refused, in words, where it must not be', async () => {
    await using disk = await failingDisk({ image: volume.image });
    await using sound = await loopDevice(await driveImage('ext4'));
    await using empty = await loopDevice(await blank());
    await using hibernated = await loopDevice(await sleeping());
    await using unclean = await loopDevice(await dirty());
    await using small = await loopDevice(await driveImage('exfat', 40 * MIB));
    await using mounted = await loopDevice(await driveImage('ext4'));
    const linked = await driveImage('ext4');
    await lookInto(linked, 'ext4', (place) => symlink('/tmp', join(place, 'out')), true);
    await using leading = await loopDevice(linked);
    const place = own.path('mounted');
    await mkdir(place);
    await runOrThrow('mount', [mounted.device, place]);
    try {
      for (const [drive, name, code, message] of [
        [disk.device, 'x.img', 'drive-is-source', /is the source/],
        ['/dev/nothing', 'x.img', 'drive-kind', /nothing of that name/],
        ['/tmp', 'x.img', 'drive-kind', /it is no drive/],
        [empty.device, 'x.img', 'drive-content', /files cannot be put there/],
        [hibernated.device, 'x.img', 'drive-content', /Windows sleeps on it/],
        [unclean.device, 'x.img', 'drive-content', /not closed it cleanly/],
        [small.device, 'x.img', 'no-space', /has room for/],
        [mounted.device, 'x.img', 'drive-mounted', /is mounted at/],
        [leading.device, 'out/x.img', 'drive-path', /leads out of the drive/],
        [sound.device, 'no/such/folder/x.img', 'target-directory-missing', /no directory/],
      ] as const) {
        const run = await lifeboat([...words(disk.device, drive, name), '--json'], { cwd: own.path('.') });
        assert.equal(run.code, EXIT.refused, `${code}: ${run.stderr}${run.stdout}`);
        const refused = eventsOf(run).find(({ event }) => event === 'refused');
        assert.ok(refused?.event === 'refused', run.stdout);
        assert.equal(refused.code, code, refused.message);
        assert.match(refused.message, message);
        if (drive !== mounted.device) assert.equal(await isMounted(drive), false, `${code}: left mounted`);
      }
    } finally {
      await runOrThrow('umount', [place]);
    }
  });

  test('is refused on the drive of another rescue that is running, and on the disk of the source', async () => {
    const faults = [`slow 0 ${volume.sizeBytes / SECTOR} 30`];
    await using disk = await failingDisk({ image: volume.image, faults, timescale: 1 });
    await using drive = await loopDevice(await driveImage('ext4'));
    const first = startLifeboat([...words(disk.device, drive.device, 'first.img'), '--json'], {
      cwd: own.path('.'),
    });
    await first.event((event) => event.event === 'progress' && event.savedBytes > MIB);
    const second = await lifeboat(words(volume.image, drive.device, 'second.img'), { cwd: own.path('.') });
    assert.equal(second.code, EXIT.refused, second.stderr);
    assert.match(second.stderr, /is mounted at|Another run of Lifeboat uses/);
    first.child.kill('SIGINT');
    assert.equal((await first.ended).code, EXIT.stopped);
    assert.equal(await isMounted(drive.device), false);

    const both = own.path('both.img');
    await writeFile(both, '');
    await truncate(both, 64 * MIB);
    await using whole = await loopDevice(both);
    const table = own.path('table');
    await writeFile(table, 'label: dos\nsize=20M\nsize=30M\n');
    await runOrThrow('sh', ['-c', `sfdisk --quiet '${whole.device}' < '${table}'`]);
    await runOrThrow('partx', ['--add', whole.device]);
    try {
      await runOrThrow('mkfs.ext4', ['-q', `${whole.device}p2`]);
      const run = await lifeboat(words(`${whole.device}p1`, `${whole.device}p2`, 'x.img'), {
        cwd: own.path('.'),
      });
      assert.equal(run.code, EXIT.refused, run.stderr);
      assert.match(run.stderr, /on the same disk/);
    } finally {
      await runOrThrow('partx', ['--delete', whole.device]);
    }
  });

  /** A drive without any file system. */
  async function blank(): Promise<string> {
    const image = own.path(`blank-${drives++}.img`);
    await writeFile(image, Buffer.alloc(8 * MIB, 'random bytes of nothing'));
    return image;
  }

  /** An NTFS drive that Windows has not closed: the flag of [MS-FSCC] in the $VOLUME_INFORMATION of record 3. */
  async function dirty(): Promise<string> {
    const image = await driveImage('ntfs');
    await using drive = await loopDevice(image);
    await runOrThrow('ntfsfix', [drive.device]);
    // ntfsfix asks Windows for a check, which is the same flag.
    return image;
  }

  /** An NTFS drive on which a Windows sleeps: a hiberfil.sys that begins with `hibr`. */
  async function sleeping(): Promise<string> {
    const image = await driveImage('ntfs');
    const file = Buffer.alloc(MIB);
    file.write('hibr', 0, 'latin1');
    await lookInto(image, 'ntfs', (place) => writeFile(join(place, 'hiberfil.sys'), file), true);
    return image;
  }
});
