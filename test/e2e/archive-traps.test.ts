import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { loopDevice } from '../../scripts/loop-device.ts';
import { accountDifferences, judgeVolume } from '../support/archive-judge.ts';
import { ARCHIVE_NEEDS, archive, emptyDevice, leftovers, sha256 } from '../support/archive-rig.ts';
import { forgeHeader } from '../support/archive-sample.ts';
import { makeArchiveVolume } from '../support/archive-volume.ts';
import { extentsOf } from '../support/e2e-places.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { LIFEBOAT, type LifeboatRun, startLifeboat } from '../support/lifeboat.ts';
import { seededRandom } from '../support/random.ts';
import { terminalSession } from '../support/terminal-session.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
import { mountVolume } from '../support/volume-mount.ts';

const MIB = 2 ** 20;
const skip = missing({
  tools: [
    ...ARCHIVE_NEEDS.tools,
    ...FAILING_DISK_NEEDS.tools,
    'tmux',
    'mkfs.vfat',
    'mkfs.ext4',
    'debugfs',
    'blkid',
  ],
  root: true,
});

const assertCode = (result: LifeboatRun, code: number): void => {
  assert.equal(result.code, code, `${result.stdout}\n${result.stderr}`);
};

/** A refusal: one line that says this, and nothing begun. */
function assertRefused(result: LifeboatRun, text: RegExp): void {
  assertCode(result, 3);
  assert.match(result.stderr, text);
  assert.equal(result.stderr.trim().split('\n').length, 1, result.stderr);
}

