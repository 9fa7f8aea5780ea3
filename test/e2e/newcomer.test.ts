import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  copyFile,
  link,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseMapfile } from '../../src/rescue/mapfile.ts';
import { LIFEBOAT, type LifeboatRun, lifeboat } from '../support/lifeboat.ts';
import { seededRandom } from '../support/random.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';

const MIB = 2 ** 20;
const skip = missing({
  tools: ['mkntfs', 'ntfs-3g', 'ntfsclone', 'losetup', 'mkfs.ext4', 'setpriv'],
  root: true,
});

async function digest(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** One line on stderr that matches, nothing else said, the exit code as documented. */
function assertOneLine(result: LifeboatRun, code: number, text: RegExp): void {
  assert.equal(result.code, code, result.stdout + result.stderr);
  assert.match(result.stderr, text);
  assert.equal(result.stderr.trim().split('\n').length, 1, `more than one line: ${result.stderr}`);
  assert.equal(result.stdout, '');
}

describe('what a newcomer may do wrong', { skip }, () => {
  let volume: Volume;
  let folder: string;
  let image: string;
  let before_: string;
  let loop: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-e2e-'));
    volume = await makeVolume({ sizeBytes: 48 * MIB, populate: everyKind(8), seed: 31 });
    image = join(folder, 'source.img');
    await copyFile(volume.image, image);
    before_ = await digest(image);
    loop = (await runOrThrow('losetup', ['-f', '--show', image])).trim();
  });

  after(async () => {
    await runOrThrow('losetup', ['-d', loop]);
    await volume[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('words that are not understood: one line, exit 2', async () => {
    const cases: [string[], RegExp][] = [
      [['rescue'], /say what to rescue/],
      [['rescue', image], /say where to save it/],
      [['rescue', image, 'a', 'b'], /found also "b"/],
      [['rescue', '--fill', 'blue', image, 'x'], /--fill takes marker, zero or keep, found "blue"/],
      [['rescue', '--retries', '-1', image, 'x'], /retries/],
      [['rescue', '--retries', 'many', image, 'x'], /found "many"/],
      [['rescue', '--nonsense', image, 'x'], /--nonsense/],
      [['rescue', '', 'x'], /SOURCE is empty/],
      [['rescu', image, 'x'], /no command "rescu"/],
      [['help', 'rescu'], /no command "rescu"/],
    ];
    for (const [words, text] of cases) {
      assertOneLine(await lifeboat(words, { cwd: folder }), 2, text);
    }
  });

  test('a command that is misspelt: what was probably meant', async () => {
    assertOneLine(await lifeboat(['resuce']), 2, /no command "resuce" \(did you mean "rescue"\?\)/);
    assertOneLine(await lifeboat(['help', 'cone']), 2, /did you mean "clone"/);
    assertOneLine(await lifeboat(['--jsn']), 2, /no option "--jsn"/);
    assertOneLine(await lifeboat(['xyzzy']), 2, /there are: rescue, probe, /);
    assertOneLine(await lifeboat([image, 'copy.img']), 2, /lifeboat rescue SOURCE TARGET/);
    assertOneLine(await lifeboat(['jobs', join(folder, 'nowhere')]), 3, /there is no folder .*nowhere/);
    assertOneLine(await lifeboat(['bootcheck', '/etc/passwd']), 3, /neither a disk nor an image/);
  });

  test('help and version are there to be read', async () => {
    for (const words of [[], ['help'], ['--help'], ['help', 'rescue'], ['rescue', '--help'], ['--version']]) {
      const { code, stdout, stderr } = await lifeboat(words);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.match(stdout, /ifeboat/);
      assert.ok(
        stdout.split('\n').every((line) => line.length <= 118),
        'the help fits a terminal',
      );
    }
  });

  test('sources and targets that cannot be: one line, exit 3, nothing touched', async () => {
    const directory = join(folder, 'directory');
    await mkdir(directory);
    await symlink(image, join(folder, 'symlink.img'));
    await link(image, join(folder, 'hardlink.img'));
    await writeFile(join(folder, 'empty.img'), '');
    await writeFile(join(folder, 'full.img'), 'something that matters');
    const small = join(folder, 'small.bin');
    await (await open(small, 'w')).close();
    await runOrThrow('truncate', ['-s', '4M', small]);
    const smallLoop = (await runOrThrow('losetup', ['-f', '--show', small])).trim();
    const readOnlyLoop = (
      await runOrThrow('losetup', ['-r', '-f', '--show', join(folder, 'hardlink.img')])
    ).trim();
    try {
      const target = join(folder, 'new.img');
      const cases: [string, string, RegExp][] = [
        ['/dev/no-such-disk', target, /no-such-disk/],
        [directory, target, /directory/],
        ['/dev/null', target, /character device/],
        [join(folder, 'empty.img'), target, /empty|0 bytes/],
        [image, directory, /directory/],
        [image, '/dev/null', /character device/],
        [image, join(folder, 'no', 'such', 'folder', 'x.img'), /folder|directory/],
        [image, image, /same|source/],
        [image, join(folder, 'symlink.img'), /same|source/],
        [image, join(folder, 'hardlink.img'), /same|source/],
        [image, loop, /same|source/],
        [loop, image, /same|source/],
        [loop, loop, /same|source/],
        [loop, readOnlyLoop, /same|source|read-only/],
        [image, smallLoop, /4.0 MiB .* but 48.0 MiB .* are needed/],
        [image, join(folder, 'full.img'), /not empty/],
      ];
      for (const [source, to, text] of cases) {
        assertOneLine(await lifeboat(['rescue', source, to]), 3, text);
      }
      assertOneLine(
        await lifeboat(['rescue', image, target, '--map', directory]),
        3,
        /map cannot be written/,
      );
      assertOneLine(await lifeboat(['rescue', image, target, '--map', image]), 3, /it is the source/);
      assertOneLine(
        await lifeboat(['rescue', image, target, '--map', '/no/where/x.map']),
        3,
        /does not exist/,
      );
      assert.equal(await readFile(join(folder, 'full.img'), 'utf8'), 'something that matters');
      await assert.rejects(stat(target), 'a refused job makes no target');
      assert.equal(await digest(image), before_, 'the source was touched');
    } finally {
      await runOrThrow('losetup', ['-d', smallLoop]);
      await runOrThrow('losetup', ['-d', readOnlyLoop]);
    }
  });

  test('map, report and target are never one file, whatever they are called', async () => {
    const target = join(folder, 'once.img');
    const other = join(folder, '..', basename(folder), 'once.img');
    for (const [words, text] of [
      [['--report', target], /report cannot be written .* it is the target/],
      [['--report', other], /it is the target/],
      [['--map', other], /map cannot be written .* it is the target/],
      [['--report', `${target}.map`], /it is the map/],
      [['--map', join(folder, 'm'), '--report', join(folder, 'm')], /it is the map/],
      [['--map', join(folder, 'm'), '--report', join(folder, 'm.new')], /map is prepared/],
    ] as const) {
      assertOneLine(await lifeboat(['rescue', image, target, ...words]), 3, text);
      await assert.rejects(stat(target), 'nothing is made');
    }
  });

  test('nothing is written to the disk of the source', async () => {
    const disk = join(folder, 'own-disk.bin');
    await runOrThrow('truncate', ['-s', '64M', disk]);
    await runOrThrow('mkfs.ext4', ['-q', '-F', disk]);
    const device = (await runOrThrow('losetup', ['-f', '--show', disk])).trim();
    // Write protection that the last user of the node has set stays with it.
    await runOrThrow('blockdev', ['--setrw', device]);
    const point = join(folder, 'own-disk');
    await mkdir(point);
    await runOrThrow('mount', ['-o', 'ro', device, point]);
    await runOrThrow('mount', ['-o', 'remount,rw', point]);
    try {
      const target = join(folder, 'own-disk.img');
      for (const side of ['--map', '--report']) {
        const path = join(point, 'side');
        const result = await lifeboat(['rescue', device, target, '--force', side, path]);
        assertOneLine(result, 3, /it lies on the disk of the source/);
        await assert.rejects(stat(path));
      }
    } finally {
      await runOrThrow('umount', [point]);
      await runOrThrow('losetup', ['-d', device]);
    }
  });

  test('cp never replaces its source or a device, even with --force', async () => {
    const [path] = [...volume.truth.keys()].filter((each) => !each.includes(':'));
    const node = join(folder, 'node');
    await runOrThrow('mknod', [node, 'b', '7', '250']);
    for (const to of [image, node]) {
      const { code } = await lifeboat(['cp', '-f', image, path ?? '', to]);
      assert.equal(code, 3);
    }
    assert.equal(await digest(image), before_);
    assert.ok((await stat(node)).isBlockDevice());
  });

  test('output that cannot be written does not end a rescue, and is told in one line', async () => {
    const target = join(folder, 'unheard.img');
    const shell = `${LIFEBOAT} rescue ${image} ${target} --json > /dev/full`;
    const { code, stderr } = await run('bash', ['-c', shell]);
    assert.equal(code, 1);
    assert.match(stderr, /^lifeboat: the output could not be written \(ENOSPC\)\.\n$/);
    const theirs = join(folder, 'unheard-theirs.img');
    await runOrThrow('ntfsclone', ['-q', '-f', '-O', theirs, image]);
    await runOrThrow('cmp', [theirs, target]);
  });

  test('even --force does not make the source its own target', async () => {
    for (const target of [image, loop, join(folder, 'symlink.img')]) {
      assertOneLine(await lifeboat(['rescue', image, target, '--force', '--yes']), 3, /same|source/);
    }
    assert.equal(await digest(image), before_);
  });

  test('a mounted target is refused, and --force changes nothing about it', async () => {
    const disk = join(folder, 'mounted.bin');
    await runOrThrow('truncate', ['-s', '64M', disk]);
    await runOrThrow('mkfs.ext4', ['-q', '-F', disk]);
    const device = (await runOrThrow('losetup', ['-f', '--show', disk])).trim();
    // Write protection that the last user of the node has set stays with it.
    await runOrThrow('blockdev', ['--setrw', device]);
    const point = join(folder, 'mount');
    await mkdir(point);
    await runOrThrow('mount', [device, point]);
    try {
      await writeFile(join(point, 'precious'), 'data');
      assertOneLine(await lifeboat(['rescue', image, device, '--yes']), 3, /mounted/);
      assertOneLine(await lifeboat(['rescue', image, device, '--force']), 3, /mounted/);
      assert.equal(await readFile(join(point, 'precious'), 'utf8'), 'data');
    } finally {
      await runOrThrow('umount', [point]);
      await runOrThrow('losetup', ['-d', device]);
    }
  });

  test('without permission: one line that says so', async () => {
    // A user who may run the program, but may not read the disk.
    const result = await run('setpriv', [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      LIFEBOAT,
      'rescue',
      loop,
      '/tmp/lifeboat-not-permitted.img',
    ]);
    assert.equal(result.code, 3, result.stderr);
    assert.match(result.stderr, /permission|root/i);
    assert.equal(result.stderr.trim().split('\n').length, 1);
  });

  test('a file that is no NTFS volume is saved whole, and it says so', async () => {
    const noise = join(folder, 'noise.bin');
    const bytes = seededRandom(3).fill(new Uint8Array(3 * MIB + 700));
    await writeFile(noise, bytes);
    const copy = join(folder, 'noise-copy.bin');
    const { code, stdout } = await lifeboat(['rescue', noise, copy]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /No NTFS structure could be read/);
    assert.ok(Buffer.from(bytes).equals(await readFile(copy)));
  });

  test('a full target stops the run with exit 1 and a map that is true', async () => {
    const disk = join(folder, 'tiny.bin');
    await runOrThrow('truncate', ['-s', '9M', disk]);
    await runOrThrow('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', disk]);
    const point = join(folder, 'tiny');
    await mkdir(point);
    await runOrThrow('mount', ['-o', 'loop', disk, point]);
    try {
      const target = join(point, 'copy.img');
      // Beside the target, on the file system that runs full: what was saved until then must still be written down.
      const map = `${target}.map`;
      const { code, stdout, stderr } = await lifeboat(['rescue', image, target, '--wait', '0']);
      assert.equal(code, 1, stdout + stderr);
      assert.match(stdout, /target is full/);
      const { map: saved } = parseMapfile(await readFile(map, 'utf8'), 48 * MIB);
      assert.ok(saved.bytesWith('+').totalBytes > MIB, 'the map has forgotten what was saved');
      const [copy, original] = [await readFile(target), await readFile(image)];
      for (const { start, end } of saved.bytesWith('+')) {
        assert.ok(copy.subarray(start, end).equals(original.subarray(start, end)));
      }
    } finally {
      await runOrThrow('umount', [point]);
    }
  });

  test('a map of another source, or one without its target, is refused', async () => {
    const target = join(folder, 'first.img');
    assert.equal((await lifeboat(['rescue', image, target])).code, 0);
    const other = join(folder, 'other.img');
    await copyFile(image, other);
    await runOrThrow('truncate', ['-s', '+4096', other]);
    assertOneLine(await lifeboat(['rescue', other, target]), 3, /map .* does not fit|not of this source/);
    // The same size, other content: told by samples of what the map calls saved.
    const twin = join(folder, 'twin.img');
    await copyFile(image, twin);
    const file = await open(twin, 'r+');
    await file.write(Buffer.alloc(4096, 1), 0, 4096, 0);
    await file.close();
    assertOneLine(await lifeboat(['rescue', twin, target]), 3, /differ at byte/);
    await rm(target);
    assertOneLine(await lifeboat(['rescue', image, target]), 3, /target .* is not there/);
  });

  test('--yes overwrites a target file, and nothing of its old content shines through', async () => {
    const target = join(folder, 'overwritten.img');
    await writeFile(target, Buffer.alloc(60 * MIB, 0xa5));
    const { code, stdout, stderr } = await lifeboat(['rescue', image, target, '--yes']);
    assert.equal(code, 0, stdout + stderr);
    const theirs = join(folder, 'theirs.img');
    await runOrThrow('ntfsclone', ['-q', '-f', '-O', theirs, image]);
    await runOrThrow('cmp', [theirs, target]);
  });
});
