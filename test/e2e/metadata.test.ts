import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { failingDisk } from '../support/failing-disk.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { missingFixtures, unpackVolumes } from '../support/ntfs-fixtures.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';

const GOLDEN = resolve(import.meta.dirname, '../../../shared/fixtures/GOLDEN.tsv');

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-metadata-e2e-'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe('real volumes', { skip: missingFixtures() ?? missing({ tools: ['dd', 'unzip', 'xz'] }) }, () => {
  test('metadata images have the checksums that those of the real ntfsclone have', async () => {
    const lines = (await readFile(GOLDEN, 'utf8')).trim().split('\n').slice(1);
    const golden = new Map(lines.map((line) => [line.split('\t')[0], line.split('\t')]));
    for (const { name, path, start, sizeBytes } of unpackVolumes(folder)) {
      let volume = path;
      if (start > 0) {
        volume = `${path}.volume`;
        await runOrThrow('dd', [
          `if=${path}`,
          `of=${volume}`,
          'bs=65536',
          `skip=${start / 65536}`,
          'conv=sparse',
        ]);
        await truncate(volume, sizeBytes);
        await rm(path);
      }
      const row = golden.get(name) ?? [];
      const image = join(folder, 'image');
      for (const [words, bytes, sum] of [
        [[], row[7], row[8]],
        [['-t'], row[7], row[9]],
      ] as const) {
        const ran = await lifeboat(['ntfsclone', '-q', '-f', '-m', '-s', ...words, '-O', image, volume]);
        assert.equal(ran.code, 0, `${name}: ${ran.stdout}${ran.stderr}`);
        assert.equal((await stat(image)).size, Number(bytes), name);
        assert.equal(await sha256(image), sum, `${name} ${words.join(' ')}`);
      }
      await rm(volume);
    }
  });
});

const NEEDS = {
  skip: missing({ tools: ['ntfsclone', 'mkntfs', 'ntfs-3g', 'setfattr', 'cmp'], root: true }),
};

describe('the commands', NEEDS, () => {
  let volume: Volume;
  before(async () => {
    volume = await makeVolume({ sizeBytes: 24 * 2 ** 20, populate: everyKind(4) });
  });
  after(() => volume[Symbol.asyncDispose]());

  test('lifeboat metadata writes an image, a volume, and a stream of the same bytes', async () => {
    const [image, raw, restored] = ['one', 'two', 'three'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const ran = await lifeboat(['metadata', volume.image, image]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /Cleared: .* of contents/);
    assert.match(ran.stdout, /--strict-privacy/);
    assert.equal((await lifeboat(['metadata', '--raw', volume.image, raw])).code, 0);
    await runOrThrow('ntfsclone', ['-q', '-r', '-o', restored, image]);
    await runOrThrow('cmp', [raw, restored]);
    const piped = await run('sh', [
      '-c',
      `"$0" metadata "$1" - 2> /dev/null | cmp - "$2"`,
      resolve(import.meta.dirname, '../../dist/lifeboat'),
      volume.image,
      image,
    ]);
    assert.equal(piped.code, 0, piped.stdout);
    // What is there is not lost without a word.
    const again = await lifeboat(['metadata', volume.image, image]);
    assert.equal(again.code, 3, again.stderr);
    assert.match(again.stderr, /not empty.*--yes/);
    assert.equal((await lifeboat(['metadata', '--yes', '--strict-privacy', volume.image, image])).code, 0);
    await runOrThrow('ntfsclone', ['-q', '-r', '-O', restored, image]);
    const listed = await lifeboat(['ls', '-R', restored]);
    assert.equal(listed.code, 0, listed.stderr);
    assert.match(listed.stdout, /with streams\.txt/);
  });

  test('what contradicts itself is not understood', async () => {
    for (const words of [
      ['--strict-privacy', '--full-log', volume.image, 'x'],
      ['--raw', volume.image, '-'],
      [volume.image],
      [volume.image, 'x', 'y'],
    ]) {
      const ran = await lifeboat(['metadata', ...words], { cwd: folder });
      assert.equal(ran.code, 2, words.join(' '));
    }
  });

  test('ntfsclone says what was wiped in the words of the original', async () => {
    const [ours, real] = [join(folder, 'ours'), join(folder, 'real')];
    for (const words of [['-q'], ['-q', '-s'], ['-s', '-t']]) {
      const ran = await lifeboat(['ntfsclone', '-m', ...words, '-O', ours, volume.image]);
      const truth = await run('ntfsclone', ['-m', ...words, '-O', real, volume.image]);
      assert.equal(ran.code, 0);
      assert.equal(ran.stdout, truth.stdout);
    }
  });

  test('a full disk ends with 1, where the original says nothing', async () => {
    const ran = await lifeboat(['ntfsclone', '-q', '-m', '-s', '-O', '/dev/full', volume.image]);
    assert.equal(ran.code, 1);
    assert.match(ran.stdout, /ERROR\(28\).*incomplete/);
    assert.equal((await run('ntfsclone', ['-q', '-m', '-s', '-O', '/dev/full', volume.image])).code, 0);
  });
});

describe('lost sectors', { skip: NEEDS.skip || missing(FAILING_DISK_NEEDS) }, () => {
  test('a record around a bad sector is cleared, the sector is marked, and nothing else changes', async () => {
    await using volume = await makeVolume({
      sizeBytes: 8 * 2 ** 20,
      junk: false,
      populate: (writer) => writer.file('small.txt', Buffer.alloc(600, 'SECRET ')),
    });
    const bytes = await readFile(volume.image);
    const content = bytes.indexOf('SECRET SECRET');
    const record = content - (content % 1024);
    assert.equal(bytes.toString('latin1', record, record + 4), 'FILE');
    const [healthy, ours] = [join(folder, 'healthy'), join(folder, 'ours')];
    assert.equal((await lifeboat(['metadata', '-y', '--raw', volume.image, healthy])).code, 0);
    // The second sector of the record: what is left of the content lies in the first.
    await using disk = await failingDisk({ image: volume.image, faults: [`bad ${record / 512 + 1} 1`] });
    const refused = await lifeboat(['metadata', '-y', '--raw', disk.device, ours]);
    assert.equal(refused.code, 1, refused.stderr);
    const ran = await lifeboat(['metadata', '-y', '--raw', '--rescue', '--ignore-check', disk.device, ours]);
    assert.equal(ran.code, 4, ran.stderr);
    assert.match(ran.stdout, /512 B in 1 place could not be read/);
    const [copy, whole] = [await readFile(ours), await readFile(healthy)];
    assert.ok(!copy.includes('SECRET'));
    assert.equal(copy.toString('latin1', record + 512, record + 521), 'BadSectoR');
    assert.equal(copy.toString('latin1', record, record + 4), 'BAAD');
    copy.fill(0, record, record + 1024);
    whole.fill(0, record, record + 1024);
    assert.ok(copy.equals(whole), 'other bytes differ');
  });
});
