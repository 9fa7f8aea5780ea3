import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rm, stat, statfs, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { difference, markBad } from '../support/e2e-bad-sectors.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { smallFileSystem } from '../support/e2e-tmpfs.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { LIFEBOAT } from '../support/lifeboat.ts';
import { VolumeCraft } from '../support/ntfsclone-craft.ts';
import { FAILING_DISK_NEEDS, missing, type Ran, run, runOrThrow } from '../support/tools.ts';
import { makeVolume } from '../support/volume.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const skip = missing({
  tools: ['ntfsclone', 'mkntfs', 'ntfs-3g', 'losetup', 'gzip', 'bzip2', 'mkfs.ext4'],
  root: true,
});

describe('in the place of ntfsclone', { skip }, () => {
  let own: Scratch;
  /** An empty volume of 32 MiB, and what ntfsclone makes of it. */
  let volume: string;
  let clone: string;
  let image: string;

  before(async () => {
    own = await scratch();
    volume = own.path('volume');
    clone = own.path('clone');
    image = own.path('image');
    await writeFile(volume, '');
    await truncate(volume, 32 * MIB);
    await runOrThrow('mkntfs', ['-F', '-q', '-Q', volume]);
    await runOrThrow('ntfsclone', ['-q', '-o', clone, volume]);
    await runOrThrow('ntfsclone', ['-q', '-s', '-o', image, volume]);
    // The executable is called by the other name throughout.
    await mkdir(own.path('bin'));
    await symlink(LIFEBOAT, own.path('bin/ntfsclone'));
  });

  after(() => own[Symbol.asyncDispose]());

  const ours = (...words: string[]): Promise<Ran> =>
    run(own.path('bin/ntfsclone'), words, { cwd: own.path('.') });
  const theirs = (...words: string[]): Promise<Ran> => run('ntfsclone', words, { cwd: own.path('.') });
  const errorsOf = ({ stdout, stderr }: Ran): string => stdout + stderr;
  let names = 0;
  const fresh = (): string => own.path(`fresh ${names++}`);

  /** Refused, in one line, and the file is as it was. */
  async function refuses(words: readonly string[], file: string, why: RegExp): Promise<void> {
    const before = await readFile(file);
    const ran = await ours(...words);
    assert.equal(ran.code, 1, words.join(' '));
    assert.match(errorsOf(ran), why);
    assert.ok(before.equals(await readFile(file)), `${words.join(' ')} has changed ${file}`);
  }

  test('command lines that ntfsclone rejects are rejected by the same line on the same stream', async () => {
    const lines = [
      ['-Z'],
      ['-qZ'],
      ['--x'],
      ['--x=y'],
      ['--re'],
      ['--n'],
      ['--f'],
      ['--o'],
      ['-o'],
      ['--output'],
      ['--quiet=1'],
      ['--new-s=1'],
      [],
      ['-q'],
      ['-o', 'x'],
      ['-n'],
      ['-o', 'x', '--', 'volume'],
      ['-o', 'x', '-'],
      ['-o', 'x', '-s', '-'],
      ['-m', '-r', '-o', 'x', 'y'],
      ['-mr', '-ox', 'y'],
      ['-m', '-o', '-', 'y'],
      ['--ignore-fs-check', '-o', 'x', 'y'],
      ['-s', '-r', '-o', 'x', 'y'],
      ['-n', 'y'],
      ['-rn', '-o', 'x', 'y'],
      ['-rnO', '-', 'y'],
      ['-o', 'x', '-O', 'z', 'y'],
      ['-o', 'x', 'y', 'z'],
      ['-S', '-o', 'x', 'y'],
      ['-v'],
      ['--debug'],
      ['-o', 'clone', 'volume'],
      ['-s', '-o', 'clone', 'volume'],
      ['-r', '-o', 'clone', 'image'],
      ['-o', 'clone/x', 'volume'],
    ];
    for (const words of lines) {
      const [due, found] = [await theirs(...words), await ours(...words)];
      const name = `ntfsclone ${words.join(' ')}`;
      assert.equal(found.code, due.code, name);
      for (const stream of ['stdout', 'stderr'] as const) {
        // The banner is a line of its own; the usage page is in other words.
        const first = (ran: Ran): string | undefined =>
          ran[stream].replace(/^ntfsclone v.*\n/, '').split('\n')[0];
        assert.equal(first(found), first(due), `${name}: ${stream}`);
        assert.equal(
          /^Usage: /m.test(found[stream]),
          /^Usage: /m.test(due[stream]),
          `${name}: usage on ${stream}`,
        );
      }
    }
  });

  test('metadata to a device that nobody has forced: the same line on the same stream', async () => {
    const disk = own.path('metadata disk');
    await writeFile(disk, '');
    await truncate(disk, 40 * MIB);
    const loop = (await runOrThrow('losetup', ['--find', '--show', disk])).trim();
    try {
      for (const form of [[], ['-s']]) {
        const words = ['-m', ...form, '-O', loop, 'volume'];
        const [due, found] = [await theirs(...words), await ours(...words)];
        assert.equal(found.code, due.code);
        assert.equal(found.stdout, due.stdout);
        assert.equal(found.stderr.split('\n')[1], due.stderr.split('\n')[1]);
      }
    } finally {
      await runOrThrow('losetup', ['--detach', loop]);
    }
  });

  test('help and version are on standard error, with exit 0', async () => {
    for (const word of ['-h', '--help', '--he', '-V', '--version', '-qh']) {
      const { code, stdout, stderr } = await ours(word);
      assert.equal(code, 0, word);
      assert.equal(stdout, '');
      assert.match(stderr, /^ntfsclone v2022\.10\.3 \(lifeboat /);
    }
  });

  test('options may be shortened, joined, attached and mixed with the source', async () => {
    for (const build of [
      (out: string) => ['-qso', out, volume],
      (out: string) => [volume, `-so${out}`, '-q'],
      (out: string) => ['--sav', `--out=${out}`, '--qui', volume],
      (out: string) => ['-d', '-s', '--ov', out, '--fo', volume],
    ]) {
      const out = fresh();
      const ran = await ours(...build(out));
      assert.equal(ran.code, 0, errorsOf(ran));
      assert.equal(await difference(image, out), '');
    }
  });

  test('the pipelines of the manual page', async () => {
    const shell = async (line: string): Promise<void> => {
      const script = `set -o pipefail; cd "$1"; PATH=$1/bin:$PATH; ${line}`;
      const { code, stderr } = await run('bash', ['-c', script, 'bash', own.path('.')]);
      assert.equal(code, 0, `${line}: ${stderr}`);
    };
    for (const [pack, unpack] of [
      ['gzip -c', 'gunzip -c'],
      ['bzip2 -c', 'bunzip2 -c'],
      ['cat', 'cat'],
    ]) {
      await shell(`rm -f back; ntfsclone -q --save-image -o - volume | ${pack} > packed`);
      await shell(`${unpack} packed | cmp - image`);
      await shell(`${unpack} packed | ntfsclone -q --restore-image --overwrite back - && cmp back clone`);
    }
    await shell('rm -f back; ntfsclone -q -s -o - volume | ntfsclone -q -r -O back - && cmp back clone');
    await shell('ntfsclone -q -o - volume | cmp - volume');
    await shell('ntfsclone -q -r -o - image | cmp - clone');
    await shell('ntfsclone -q -r -o - - < image | cmp - clone');
    await shell('rm -f back; ntfsclone -q -r -o back <(cat image) && cmp back clone');
    await shell('mkfifo fifo; cat fifo > back & ntfsclone -q -s -O fifo volume && wait && cmp back image');
    // As Clonezilla does it: messages through tee, data through a compressor and split.
    await shell('ntfsclone --save-image --output - volume 2> >(tee log >&2) | gzip | split -b 200k - part.');
    await shell(
      'rm -f back; cat part.* | gunzip | ntfsclone -r -O back - | tee log > /dev/null && cmp back clone',
    );
    await shell("tr '\\r' '\\n' < log | grep -q '^100.00 percent completed'");
  });

  test('a reader that goes away, a full device, a closed output: exit 1 and a line that says so', async () => {
    const gone = await shell('{ bin/ntfsclone -o - volume; echo "exit $?" >&2; } | head -c 5000 > /dev/null');
    assert.match(gone.stderr, /ERROR\(32\): Write failed: standard output is incomplete[\s\S]*exit 1/);
    assert.match(
      errorsOf(await ours('-q', '-s', '-O', '/dev/full', volume)),
      /ERROR\(28\): .*\/dev\/full is incomplete/,
    );
    assert.equal((await ours('-q', '-O', '/dev/null', volume)).code, 1);
    assert.equal((await shell('bin/ntfsclone -q -s -o - volume >&-')).code, 1);
    // Messages that nobody reads are no reason to end.
    assert.equal((await shell('bin/ntfsclone -s -O "unread" volume | true; cmp unread image')).code, 0);
    const full = await shell('bin/ntfsclone -s -O untold volume > /dev/full; echo $?; cmp untold image');
    assert.equal(full.stdout, '1\n');
    assert.match(full.stderr, /the output could not be written \(ENOSPC\)/);
  });

  test('the source, by whatever name, is never written to', async () => {
    const victim = own.path('victim');
    await runOrThrow('cp', ['--sparse=always', volume, victim]);
    const [soft, hard] = [own.path('soft'), own.path('hard')];
    await symlink(victim, soft);
    await link(victim, hard);
    for (const name of [victim, soft, hard]) {
      await refuses(['-O', name, victim], victim, /is the source/);
      await refuses(['-s', '-O', victim, name], victim, /is the source/);
    }
    const loop = (await runOrThrow('losetup', ['--find', '--show', victim])).trim();
    try {
      await refuses(['-O', loop, victim], victim, /ERROR/);
      await refuses(['-O', victim, loop], victim, /ERROR/);
      await refuses(['-s', '-O', victim, loop], victim, /ERROR/);
    } finally {
      await runOrThrow('losetup', ['--detach', loop]);
    }
    await refuses(['-r', '-O', image, image], image, /is the source/);
  });

  /** Runs a line of the shell in the folder of the tests; `$1` and so on are `words`. */
  const shell = (line: string, ...words: string[]): Promise<Ran> =>
    run('bash', ['-c', `cd "$0"; PATH="$PWD/bin:$PATH"; ${line}`, own.path('.'), ...words]);

  test('the source is not written to where the shell has opened it, for reading or for writing', async () => {
    const victims = { volume: own.path('shell volume'), image: own.path('shell image') };
    await runOrThrow('cp', ['--sparse=always', volume, victims.volume]);
    await runOrThrow('cp', [image, victims.image]);
    for (const [line, victim, as] of [
      ['ntfsclone -o - "$1" 1<>"$1"', victims.volume, volume],
      ['ntfsclone -s -o - "$1" >>"$1"', victims.volume, volume],
      ['ntfsclone -r -O "$1" - <"$1"', victims.image, image],
      ['ntfsclone -r -o - "$1" 1<>"$1"', victims.image, image],
      [`${LIFEBOAT} image convert --plain --yes - "$1" <"$1"`, victims.image, image],
      [`${LIFEBOAT} clone --yes "$1" - 1<>"$1"`, victims.volume, volume],
    ] as const) {
      const ran = await shell(line, victim);
      assert.notEqual(ran.code, 0, line);
      assert.match(errorsOf(ran), /is the source/, line);
      await runOrThrow('cmp', [victim, as]);
    }
  });

  test('standard output may be a device: what is written is there, unless it is mounted', async () => {
    const disk = own.path('standard disk');
    await writeFile(disk, Buffer.alloc(33 * MIB, 'old'));
    const loop = (await runOrThrow('losetup', ['--find', '--show', disk])).trim();
    try {
      assert.equal((await shell('ntfsclone -q -o - volume > "$1"', loop)).code, 0);
      await runOrThrow('cmp', ['--bytes', String(32 * MIB), clone, loop]);
      assert.equal((await shell('ntfsclone -q -s -o - volume > "$1"', loop)).code, 0);
      await runOrThrow('cmp', ['--bytes', String((await stat(image)).size), image, loop]);
      await runOrThrow('mkfs.ext4', ['-q', '-F', loop]);
      const place = own.path('standard place');
      await mkdir(place);
      await runOrThrow('mount', ['-o', 'ro', loop, place]);
      try {
        assert.match((await shell('ntfsclone -q -o - volume 1<>"$1"', loop)).stderr, /mounted/);
      } finally {
        await runOrThrow('umount', [place]);
      }
    } finally {
      await runOrThrow('losetup', ['--detach', loop]);
    }
  });

  test('standard output that fails when it is brought to the medium: exit 1 and a line that says so', async () => {
    await using room = await smallFileSystem(8 * MIB);
    const disk = join(room.root, 'disk');
    await writeFile(disk, '');
    await truncate(disk, 64 * MIB);
    await runOrThrow('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', disk]);
    const place = own.path('failing place');
    await mkdir(place);
    await runOrThrow('mount', ['-o', 'loop', disk, place]);
    try {
      await run('bash', ['-c', 'head -c 32M /dev/zero > "$1"; true', 'bash', join(room.root, 'other')]);
      const ran = await shell('ntfsclone -q -s -o - volume > "$1"', join(place, 'image'));
      assert.equal(ran.code, 1);
      assert.match(ran.stderr, /ERROR\((5|28)\): Syncing failed: standard output is incomplete/);
    } finally {
      await runOrThrow('umount', [place]);
    }
  });

  test('an old target is as it was when a check fails, whichever it is', async () => {
    const target = fresh();
    await writeFile(target, 'what was here before');
    const dirty = own.path('dirty');
    await runOrThrow('cp', ['--sparse=always', volume, dirty]);
    {
      using craft = new VolumeCraft(dirty);
      craft.setDirty();
    }
    await refuses(['-O', target, dirty], target, /scheduled for a check/);
    const wrong = own.path('wrong');
    await runOrThrow('cp', ['--sparse=always', volume, wrong]);
    {
      using craft = new VolumeCraft(wrong);
      craft.bitmap([3000], true);
    }
    await refuses(
      ['-O', target, wrong],
      target,
      /Totally 1 cluster accounting mismatches[\s\S]*check failed/,
    );
    await refuses(['-s', '-O', target, wrong], target, /check failed/);
    await refuses(['-O', target, own.path('nothing')], target, /ERROR/);
    await refuses(['-r', '-O', target, volume], target, /not an image/);
  });

  test('devices that are mounted, held or too small are refused, for images too', async () => {
    const disk = own.path('disk');
    await writeFile(disk, '');
    await truncate(disk, 40 * MIB);
    await runOrThrow('mkfs.ext4', ['-q', '-F', disk]);
    const loop = (await runOrThrow('losetup', ['--find', '--show', disk])).trim();
    const place = own.path('place');
    await mkdir(place);
    try {
      await runOrThrow('mount', [loop, place]);
      try {
        for (const form of [[], ['-s']]) await refuses([...form, '-O', loop, volume], disk, /mounted/);
        await refuses(['-r', '-O', loop, image], disk, /mounted/);
      } finally {
        await runOrThrow('umount', [place]);
      }
    } finally {
      await runOrThrow('losetup', ['--detach', loop]);
    }
    for (const [bytes, name] of [
      [16 * MIB, 'half'],
      [32 * MIB - 3584, 'without the end'],
    ] as const) {
      await writeFile(disk, Buffer.alloc(bytes, 'old'));
      const small = (await runOrThrow('losetup', ['--find', '--show', disk])).trim();
      try {
        await refuses(['-O', small, volume], disk, /too small/);
        await refuses(['-r', '-O', small, image], disk, /too small/);
      } finally {
        await runOrThrow('losetup', ['--detach', small]);
      }
      assert.ok(name);
    }
  });

  test('a device takes an image that fits, however large the volume is, and no byte more', async () => {
    const { size } = await stat(image);
    const disk = own.path('image disk');
    for (const bytes of [Math.floor(size / SECTOR) * SECTOR, Math.ceil(size / SECTOR) * SECTOR]) {
      await writeFile(disk, Buffer.alloc(bytes, 'old'));
      const loop = (await runOrThrow('losetup', ['--find', '--show', disk])).trim();
      try {
        if (bytes < size) await refuses(['-s', '-O', loop, volume], disk, /too small/);
        else {
          const ran = await ours('-q', '-s', '-O', loop, volume);
          assert.equal(ran.code, 0, errorsOf(ran));
          await runOrThrow('cmp', ['--bytes', String(size), image, disk]);
        }
      } finally {
        await runOrThrow('losetup', ['--detach', loop]);
      }
    }
  });

  test('a disk that fills up: exit 1 and a name, in every mode', async () => {
    await using full = await smallFileSystem(2 * MIB);
    const target = join(full.root, 'target');
    for (const words of [
      ['-O', target, volume],
      ['-s', '-O', target, volume],
      ['-r', '-O', target, image],
    ]) {
      await refusesRoom(words);
    }
    async function refusesRoom(words: readonly string[]): Promise<void> {
      const ran = await ours(...words);
      assert.equal(ran.code, 1);
      assert.match(errorsOf(ran), /enough free space/);
      assert.ok(!existsSync(target), 'it has begun to write');
    }
    // Room that is taken by somebody else meanwhile: the image comes from a pipe that is slow.
    await full.resize(8 * MIB);
    const script = `{ head -c 1000000 "$1"; head -c 6M /dev/zero > "$2/other"; tail -c +1000001 "$1"; } | "$3" -q -r -O "$2/target" -`;
    const late = await run('bash', ['-c', script, 'bash', image, full.root, own.path('bin/ntfsclone')]);
    assert.equal(late.code, 1, errorsOf(late));
    assert.match(late.stdout, /ERROR\(28\): .*target is incomplete/);
  });

  test('room that a file system keeps for root is room for root, as for ntfsclone', async () => {
    const disk = fresh();
    const place = own.path('reserved');
    await mkdir(place);
    await writeFile(disk, '');
    await truncate(disk, 6 * MIB);
    await runOrThrow('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', '-m', '50', disk]);
    await runOrThrow('mount', ['-o', 'loop', disk, place]);
    try {
      const { bavail, bfree, bsize } = await statfs(place);
      const { size } = await stat(image);
      assert.ok(
        bavail * bsize < size && size < bfree * bsize,
        'the image would fit, or not fit, for everybody',
      );
      for (const clones of [theirs, ours]) {
        for (const words of [
          ['-s', '-o', join(place, 'image'), volume],
          ['-o', join(place, 'clone'), volume],
          ['-r', '-o', join(place, 'restored'), image],
        ]) {
          const ran = await clones('-q', ...words);
          assert.equal(ran.code, 0, errorsOf(ran));
          await rm(words.at(-2) ?? '');
        }
      }
    } finally {
      await runOrThrow('umount', [place]);
    }
  });

  test('a target that is deleted while it is written: exit 1 and a line that says so', async () => {
    const script = `{ head -c 2000000 "$1"; until [ -s "$2" ]; do sleep 0.1; done; rm "$2"; tail -c +2000001 "$1"; } | "\${@:3}"`;
    for (const words of [
      ['ntfsclone', '-q', '-r', '-O', '{}', '-'],
      ['image', 'convert', '-q', '--plain', '-', '{}'],
      ['image', 'convert', '-q', '-', '{}'],
    ]) {
      const target = fresh();
      const line = [LIFEBOAT, ...words.map((word) => word.replace('{}', target))];
      const ran = await run('bash', ['-c', script, 'bash', image, target, ...line]);
      assert.equal(ran.code, 1, errorsOf(ran));
      assert.match(errorsOf(ran), /is not there any more: it was deleted, renamed or replaced/);
      assert.doesNotMatch(errorsOf(ran), /internal error/);
      assert.ok(!existsSync(target));
    }
  });

  test('where files cannot be locked, what was made is removed again, and what was there stays', async () => {
    const target = fresh();
    const unlocked = (...words: string[]): Promise<Ran> => run('env', ['PATH=/nowhere', LIFEBOAT, ...words]);
    for (const words of [
      ['ntfsclone', '-s', '-o', target, volume],
      ['image', 'save', volume, target],
      ['clone', volume, target],
      ['rescue', volume, target],
    ]) {
      const ran = await unlocked(...words);
      assert.notEqual(ran.code, 0);
      assert.match(errorsOf(ran), /flock \(util-linux\) does not start/);
      assert.ok(!existsSync(target), words.join(' '));
    }
    await writeFile(target, 'somebody else made it');
    await unlocked('image', 'save', '--yes', volume, target);
    assert.ok(existsSync(target));
  });

  test('a compressed image that vanishes while it is restored: exit 1 and a line that says so', async () => {
    const [plain, packed] = [own.path('large image'), own.path('large image.zst')];
    const clusters = 16_000;
    const bytes = Buffer.concat([
      // The header of a larger volume: 4096 bytes a cluster, and all of them in use.
      (await readFile(image)).subarray(0, 56),
      randomBytes(clusters * 4097),
      Buffer.alloc(513, 1),
    ]);
    bytes.writeBigUInt64LE(BigInt(clusters * 4096 + 512), 22);
    bytes.writeBigUInt64LE(BigInt(clusters), 30);
    bytes.writeBigUInt64LE(BigInt(clusters), 38);
    for (let i = 0; i < clusters; i++) bytes[56 + i * 4097] = 1;
    await writeFile(plain, bytes);
    await runOrThrow(LIFEBOAT, ['image', 'convert', '--level', '1', plain, packed]);
    // It has been opened, and is far from its end, once the first bytes are there.
    const reader = '{ head -c 1000000; truncate -s 45M "$1"; cat; } > /dev/null';
    const ran = await shell(`{ ntfsclone -r -o - "$1"; echo "exit $?" >&2; } | ${reader}`, packed);
    assert.match(
      ran.stderr,
      /ERROR: The source does not answer as a device any more[^\n]*\n[^\n]*\nexit 1\n$/,
    );
  });

  test('a new serial number is in both boot sectors, and nothing else has changed', async () => {
    const differences = async (file: string, than: string): Promise<number[]> =>
      (await run('cmp', ['-l', than, file])).stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => Number(line.trim().split(/\s+/)[0]) - 1);
    const longer = own.path('longer');
    await runOrThrow('cp', ['--sparse=always', volume, longer]);
    await truncate(longer, 32 * MIB + 1536);
    const backup = 32 * MIB - SECTOR;
    const sources = [
      [volume, []],
      [longer, []],
      [image, ['-r']],
    ] as const;
    for (const [source, words] of sources) {
      for (const [option, from] of [
        ['--new-serial', 0x48],
        ['--new-half-serial', 0x4c],
      ] as const) {
        const out = fresh();
        const ran = await ours('-q', ...words, option, '-o', out, source);
        const told = BigInt(/^New serial number {6}: (0x[0-9a-f]+)$/m.exec(ran.stdout)?.[1] ?? '-1');
        const bytes = await readFile(out);
        assert.equal(bytes.readBigUInt64LE(0x48), told, option);
        assert.equal(bytes.readBigUInt64LE(backup + 0x48), told, `${option} in the backup`);
        const allowed = (at: number): boolean =>
          [0, backup].some((base) => at >= base + from && at < base + 0x50);
        assert.ok((await differences(out, volume)).every(allowed), `${option} has changed something else`);
      }
    }
    const out = fresh();
    const ran = await ours('-q', '-s', '--new-serial', '-o', out, volume);
    assert.match(ran.stdout, /WARNING: --new-serial has no effect/);
    assert.equal(await difference(image, out), '');
  });

  test('the boot sector is fitted to the sectors of a device', async () => {
    const disk = own.path('4k');
    await writeFile(disk, '');
    await truncate(disk, 33 * MIB);
    // One that goes back to cluster 0 at its end, and has no cluster there.
    const stepping = fresh();
    await runOrThrow('ntfsclone', ['-q', '-m', '-s', '--ignore-fs-check', '-o', stepping, volume]);
    for (const [words, source] of [
      [[], volume],
      [['-r'], image],
      [['-r'], stepping],
    ] as const) {
      const loop = (await runOrThrow('losetup', ['--sector-size', '4096', '--find', '--show', disk])).trim();
      try {
        const ran = await ours('-q', ...words, '--adjust-sector-size', '-O', loop, source);
        assert.equal(ran.code, 0, errorsOf(ran));
      } finally {
        await runOrThrow('losetup', ['--detach', loop]);
      }
      const [old, now] = [await readFile(volume), await readFile(disk)];
      // Measured with ntfsclone 2026.9.28: these fields of the first boot sector, and nothing else.
      assert.equal(now.readUInt16LE(0x0b), 4096);
      assert.equal(now[0x0d], 1);
      assert.equal(now.readBigUInt64LE(0x28), old.readBigUInt64LE(0x28) / 8n);
      old.copy(now, 0x0b, 0x0b, 0x0e);
      old.copy(now, 0x1c, 0x1c, 0x20);
      old.copy(now, 0x28, 0x28, 0x30);
      assert.ok(now.subarray(0, SECTOR).equals(old.subarray(0, SECTOR)));
    }
    const out = fresh();
    const ran = await ours('-q', '--adjust-sector-size', '-o', out, volume);
    assert.equal(ran.code, 0);
    assert.match(ran.stdout, /has no effect/);
    assert.equal(await difference(clone, out), '');
  });

  test('forms of its own: the same bytes, other words, codes that tell', async () => {
    const [copy, saved, back] = [fresh(), fresh(), fresh()];
    const words = (...args: string[]): Promise<Ran> => run(LIFEBOAT, args);
    assert.equal((await words('clone', volume, copy)).code, 0);
    assert.equal(await difference(clone, copy), '');
    assert.equal((await words('image', 'save', '--plain', volume, saved)).code, 0);
    assert.equal(await difference(image, saved), '');
    assert.equal((await words('image', 'restore', saved, back)).code, 0);
    assert.equal(await difference(clone, back), '');
    assert.match((await words('image', 'info', saved)).stdout, /version 10\.1[\s\S]*clusters of 4\.0 KiB/);
    assert.match((await words('image', 'verify', saved)).stdout, /^Sound: all 625 clusters are there\.$/m);
    const metadata = fresh();
    await runOrThrow('ntfsclone', ['-q', '-m', '-s', '-o', metadata, volume]);
    const sound = await words('image', 'verify', metadata);
    assert.match(sound.stdout, /^Sound: it ends where it should, with 127 clusters in no order/m);
    assert.equal(sound.code, 0);
    await truncate(saved, 1_000_000);
    assert.equal((await words('image', 'verify', saved)).code, 1);
    const again = await words('clone', volume, copy);
    assert.equal(again.code, 3);
    assert.match(again.stderr, /not empty: it holds an NTFS filesystem/);
    assert.equal((await words('clone', volume, copy, '--yes')).code, 0);
    assert.equal((await words('clone', volume, volume, '--yes')).code, 3);
    assert.equal((await words('clone', volume)).code, 2);
    assert.equal((await words('image', 'guess', volume)).code, 2);
  });

  describe('on a disk with bad sectors', { skip: missing(FAILING_DISK_NEEDS) }, () => {
    test('only what is bad is lost, it is counted, and its files are named', async () => {
      let record = 0;
      await using source = await makeVolume({
        sizeBytes: 24 * MIB,
        populate: async (writer) => {
          await writer.file('Users/Ada/thesis.doc', 200_000);
          await writer.file('other.bin', 300_000);
          record = (await stat(join(writer.root, 'Users/Ada/thesis.doc'))).ino;
        },
      });
      const text = await runOrThrow('ntfsinfo', ['-f', '-v', '-i', String(record), source.image]);
      const lcn = Number.parseInt(/0x0\s+0x([0-9a-f]+)\s+0x/.exec(text)?.[1] ?? '', 16);
      const bad = (lcn * source.clusterBytes) / SECTOR + 13;
      await using disk = await failingDisk({ image: source.image, faults: [`bad ${bad} 1`] });
      const due = fresh();
      await runOrThrow('ntfsclone', ['-q', '-o', due, source.image]);
      await markBad(due, [{ start: bad * SECTOR, end: (bad + 1) * SECTOR }], SECTOR);

      const plain = await ours('-q', '-o', fresh(), disk.device);
      assert.equal(plain.code, 1);
      assert.match(plain.stdout, /ERROR\(5\): The disk is faulty/);

      const rescued = fresh();
      const ran = await ours('-q', '--rescue', '-o', rescued, disk.device);
      assert.equal(ran.code, 0, errorsOf(ran));
      assert.equal(await difference(due, rescued), '');
      assert.match(
        ran.stdout,
        new RegExp(`^WARNING: Can't read sector at ${bad * SECTOR}, lost data\\.$`, 'm'),
      );
      assert.match(ran.stdout, /^WARNING: 512 bytes in 1 place could not be read/m);
      assert.match(ran.stdout, /Users\/Ada\/thesis\.doc: 1 hole/);

      const [saved, back, own2] = [fresh(), fresh(), fresh()];
      assert.equal((await ours('-q', '--rescue', '-s', '-o', saved, disk.device)).code, 0);
      await runOrThrow('ntfsclone', ['-q', '-r', '-o', back, saved]);
      assert.equal(await difference(due, back), '');
      const friendly = await run(LIFEBOAT, ['clone', '--rescue', disk.device, own2]);
      assert.equal(friendly.code, 4, errorsOf(friendly));
      assert.equal(await difference(due, own2), '');
      assert.match(friendly.stdout, /Users\/Ada\/thesis\.doc/);

      await disk.vanish();
      const gone = await run(LIFEBOAT, ['clone', '--rescue', disk.device, fresh()]);
      assert.notEqual(gone.code, 0);
      await disk.comeBack();
    });
  });
});
