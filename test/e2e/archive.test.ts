import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { copyFile, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { accountDifferences, judgeVolume } from '../support/archive-judge.ts';
import { ARCHIVE_NEEDS, archive, emptyDevice, leftovers, linesOf, sha256 } from '../support/archive-rig.ts';
import { makeArchiveVolume } from '../support/archive-volume.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import type { LifeboatRun } from '../support/lifeboat.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';
import { mountVolume } from '../support/volume-mount.ts';

const MIB = 2 ** 20;
const skip = missing(ARCHIVE_NEEDS);

const assertCode = (result: LifeboatRun, code: number): void => {
  assert.equal(result.code, code, `${result.stdout}\n${result.stderr}`);
};

/** What is left out on purpose, and nothing else. */
const isLeftOut = (line: string): boolean => /^\/?(?:hiberfil|pagefile)\.sys: /.test(line);

describe('archives of NTFS volumes', { skip }, () => {
  let own: Scratch;
  let image: string;
  let saved: string;
  /** What others tell of the source. */
  let truth: Map<string, string>;
  let imageSum: string;

  before(async () => {
    own = await scratch();
    image = own.path('source.img');
    saved = own.path('windows.fsa');
    await makeArchiveVolume(image, { sizeBytes: 120 * MIB, label: "Win'dows $(touch x)" });
    truth = await judgeVolume(image);
    imageSum = await sha256(image);
    await using source = await loopDevice(image);
    const result = await archive('save', saved, source.device, '--level', '3', '--label', 'a label');
    assertCode(result, 0);
    assert.match(result.stdout, /hiberfil\.sys .*Windows makes it anew/);
    assert.match(result.stdout, /15 alternate streams/);
  });

  after(async () => {
    await own[Symbol.asyncDispose]();
  });

  test('the source is not changed, and nothing is left behind', async () => {
    assert.equal(await sha256(image), imageSum);
    assert.deepEqual(await leftovers(image, saved), []);
    assert.deepEqual(
      (await readdir(own.path(''))).filter((name) => name.includes('.part')),
      [],
    );
  });

  for (const [name, sizeBytes] of [
    ['smaller', 60 * MIB],
    ['larger', 300 * MIB],
  ] as const) {
    test(`everything comes back on a ${name} partition`, async () => {
      const path = own.path(`${name}.img`);
      await using target = await emptyDevice(path, sizeBytes);
      const result = await archive('restore', saved, target.device, '--yes');
      assertCode(result, 0);
      assert.match(result.stdout, /no difference\./);
      const differences = accountDifferences(truth, await judgeVolume(target.device));
      assert.deepEqual(
        differences.filter((line) => !isLeftOut(line)),
        [],
      );
      assert.ok(truth.size > 600, `only ${truth.size} facts were compared`);
      await assertBehindCloudFolder(target.device);
      assert.match(await runOrThrow('ntfslabel', ['-f', target.device]), /^Win'dows \$\(touch x\)\n/);
      await assertBootArea(path);
      // Times of the records themselves, which no driver sets, are as they were.
      assert.doesNotMatch(result.stdout, /record itself last changed/);
      assert.deepEqual(await leftovers(target.device), []);
    });
  }

  /** ntfs-3g does not go into a folder that is a cloud placeholder; the tools that read the volume themselves do. */
  async function assertBehindCloudFolder(device: string): Promise<void> {
    for (const path of ['below/deeper.bin', 'in the cloud.txt']) {
      const words = ['-f', device, `reparse/cloud folder/${path}`];
      const [before, after] = [
        await run('ntfscat', ['-f', image, `reparse/cloud folder/${path}`]),
        await run('ntfscat', words),
      ];
      assert.equal(after.code, 0, after.stderr);
      assert.ok(before.stdout.length > 1000 && after.stdout === before.stdout, path);
    }
    const stream = await run('ntfscat', [
      '-f',
      '-n',
      'stream',
      device,
      'reparse/cloud folder/in the cloud.txt',
    ]);
    assert.equal(stream.stdout, 'stream');
  }

  async function assertBootArea(path: string): Promise<void> {
    const [before, after] = [Buffer.alloc(8192), Buffer.alloc(8192)];
    for (const [file, into] of [
      [image, before],
      [path, after],
    ] as const) {
      const handle = await open(file, 'r');
      await handle.read(into, 0, into.length, 0);
      if (file === path) {
        const backup = Buffer.alloc(512);
        await handle.read(backup, 0, 512, Number(into.readBigUInt64LE(0x28)) * 512);
        assert.ok(backup.equals(into.subarray(0, 512)), 'the backup boot sector is another one');
      }
      await handle.close();
    }
    assert.ok(after.subarray(0x54, 0x1fe).equals(before.subarray(0x54, 0x1fe)), 'the loader is another one');
    assert.ok(after.subarray(512).equals(before.subarray(512)), 'the loader behind it is another one');
    assert.ok(after.subarray(0x48, 0x50).equals(before.subarray(0x48, 0x50)), 'another serial number');
    assert.equal(after.readUInt16LE(0x18), 63);
    assert.equal(after.readUInt16LE(0x1a), 255);
    // A loop device over a whole file begins at its own start.
    assert.equal(after.readUInt32LE(0x1c), 0);
  }

  test('compare tells every kind of difference, and a plain restore still works', async () => {
    const path = own.path('plain.img');
    await using target = await emptyDevice(path, 90 * MIB);
    const plain = await run('fsarchiver', ['restfs', saved, `id=0,dest=${target.device},label=plain`]);
    assert.match(plain.stderr, /Statistics for filesystem 0/, plain.stderr);
    const result = await archive('compare', saved, target.device, '--json');
    assertCode(result, 4);
    const told = linesOf(result).filter(({ event }) => event === 'difference');
    const kinds = new Set(told.map(({ what }) => what));
    for (const kind of [
      'volume',
      'stream-missing',
      'compression',
      'holes',
      'encryption',
      'extended',
      'object-id',
      'type',
      'size',
      'attributes',
      'missing',
    ]) {
      assert.ok(kinds.has(kind), `no difference of the kind ${kind} was told: ${[...kinds].join(' ')}`);
    }
    // Whatever others see differ is told, and of nothing else.
    const seen = accountDifferences(truth, await judgeVolume(target.device)).filter(
      (line) => !isLeftOut(line),
    );
    const toldPaths = new Set(told.map(({ path: each }) => Buffer.from(String(each)).toString('latin1')));
    const untold = seen
      .map(
        (line) =>
          /^\/?([\s\S]*?): (?:kind|target|size|content|link|stream|bytes of|clusters|system\.)/.exec(
            line,
          )?.[1] ?? line,
      )
      .filter((each) => ![...toldPaths].some((one) => one === each || quotedLike(each) === one));
    // A further name of an object is told under the first one.
    const firstNames = (each: string): string => truth.get(`/${each}: link`)?.slice(1) ?? each;
    assert.deepEqual(
      [...new Set(untold)].filter((each) => !toldPaths.has(firstNames(each))),
      [],
    );
    assertCode(await archive('compare', saved, image), 0);
    assertCode(await archive('compare', image, image), 0);
  });

  /** getfattr prints odd bytes of names as octal numbers. */
  const quotedLike = (text: string): string =>
    text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

  test('one changed byte, one extra file and one other time are told', async () => {
    const path = own.path('changed.img');
    await copyFile(image, path);
    {
      await using mounted = await mountVolume(path);
      const file = await open(join(mounted.root, 'plain/5000.bin'), 'r+');
      await file.write('x', 4321);
      await file.close();
      await writeFile(join(mounted.root, 'extra.txt'), 'extra');
      await rename(join(mounted.root, 'names/trailing.'), join(mounted.root, 'names/renamed'));
    }
    const result = await archive('compare', image, path, '--json');
    assertCode(result, 4);
    const told = linesOf(result).filter(({ event }) => event === 'difference');
    const of = (what: string): unknown[] =>
      told.filter((one) => one.what === what).map(({ path: each }) => each);
    assert.deepEqual(of('content'), ['plain/5000.bin']);
    assert.deepEqual(of('extra').sort(), ['extra.txt', 'names/renamed']);
    assert.deepEqual(of('missing'), ['names/trailing.']);
    assert.ok(of('times').includes('plain/5000.bin'));
  });

  test('info, list and verify read it without FSArchiver', async () => {
    const info = await archive('info', saved);
    assertCode(info, 0);
    const theirs = (await run('fsarchiver', ['archinfo', saved])).stderr;
    const id = /Archive id:\s+(\w+)/.exec(theirs)?.[1] ?? 'none';
    assert.ok(info.stdout.includes(id), theirs);
    assert.match(info.stdout, /label {6}"a label"/);
    assert.match(info.stdout, /side file {2}.*windows\.fsa\.side/);
    const bytes = Number(/Original filesystem size:.*\((\d+) bytes\)/.exec(theirs)?.[1]);
    assert.ok(bytes > 0);
    const json = linesOf(await archive('info', saved, '--json'))[0] as {
      head: { fileSystems: { totalBytes: number }[] };
    };
    assert.equal(json.head.fileSystems[0]?.totalBytes, bytes);
    const list = await archive('list', saved);
    assertCode(list, 0);
    assert.match(list.stdout, / 900001 {2}.* \/plain\/900001\.bin$/m);
    assert.match(list.stdout, /two\?lines\.txt$/m);
    assert.doesNotMatch(list.stdout, /pagefile\.sys/);
    const some = await archive('list', saved, '**/s*.txt', 'links');
    assert.match(some.stdout, /compressed\/small\.txt/);
    assert.match(some.stdout, /links\/other\/three\.bin/);
    assert.doesNotMatch(some.stdout, /900001/);
    const verified = await archive('verify', saved);
    assertCode(verified, 0);
    assert.match(verified.stdout, /Sound: 10\d objects .*side file sound/);
  });

  test('encrypted and split: nothing readable without the password, and it comes back', async () => {
    const path = own.path('secret.fsa');
    const word = own.path('password');
    await writeFile(word, 'correct horse\n');
    const secret = own.path('secret.img');
    const marker = 'a sentence that must not be found';
    await makeArchiveVolume(secret, {
      sizeBytes: 40 * MIB,
      populate: (root) => {
        writeFileSync(join(root, 'file.txt'), marker);
        writeFileSync(join(root, 'file.txt:stream'), marker.repeat(3000));
        for (let i = 0; i < 6; i++)
          writeFileSync(join(root, `${i}.bin`), execFileSync('head', ['-c', '600000', '/dev/urandom']));
      },
    });
    assertCode(await archive('save', path, secret, '--split', '1MiB', '--password-file', word), 0);
    for (const name of (await readdir(own.path(''))).filter((one) => one.startsWith('secret.f'))) {
      assert.ok(
        !(await readFile(own.path(name))).includes(marker.slice(0, 20)),
        `${name} holds the sentence`,
      );
    }
    assert.ok((await stat(own.path('secret.f02'))).size > 0);
    assertCode(await archive('verify', path), 0);
    assert.match((await archive('list', path)).stdout, /\/file\.txt/);
    await using target = await emptyDevice(own.path('secret-target.img'), 50 * MIB);
    const before = await sha256(own.path('secret-target.img'));
    const without = await archive('restore', path, target.device, '--yes');
    assertCode(without, 3);
    assert.match(without.stderr, /is encrypted/);
    const wrong = own.path('wrong');
    await writeFile(wrong, 'wrong horse\n');
    assertCode(await archive('restore', path, target.device, '--yes', '--password-file', wrong), 3);
    assert.equal(await sha256(own.path('secret-target.img')), before);
    const right = await archive('restore', path, target.device, '--yes', '--password-file', word);
    assertCode(right, 0);
    assert.match(right.stdout, /no difference/);
    // A file of it that is missing is found before anything is erased, and does not make FSArchiver ask for ever.
    const after = await sha256(own.path('secret-target.img'));
    await rename(own.path('secret.f02'), own.path('elsewhere'));
    const cut = await archive('restore', path, target.device, '--yes', '--password-file', word);
    assertCode(cut, 3);
    assert.match(cut.stderr, /secret\.f02 of the archive is missing/);
    assertCode(await archive('verify', path), 1);
    assert.equal(await sha256(own.path('secret-target.img')), after);
    await rename(own.path('elsewhere'), own.path('secret.f02'));
  });

  test('several file systems in one archive, ext4 among them', async () => {
    const ext = own.path('ext4.img');
    await writeFile(ext, '');
    await runOrThrow('truncate', ['-s', '40M', ext]);
    await runOrThrow('mkfs.ext4', ['-q', '-F', '-L', "it's ext4", ext]);
    const small = own.path('small.img');
    await makeArchiveVolume(small, {
      sizeBytes: 30 * MIB,
      label: 'second',
      populate: (root) => {
        mkdirSync(join(root, 'folder'));
        writeFileSync(join(root, 'folder/file.txt'), 'of the second volume');
        writeFileSync(join(root, 'folder/file.txt:stream'), 's');
      },
    });
    await using extLoop = await loopDevice(ext);
    const mount = own.path('mount');
    mkdirSync(mount);
    await runOrThrow('mount', [extLoop.device, mount]);
    writeFileSync(join(mount, 'linux file'), 'of ext4');
    await runOrThrow('umount', [mount]);
    const both = own.path('both.fsa');
    await using smallLoop = await loopDevice(small);
    assertCode(await archive('save', both, extLoop.device, smallLoop.device), 0);
    await using first = await emptyDevice(own.path('first.img'), 50 * MIB);
    await using second = await emptyDevice(own.path('second.img'), 50 * MIB);
    assertCode(await archive('restore', both, first.device, '--yes'), 3);
    const result = await archive('restore', both, `1=${second.device}`, `0=${first.device}`, '--yes');
    assertCode(result, 0);
    assert.equal(await runOrThrow('e2label', [first.device]), "it's ext4\n");
    await runOrThrow('mount', ['-o', 'ro', first.device, mount]);
    assert.equal(await readFile(join(mount, 'linux file'), 'utf8'), 'of ext4');
    await runOrThrow('umount', [mount]);
    const [one, other] = [await judgeVolume(small), await judgeVolume(second.device)];
    assert.deepEqual(accountDifferences(one, other), []);
    await rm(both);
  });
});