describe('the traps of FSArchiver', { skip }, () => {
  let own: Scratch;
  const random = seededRandom(21);
  const noise = (bytes: number): Uint8Array => random.fill(new Uint8Array(bytes));

  before(async () => {
    own = await scratch();
  });
  after(async () => {
    await own[Symbol.asyncDispose]();
  });

  /** A small volume with a few files. */
  async function smallVolume(
    name: string,
    label = 'small',
    more: (root: string) => void = () => undefined,
  ): Promise<string> {
    const image = own.path(`${name}.img`);
    await makeArchiveVolume(image, {
      sizeBytes: 30 * MIB,
      label,
      populate: (root) => {
        mkdirSync(join(root, 'folder'));
        writeFileSync(join(root, 'folder/file.txt'), 'content');
        writeFileSync(join(root, 'folder/file.txt:stream'), 'stream');
        more(root);
      },
    });
    return image;
  }

  for (const label of ["a'$(touch PROOF)'b", "Win'dows", '$(touch PROOF)', '`touch PROOF`']) {
    test(`the label ${label} runs nothing and comes back`, async () => {
      const proof = own.path('P');
      const shown = label.replace('PROOF', proof).slice(0, 100);
      const image = await smallVolume('label', shown);
      const path = own.path('label.fsa');
      assertCode(await archive('save', path, image), 0);
      await using target = await emptyDevice(own.path('label-target.img'), 30 * MIB);
      assertCode(await archive('restore', path, target.device, '--yes'), 0);
      assert.equal(existsSync(proof), false, 'a command in the label was run');
      assert.equal(await runOrThrow('ntfslabel', ['-f', target.device]), `${shown}\n`);
      for (const file of [path, `${path}.side`]) await rm(file);
    });
  }

  test('a command in another text of an archive is refused before anything is erased', async () => {
    const ext = own.path('ext.img');
    await writeFile(ext, '');
    await truncate(ext, 20 * MIB);
    await runOrThrow('mkfs.ext4', ['-q', '-F', '-U', '11111111-2222-3333-4444-555555555555', ext]);
    const path = own.path('ext.fsa');
    assertCode(await archive('save', path, ext), 0);
    await forgeHeader(
      path,
      'FsIn',
      '11111111-2222-3333-4444-555555555555',
      '$(touch /tmp/lifeboat-proof)333-4444',
    );
    await using target = await emptyDevice(own.path('ext-target.img'), 30 * MIB);
    assertRefused(await archive('restore', path, target.device, '--yes'), /would run as a command/);
    assert.equal(existsSync('/tmp/lifeboat-proof'), false);
    assert.equal((await stat(own.path('ext-target.img'))).blocks, 0);
  });

  describe('files that cannot be read', () => {
    let image: string;
    let bad: string[];
    before(async () => {
      image = own.path('bad.img');
      await makeArchiveVolume(image, {
        sizeBytes: 60 * MIB,
        populate: (root) => {
          for (const folder of ['a', 'b', 'c', 'd']) mkdirSync(join(root, folder));
          for (let i = 0; i < 60; i++) writeFileSync(join(root, `a/small ${i}.txt`), `small ${i}`);
          writeFileSync(join(root, 'b/first.bin'), noise(900_000));
          writeFileSync(join(root, 'b/middle.bin'), noise(900_000));
          writeFileSync(join(root, 'b/medium.bin'), noise(20_000));
          writeFileSync(join(root, 'b/good.bin'), noise(300_000));
          writeFileSync(join(root, 'b/good.bin:stream'), noise(100_000));
          for (let i = 0; i < 60; i++) writeFileSync(join(root, `c/small ${i}.bin`), noise(3000));
          writeFileSync(join(root, 'd/with a lost neighbour.txt'), 'neighbour');
          writeFileSync(join(root, 'd/lost record.txt'), 'lost');
        },
      });
      const sector = async (path: string, offset: number): Promise<number> => {
        const text = await runOrThrow('ntfscluster', ['-f', '-F', path, image]);
        const [, vcn, lcn] = /^\s+(\d+)\s+(\d+)\s+\d+\s*$/m.exec(text) ?? [];
        return (Number(lcn) - Number(vcn)) * 8 + Math.floor(offset / 512);
      };
      bad = [
        `bad ${await sector('b/first.bin', 0)} 1`,
        `bad ${await sector('b/middle.bin', 600_000)} 1`,
        `bad ${await sector('b/medium.bin', 9000)} 1`,
        `bad ${await sector('b/good.bin', 0)} 0`,
      ].filter((line) => !line.endsWith(' 0'));
    });

    test('they are named, with an exit code of their own, and everything else restores', async () => {
      const path = own.path('bad.fsa');
      {
        await using disk = await failingDisk({ image, faults: bad, timescale: 0 });
        const result = await archive('save', path, disk.device);
        assertCode(result, 4);
        for (const name of ['first', 'middle', 'medium']) {
          assert.match(result.stdout, new RegExp(`Damaged: b/${name}\\.bin: 512 of its \\d+ bytes`));
        }
        assert.doesNotMatch(result.stdout, /Damaged: b\/good/);
        const { writes } = await disk.stats();
        assert.equal(writes, 0, 'the source was written to');
      }
      assertCode(await archive('verify', path), 4);
      await using target = await emptyDevice(own.path('bad-target.img'), 60 * MIB);
      // FSArchiver alone restores all but the one that it could not begin to read.
      const plain = await run('fsarchiver', ['restfs', path, `id=0,dest=${target.device},label=plain`]);
      assert.equal(plain.code, 0, plain.stderr);
      assert.match(plain.stderr, /processed:\.+regfiles=12\d, directories=5/);
      const restored = await archive('restore', path, target.device, '--yes');
      assertCode(restored, 0);
      assert.match(restored.stdout, /3 objects had been damaged already/);
      await using mounted = await mountVolume(target.device, { readOnly: true });
      await using source = await mountVolume(image, { readOnly: true });
      for (const [name, offset] of [
        ['first', 0],
        ['middle', 600_000 - (600_000 % 512)],
        ['medium', 9000 - (9000 % 512)],
        ['good', -1],
      ] as const) {
        const before = await readFile(join(source.root, `b/${name}.bin`));
        if (offset >= 0) before.fill(0, offset, offset + 512);
        const after = await readFile(join(mounted.root, `b/${name}.bin`));
        assert.ok(before.equals(after), `b/${name}.bin is not all that could be read`);
      }
      assert.equal((await readdir(join(mounted.root, 'c'))).length, 60);
    });

    test('a record that cannot be read, which ends FSArchiver, costs that file alone', async () => {
      const inode = /^Dumping Inode (\d+)/m.exec(
        await runOrThrow('ntfsinfo', ['-f', '-F', 'd/lost record.txt', image]),
      )?.[1];
      const extents = (await extentsOf(image, 4096, 0)).get('80') ?? [];
      const at = (extents[0]?.place.start ?? 0) + Number(inode) * 1024;
      const path = own.path('record.fsa');
      await using disk = await failingDisk({ image, faults: [`bad ${at / 512} 2`], timescale: 0 });
      const result = await archive('save', path, disk.device);
      assertCode(result, 4);
      assert.match(result.stdout, /folder d cannot be read.* goes into the side file/);
      assert.match(result.stdout, /Lost: d\/lost record\.txt/);
      await using target = await emptyDevice(own.path('record-target.img'), 60 * MIB);
      assertCode(await archive('restore', path, target.device, '--yes'), 0);
      await using mounted = await mountVolume(target.device, { readOnly: true });
      assert.equal(await readFile(join(mounted.root, 'd/with a lost neighbour.txt'), 'utf8'), 'neighbour');
    });
  });

  test('an archive that exists is never written over, nor lost when a save fails', async () => {
    const image = await smallVolume('exists');
    const path = own.path('exists.fsa');
    await writeFile(path, 'old and precious');
    assertRefused(await archive('save', path, image), /exists already/);
    assert.equal(await readFile(path, 'utf8'), 'old and precious');
    assertRefused(await archive('save', own.path('nowhere/x.fsa'), image), /no folder/);
    assertRefused(await archive('save', own.path('y.fsa'), own.path('not-there.img')), /does not exist/);
  });

  test('a target that is too small is refused before it is erased', async () => {
    const image = await smallVolume('big', 'big', (root) =>
      writeFileSync(join(root, 'big.bin'), noise(15 * MIB)),
    );
    const path = own.path('big.fsa');
    assertCode(await archive('save', path, image), 0);
    const file = own.path('tiny.img');
    await writeFile(file, Buffer.alloc(12 * MIB, 0x55));
    const before = await sha256(file);
    {
      await using target = await loopDevice(file);
      assertRefused(await archive('restore', path, target.device, '--yes'), /about .* are needed/);
    }
    assert.equal(await sha256(file), before);
    {
      // Who insists gets a full target, and is told so.
      await using target = await loopDevice(file);
      const forced = await archive('restore', path, target.device, '--force');
      assertCode(forced, 1);
      assert.match(forced.stderr, /is full before everything is restored/);
    }
  });

  test('damage in an archive: contents cost their file, structure is refused', async () => {
    const image = await smallVolume('damage', 'damage', (root) => {
      writeFileSync(join(root, 'one.bin'), noise(400_000));
      writeFileSync(join(root, 'two.bin'), noise(400_000));
    });
    const path = own.path('damage.fsa');
    assertCode(await archive('save', path, image), 0);
    const bytes = await readFile(path);
    const place = bytes.indexOf('/one.bin');
    const hurt = Buffer.from(bytes);
    hurt[place + 2000] = (hurt[place + 2000] as number) ^ 1;
    await writeFile(path, hurt);
    const verified = await archive('verify', path);
    assertCode(verified, 1);
    assert.match(verified.stdout, /\/one\.bin: its content is damaged/);
    await using target = await emptyDevice(own.path('damage-target.img'), 40 * MIB);
    assertRefused(await archive('restore', path, target.device, '--yes', '--check'), /content of \/one\.bin/);
    assert.equal((await stat(own.path('damage-target.img'))).blocks, 0);
    const restored = await archive('restore', path, target.device, '--yes');
    assertCode(restored, 4);
    assert.match(restored.stdout, /Not restored: one\.bin: its content is damaged in the archive/);
    assert.match(restored.stdout, /Different: one\.bin: missing/);
    await writeFile(path, bytes.subarray(0, bytes.length - 1000));
    assertRefused(await archive('restore', path, target.device, '--yes'), /cut off/);
    // A side file of another archive, and a damaged one.
    await writeFile(path, bytes);
    const side = await readFile(`${path}.side`);
    await writeFile(`${path}.side`, Buffer.concat([side.subarray(0, 400), Buffer.of(1), side.subarray(401)]));
    assertRefused(await archive('restore', path, target.device, '--yes'), /side file .* damaged/);
    const without = await archive('restore', path, target.device, '--yes', '--without-side-file');
    assertCode(without, 0);
    assert.match(without.stdout, /Without the side file/);
  });

  for (const [clusterBytes, sizeMib] of [
    [512, 30],
    [65_536, 60],
    [131_072, 90],
    [2_097_152, 3000],
  ] as const) {
    test(`clusters of ${clusterBytes} bytes come back`, async () => {
      const image = own.path(`clusters-${clusterBytes}.img`);
      await makeArchiveVolume(image, {
        sizeBytes: sizeMib * MIB,
        clusterBytes,
        populate: (root) => {
          writeFileSync(join(root, 'file.bin'), noise(100_000));
          writeFileSync(join(root, 'file.bin:stream'), noise(70_000));
        },
      });
      const path = own.path(`clusters-${clusterBytes}.fsa`);
      assertCode(await archive('save', path, image), 0);
      await using target = await emptyDevice(
        own.path(`clusters-${clusterBytes}-target.img`),
        (sizeMib + 20) * MIB,
      );
      assertCode(await archive('restore', path, target.device, '--yes'), 0);
      assert.deepEqual(accountDifferences(await judgeVolume(image), await judgeVolume(target.device)), []);
      for (const file of [path, `${path}.side`, image]) await rm(file);
    });
  }

  test('a volume with sectors of 512 bytes goes to a disk with sectors of 4096', async () => {
    const image = await smallVolume('sectors');
    const path = own.path('sectors.fsa');
    assertCode(await archive('save', path, image), 0);
    await using target = await emptyDevice(own.path('4kn.img'), 40 * MIB, { sectorBytes: 4096 });
    const result = await archive('restore', path, target.device, '--yes');
    assertCode(result, 0);
    assert.match(result.stdout, /loader was left out/);
    const file = await open(own.path('4kn.img'), 'r');
    const boot = Buffer.alloc(512);
    await file.read(boot, 0, 512, 0);
    await file.close();
    assert.equal(boot.readUInt16LE(0x0b), 4096);
  });

  test('dirty, sleeping and encrypted volumes are explained, and passed where that is possible', async () => {
    const image = await smallVolume('quiet', 'quiet', (root) =>
      writeFileSync(join(root, 'hiberfil.sys'), Buffer.concat([Buffer.from('HIBR'), noise(8000)])),
    );
    assertRefused(await archive('save', own.path('q1.fsa'), image), /A Windows sleeps on .*--force/);
    assertCode(await archive('save', own.path('q1.fsa'), image, '--force'), 0);
    assert.doesNotMatch((await archive('list', own.path('q1.fsa'))).stdout, /hiberfil/);
    const dirty = await smallVolume('dirty');
    await runOrThrow('ntfsfix', [dirty]);
    assertRefused(
      await archive('save', own.path('q2.fsa'), dirty),
      /marked .* for a check \(dirty\).*--force/,
    );
    assertCode(await archive('save', own.path('q2.fsa'), dirty, '--force'), 0);
    const locked = own.path('bitlocker.img');
    const head = Buffer.alloc(4 * MIB);
    head.write('\u00eb\u0058\u0090-FVE-FS-', 0, 'latin1');
    head.writeUInt16LE(512, 11);
    head[13] = 8;
    await writeFile(locked, head);
    assertRefused(await archive('save', own.path('q3.fsa'), locked), /BitLocker|does not know/);
    const exfat = own.path('exfat.img');
    await writeFile(exfat, Buffer.alloc(4 * MIB, 1));
    assertRefused(await archive('save', own.path('q4.fsa'), exfat), /does not know what is in/);
  });

  test('the journal of a Linux volume that was not closed is not replayed on the source', async () => {
    const ext = own.path('unclean-ext4.img');
    await writeFile(ext, Buffer.alloc(30 * MIB));
    await runOrThrow('mkfs.ext4', ['-q', '-F', ext]);
    await runOrThrow('debugfs', ['-w', '-R', 'feature +needs_recovery', ext]);
    const before = await sha256(ext);
    const result = await archive('save', own.path('u.fsa'), ext);
    assertCode(result, 1);
    assert.match(result.stderr, /cannot be mounted read-only: .*journal waits to be replayed/);
    assert.equal(await sha256(ext), before);
  });

  test('mounted sources and targets, and an archive on its own source or target, are refused', async () => {
    const image = await smallVolume('guard');
    const path = own.path('guard.fsa');
    assertCode(await archive('save', path, image), 0);
    await using source = await loopDevice(image);
    const place = own.path('guard-mount');
    await mkdir(place);
    await runOrThrow('ntfs-3g', ['-o', 'ro', source.device, place]);
    assertRefused(await archive('save', own.path('g.fsa'), source.device), /mounted at/);
    assertRefused(await archive('restore', path, source.device, '--yes'), /is mounted at/);
    await runOrThrow('umount', [place]);
    const file = own.path('guard-file.img');
    await copyFile(image, file);
    assertRefused(await archive('restore', path, file, '--yes'), /no disk or partition/);
    assertRefused(await archive('save', own.path('g.fsa'), source.device, image), /are the same/);
    assertRefused(await archive('restore', path, `7=${source.device}`, '--yes'), /no file system 7/);
    assertRefused(await archive('restore', path, source.device), /is not empty: it holds an NTFS/);
    const json = await archive('restore', path, source.device, '--json');
    assertCode(json, 3);
  });

  test('on a terminal the name of the target is asked for, and the password is not shown', async () => {
    const image = await smallVolume('asked');
    const path = own.path('asked.fsa');
    {
      await using terminal = await terminalSession(['archive', 'save', path, image, '--encrypt']);
      await terminal.until(/Password of the archive:/);
      await terminal.type('a secret word');
      await terminal.press('Enter');
      await terminal.until(/The same again:/);
      await terminal.type('a secret word');
      await terminal.press('Enter');
      const screen = await terminal.until(/ended with 0/);
      assert.doesNotMatch(screen.join('\n'), /secret/);
    }
    const file = own.path('asked-target.img');
    await copyFile(image, file);
    await using target = await loopDevice(file);
    await using terminal = await terminalSession(['archive', 'restore', path, target.device]);
    await terminal.until(/Password of the archive:/);
    await terminal.type('a secret word');
    await terminal.press('Enter');
    await terminal.until(/Type loop\d+ to overwrite it/);
    await terminal.type(target.device.slice(5));
    await terminal.press('Enter');
    const screen = await terminal.until(/ended with \d/);
    assert.match(screen.join('\n'), /no difference[\s\S]*ended with 0/);
  });

  describe('ended in the middle', () => {
    let image: string;
    let sum: string;
    before(async () => {
      image = own.path('long.img');
      await makeArchiveVolume(image, {
        sizeBytes: 300 * MIB,
        populate: (root) => {
          // One large file, inside of which FSArchiver itself tells nothing.
          writeFileSync(join(root, 'large.bin'), noise(120 * MIB));
          writeFileSync(join(root, 'large.bin:stream'), noise(200_000));
        },
      });
      sum = await sha256(image);
    });

    /** Starts a save that takes a while, and waits until it is at work inside of the large file. */
    async function working(path: string, ...more: string[]) {
      const started = startLifeboat([
        'archive',
        'save',
        path,
        image,
        '--level',
        '19',
        '--threads',
        '1',
        '--json',
        ...more,
      ]);
      const shares: number[] = [];
      await started.event((event) => {
        const { phase, share } = event as unknown as { phase?: string; share?: number };
        if (phase === 'saving' && share !== undefined) shares.push(share);
        return new Set(shares).size >= 3;
      });
      assert.ok((shares.at(-1) ?? 1) < 0.99, `it was nearly done: ${shares}`);
      return started;
    }

    test('Ctrl-C: nothing mounted, no archive, exit code 5; and the password was in no command line', async () => {
      const word = own.path('word');
      await writeFile(word, 'hunter2hunter2\n');
      const path = own.path('stopped.fsa');
      const started = await working(path, '--password-file', word);
      const commands = await runOrThrow('ps', ['-eo', 'args']);
      assert.match(commands, /fsarchiver .*savefs/);
      assert.doesNotMatch(commands, /hunter2/);
      process.kill(started.child.pid as number, 'SIGINT');
      const result = await started.ended;
      assertCode(result, 5);
      assert.match(result.stderr, /Stopped by you/);
      assert.deepEqual(await leftovers(image, path), []);
      assert.deepEqual(
        (await readdir(own.path(''))).filter((name) => name.includes('stopped')),
        [],
      );
    });

    test('SIGKILL of FSArchiver: an error, nothing mounted, no archive', async () => {
      const path = own.path('killed.fsa');
      const started = await working(path);
      const pids = (await runOrThrow('pgrep', ['-f', '^fsarchiver .*killed'])).trim().split('\n');
      for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
      const result = await started.ended;
      assertCode(result, 1);
      assert.match(result.stderr, /did not come through/);
      assert.deepEqual(await leftovers(image, path), []);
      assert.equal(existsSync(path), false);
    });

    test('SIGKILL of Lifeboat: its mounts and processes go with it, and the next save clears the rest', async () => {
      const path = own.path('dead.fsa');
      const started = await working(path);
      started.child.kill('SIGKILL');
      await started.ended;
      for (let i = 0; i < 100 && (await leftovers(image, path)).length > 0; i++) await delay(50);
      assert.deepEqual(await leftovers(image, path), []);
      assert.ok(existsSync(own.path('.dead.fsa.part')));
      const again = await archive('save', path, image, '--level', '1');
      assertCode(again, 0);
      assert.match(again.stdout, /was cut off had left behind was removed/);
      assert.equal(existsSync(own.path('.dead.fsa.part')), false);
      assert.equal(await sha256(image), sum);
    });

    test('a drive that is full: said so, and no archive is left', async () => {
      const place = own.path('full');
      await mkdir(place);
      await runOrThrow('mount', ['-t', 'tmpfs', '-o', 'size=30M', 'tmpfs', place]);
      try {
        assertRefused(await archive('save', join(place, 'x.fsa'), image), /are free in/);
        const forced = await archive('save', join(place, 'x.fsa'), image, '--force');
        assertCode(forced, 1);
        assert.match(forced.stderr, /is full; the unfinished archive was removed/);
        assert.deepEqual(await readdir(place), []);
      } finally {
        await runOrThrow('umount', [place]);
      }
    });

    test('Ctrl-C in a restore: nothing mounted, and it is said that the target is of no use', async () => {
      const path = own.path('dead.fsa');
      const file = own.path('stopped-target.img');
      await using target = await emptyDevice(file, 200 * MIB);
      const started = startLifeboat(['archive', 'restore', path, target.device, '--yes', '--json']);
      await started.event((event) => (event as unknown as { phase?: string }).phase === 'restoring');
      await delay(300);
      process.kill(started.child.pid as number, 'SIGINT');
      const result = await started.ended;
      assertCode(result, 5);
      assert.match(result.stderr, /incomplete and of no use/);
      assert.deepEqual(await leftovers(target.device), []);
    });
  });

  test('wrong words touch nothing', async () => {
    for (const words of [
      [],
      ['save', own.path('w.fsa'), '/dev/null', '--level', '23'],
      ['save', own.path('w.fsa'), '/dev/null', '--check'],
      ['restore', own.path('w.fsa')],
      ['pack', 'x'],
    ]) {
      const result = await archive(...words);
      assertCode(result, 2);
      assert.equal(result.stderr.trim().split('\n').length, 1);
    }
    const none = await run('setpriv', [
      '--reuid',
      '65534',
      '--clear-groups',
      LIFEBOAT,
      'archive',
      'info',
      own.path('none.fsa'),
    ]);
    assert.equal(none.code, 3);
  });
});
