import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, test } from 'node:test';
import { difference } from '../support/e2e-bad-sectors.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { cutOut } from '../support/e2e-sparse.ts';
import { LIFEBOAT } from '../support/lifeboat.ts';
import { damagedNames, missingFixtures, unpackDamaged, unpackVolumes } from '../support/ntfs-fixtures.ts';
import { VolumeCraft } from '../support/ntfsclone-craft.ts';
import { type Case, Matrix, OUT } from '../support/ntfsclone-pair.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';
import { makeVolume } from '../support/volume.ts';
import { everyKind, fragmentedMft, type Population } from '../support/volume-populations.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
/** `make matrix` tries every combination; otherwise it is a selection that takes about a minute. */
const FULL = process.env.LIFEBOAT_MATRIX === 'full';

const skip = missing({ tools: ['ntfsclone', 'mkntfs', 'ntfs-3g', 'setfattr', 'cmp'], root: true });

describe('ntfsclone and ours, side by side', { skip }, () => {
  let own: Scratch;
  let matrix: Matrix;

  before(async () => {
    own = await scratch();
    await mkdir(own.path('.'), { recursive: true });
    matrix = new Matrix(own.path('.'));
  });

  after(async () => {
    for (const line of matrix.lines()) console.log(`# matrix: ${line}`);
    await own[Symbol.asyncDispose]();
  });

  const path = (name: string): string => own.path(name);

  /** An empty volume. */
  async function empty(
    name: string,
    sizeBytes: number,
    clusterBytes = 4096,
    sectorBytes = 512,
  ): Promise<string> {
    const image = path(name);
    await writeFile(image, '');
    await truncate(image, sizeBytes);
    const geometry = ['-s', String(sectorBytes), '-c', String(clusterBytes)];
    await runOrThrow('mkntfs', ['-F', '-q', '-Q', ...geometry, image]);
    return image;
  }

  async function check(one: Case): Promise<void> {
    assert.equal(await matrix.try(one), '');
  }

  /** Every way out of and back into a volume that both take: clone, stream, image, and images of either restored by the other. */
  async function allWays(name: string, image: string, options: readonly string[] = []): Promise<void> {
    const kept = path('kept.image');
    const { size } = await stat(image);
    await check({ name, words: [...options, '-o', OUT, image] });
    const saved = await matrix.try(
      { name, words: [...options, '-s', '-o', OUT, image] },
      async ({ oursFile }) => {
        await copyFile(oursFile, kept);
        return '';
      },
    );
    assert.equal(saved, '');
    if (size <= 40 * MIB || FULL) {
      // The shell's redirection is the same for both.
      const stream = (program: string) =>
        runOrThrow('sh', [
          '-c',
          `${program} -q "$@" 2>/dev/null | sha256sum`,
          'sh',
          ...options,
          '-o',
          '-',
          image,
        ]);
      matrix.tried++;
      assert.equal(
        await stream(`'${LIFEBOAT}' ntfsclone`),
        await stream('ntfsclone'),
        `${name}: to standard output`,
      );
      matrix.equal++;
    }
    await check({ name: `${name}, an image of ours`, words: ['-r', '-o', OUT, kept] });
    await check({ name: `${name}, an image of ours read only`, words: ['-r', '-n', kept] });
    await rm(kept);
  }

  describe('geometry', () => {
    const clusters = FULL ? [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536] : [512, 4096, 65536];
    for (const clusterBytes of clusters) {
      test(`clusters of ${clusterBytes}`, async () => {
        await allWays(`clusters of ${clusterBytes}`, await empty('volume', 32 * MIB, clusterBytes));
      });
    }

    for (const clusterBytes of FULL ? [2 ** 17, 2 ** 18, 2 ** 19, 2 ** 20, 2 ** 21] : [2 ** 21]) {
      test(`clusters of ${clusterBytes}`, async () => {
        await allWays(`clusters of ${clusterBytes}`, await empty('volume', 128 * MIB, clusterBytes));
      });
    }

    test('sectors of 1024, 2048 and 4096 bytes', async () => {
      for (const sectorBytes of FULL ? [1024, 2048, 4096] : [1024, 4096]) {
        for (const clusterBytes of FULL ? [4096, 65536] : [sectorBytes === 4096 ? 65536 : 4096]) {
          const name = `sectors of ${sectorBytes}, clusters of ${clusterBytes}`;
          await allWays(name, await empty('volume', 32 * MIB + 8 * sectorBytes, clusterBytes, sectorBytes));
        }
      }
    });

    test('volumes of odd lengths', async () => {
      for (const more of FULL ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] : [1, 9]) {
        await allWays(`${more} sectors more`, await empty('volume', 16 * MIB + more * SECTOR));
      }
    });

    test('devices that are longer or shorter than they should be', async () => {
      const changes = FULL ? [512, 3584, 4096, 8192, MIB, 100, -512, -513] : [8192, -513];
      for (const more of changes) {
        const image = await empty('volume', 32 * MIB);
        await truncate(image, 32 * MIB + more);
        await allWays(`${more} bytes more`, image);
      }
      await check({ name: 'cut below the last cluster', words: ['-o', OUT, await cut('volume', -4097)] });
    });

    async function cut(name: string, more: number): Promise<string> {
      const image = await empty(name, 32 * MIB);
      await truncate(image, 32 * MIB + more);
      return image;
    }

    test('a volume whose device ends with its last cluster', async () => {
      const image = await cut('volume', -4096);
      await check({ name: 'exact fit', words: ['-s', '-o', OUT, image] });
      const full = await matrix.try(
        {
          name: 'exact fit',
          words: ['-o', OUT, image],
          deviation: 'a clone file is as long as the volume',
          code: 0,
        },
        ({ oursFile }) => difference(image, oursFile),
      );
      assert.equal(full, '');
    });
  });

  describe('contents', () => {
    const kinds: readonly (readonly [
      name: string,
      clusterBytes: number,
      sizeBytes: number,
      population: Population,
    ])[] = [
      ['every kind of file', 4096, 48 * MIB, everyKind(8)],
      ['every kind of file', 512, 32 * MIB, everyKind(4)],
      ...(FULL ? ([['every kind of file', 65536, 96 * MIB, everyKind(8)]] as const) : []),
      ['$MFT in hundreds of pieces', 4096, 24 * MIB, fragmentedMft(FULL ? 5000 : 1500)],
      ...(FULL ? ([['$MFT in hundreds of pieces', 512, 24 * MIB, fragmentedMft()]] as const) : []),
    ];
    for (const [name, clusterBytes, sizeBytes, populate] of kinds) {
      test(`${name}, clusters of ${clusterBytes}`, async () => {
        await using volume = await makeVolume({ sizeBytes, clusterBytes, populate, seed: clusterBytes });
        await allWays(name, volume.image);
      });
    }

    test('a hibernated Windows', async () => {
      await using volume = await makeVolume({
        sizeBytes: 24 * MIB,
        junk: false,
        populate: (writer) => writer.file('hiberfil.sys', Buffer.alloc(8192, 'hibr')),
      });
      await allWays('hibernated', volume.image);
      const { stdout } = await run(LIFEBOAT, ['ntfsclone', '-q', '-o', path('named'), volume.image]);
      assert.match(stdout, /^WARNING: Windows sleeps on this volume/m);
    });
  });

  describe('damage', () => {
    /** A volume with two files of 40 KiB; `craft` damages it. Returns the image and the files' records. */
    async function damaged(craft: (volume: VolumeCraft, files: readonly number[]) => void): Promise<string> {
      const files: number[] = [];
      const image = path('damaged');
      await using _ = await makeVolume({
        image,
        sizeBytes: 16 * MIB,
        junk: false,
        populate: async (writer) => {
          for (const name of ['one', 'two']) {
            await writer.file(name, 40_960);
            files.push((await stat(join(writer.root, name))).ino);
          }
        },
      });
      using volume = new VolumeCraft(image);
      craft(volume, files);
      return image;
    }

    const rescued = ['-f', '--rescue', '--ignore-fs-check'];

    test('the dirty flag', async () => {
      const image = await damaged((volume) => volume.setDirty());
      await check({ name: 'dirty', words: ['-o', OUT, image] });
      await check({ name: 'dirty', words: ['--rescue', '-s', '-o', OUT, image] });
      await allWays('dirty, forced', image, ['-f']);
    });

    test('$Bitmap and files do not agree', async () => {
      const last = 4095;
      const free = [2500, 2501, 2600, ...Array.from({ length: 9 }, (_, i) => 3000 + 2 * i)];
      const crafts: readonly (readonly [string, (volume: VolumeCraft) => void])[] = [
        ['seven clusters missing', (volume) => volume.bitmap([4, 5, 6, 7, 8, 9, 10], false)],
        ['one cluster extra', (volume) => volume.bitmap([3000], true)],
        ['twelve clusters extra', (volume) => volume.bitmap(free, true)],
        ['both', (volume) => volume.bitmap([3000, 3002], true)],
        ['a bit behind the last cluster cleared', (volume) => volume.bitmap([last], false)],
      ];
      for (const [name, craft] of crafts) {
        const image = await damaged(craft);
        await check({ name, words: ['-o', OUT, image] });
        await check({ name, words: ['--rescue', '-s', '-o', OUT, image] });
        await check({ name, words: [...rescued, '-o', OUT, image] });
        await check({ name, words: [...rescued, '-s', '-o', OUT, image] });
      }
    });

    test('an image with clusters in no order goes to files, and not to a stream', async () => {
      const image = await damaged((volume) => volume.bitmap([3000, 3002], true));
      await runOrThrow('ntfsclone', ['-q', ...rescued, '-s', '-o', path('unordered'), image]);
      await check({ name: 'out of order', words: ['-r', '-o', OUT, path('unordered')] });
      await check({ name: 'out of order', words: ['-q', '-r', '-o', '-', path('unordered')] });
      await rm(path('unordered'));
    });

    test('a cluster of two files', async () => {
      const image = await damaged((volume, [one = 0, two = 0]) => {
        const place = volume.moveRun(one, 2000);
        volume.moveRun(one, place);
        volume.moveRun(two, place);
      });
      await check({ name: 'twice', words: ['-o', OUT, image] });
      await check({ name: 'twice', words: [...rescued, '-o', OUT, image] });
      await check({ name: 'twice', words: [...rescued, '-s', '-o', OUT, image] });
    });

    test('clusters behind the end of the volume', async () => {
      const deviation = 'clusters behind the end of the volume: a clear error, not a crash';
      for (const lcn of [4090, 0x7fff]) {
        const image = await damaged((volume, [one = 0]) => volume.moveRun(one, lcn));
        await check({ name: `a run at ${lcn}`, words: ['-o', OUT, image], deviation, code: 1 });
        await check({ name: `a run at ${lcn}`, words: [...rescued, '-o', OUT, image], deviation, code: 0 });
      }
    });

    test('clusters that NTFS has marked bad', async () => {
      const image = await damaged((volume) => volume.markBad(3000, 2));
      await allWays('$BadClus', image);
    });

    test('no NTFS at all', async () => {
      await writeFile(path('noise'), Buffer.alloc(MIB, 'x'));
      const deviation = 'what a library of ntfsclone says on the way to the same error';
      for (const name of ['noise', 'missing', '.']) {
        await check({ name, words: ['-o', OUT, path(name)], deviation, code: 1 });
      }
    });
  });

  describe('images that are cut or damaged', () => {
    let good: Buffer;

    before(async () => {
      const image = await empty('small', 3 * MIB, 4096);
      await runOrThrow('ntfsclone', ['-q', '-s', '-o', path('small.image'), image]);
      good = await readFile(path('small.image'));
    });

    async function restored(name: string, bytes: Uint8Array, more: Partial<Case> = {}): Promise<void> {
      await writeFile(path('broken.image'), bytes);
      await check({ name, words: ['-q', '-r', '-o', OUT, path('broken.image')], ...more });
      if (FULL) await check({ name, words: ['-q', '-r', '-n', path('broken.image')], ...more });
    }

    test('cut at every kind of place', async () => {
      const places = [
        0,
        15,
        45,
        46,
        49,
        50,
        56,
        57,
        4000,
        good.length >> 1,
        good.length - 513,
        good.length - 1,
      ];
      for (const at of places) await restored(`cut at ${at}`, good.subarray(0, at));
      const tail = good.length - 513 - 3584;
      assert.equal(good[tail], 1, 'the last command of the image is not where it was thought');
      await restored('without its last command', good.subarray(0, tail), {
        deviation: 'an image without a backup boot sector restores to the full length of the volume',
        code: 0,
      });
      const before2011 = Buffer.from(good.subarray(0, tail));
      before2011[17] = 0;
      await restored('of version 10.0, as it was written before 2011', before2011, {
        deviation: 'an image without a backup boot sector restores to the full length of the volume',
        code: 0,
      });
      await restored('with rubbish behind', Buffer.concat([good, Buffer.alloc(1000, 7)]));
    });

    const patched = (at: number, ...values: number[]): Buffer => {
      const bytes = Buffer.from(good);
      bytes.set(values, at);
      return bytes;
    };

    test('another header', async () => {
      await restored('magic', patched(3, 0x58));
      await restored('version 11', patched(16, 11));
      await restored('version 10.0', patched(17, 0));
      await restored('version 10.200', patched(17, 200));
      await restored('data at 0', patched(46, 0, 0, 0, 0), {
        deviation: 'the place of the data is told as it is',
        code: 1,
      });
      const shifted = Buffer.concat([good.subarray(0, 56), Buffer.alloc(8), good.subarray(56)]);
      shifted[46] = 64;
      await restored('data at 64', shifted);
      const deviation = 'a header that no volume can have is refused before anything is touched';
      await restored('3000 bytes a cluster', patched(18, 0xb8, 0x0b), { deviation, code: 1 });
      await restored('no cluster', patched(30, 0, 0, 0, 0), { deviation, code: 1 });
      await restored('a small device', patched(22, 0, 0x10, 0, 0), { deviation, code: 1 });
    });

    test('the header from before 2006', async () => {
      const old = Buffer.concat([good.subarray(0, 46), good.subarray(56)]);
      old[16] = 3;
      await restored('old', old);
    });

    test('commands that make no sense', async () => {
      const gap = (count: bigint): Buffer => {
        const bytes = Buffer.alloc(9);
        bytes.writeBigInt64LE(count, 1);
        return bytes;
      };
      const inserted = (piece: Buffer): Buffer =>
        Buffer.concat([good.subarray(0, 56), piece, good.subarray(56)]);
      await restored('command 2', inserted(Buffer.of(2)));
      await restored('command 255', inserted(Buffer.of(255)));
      for (const count of [0n, -1n, 100_000n, 2n ** 63n - 1n])
        await restored(`gap ${count}`, inserted(gap(count)));
      // To a stream the real one writes zeros for ever.
      await writeFile(path('broken.image'), inserted(gap(2n ** 62n)));
      const script = `"$1" ntfsclone -q -r -o - "$2" | wc -c; exit "\${PIPESTATUS[0]}"`;
      const ran = await run('bash', ['-c', script, 'bash', LIFEBOAT, path('broken.image')]);
      assert.equal(ran.code, 1);
      assert.ok(Number(ran.stdout) <= 3 * MIB, `${ran.stdout.trim()} bytes were written`);
    });
  });

  describe('real volumes', { skip: missingFixtures() ?? false }, () => {
    test('whole ones: as ntfsclone 2022.10.3 has made them', async () => {
      const golden = await readFile(join(import.meta.dirname, '../../../shared/fixtures/GOLDEN.tsv'), 'utf8');
      const due = new Map(golden.split('\n').map((line) => [line.split('\t')[0], line.split('\t')]));
      const unpacked = path('volumes');
      await mkdir(unpacked);
      for (const { name, path: packed, start, sizeBytes } of unpackVolumes(unpacked)) {
        const volume = path('real');
        if (start === 0) await rename(packed, volume);
        else await cutOut(packed, start, sizeBytes, volume);
        const ours = path('real.image');
        await runOrThrow(LIFEBOAT, ['ntfsclone', '-q', '-f', '-s', '-o', ours, volume]);
        const hash = createHash('sha256');
        await pipeline(createReadStream(ours), hash);
        matrix.tried++;
        assert.equal(hash.digest('hex'), due.get(name)?.[6], name);
        matrix.equal++;
        if (FULL || sizeBytes < 300 * MIB) {
          const line = `"$1" ntfsclone -q -f -o - "$2" 2> /dev/null | sha256sum`;
          const streamed = await run('sh', ['-c', line, 'sh', LIFEBOAT, volume]);
          matrix.tried++;
          assert.equal(streamed.stdout.split(' ')[0], due.get(name)?.[10], `${name} to standard output`);
          matrix.equal++;
        }
        if (FULL) await check({ name, words: ['-f', '-o', OUT, volume] });
        for (const file of [packed, volume, ours]) await rm(file, { force: true });
      }
    });

    test('damaged ones: never worse', { skip: FULL ? false : 'long: make matrix' }, async () => {
      for (const name of damagedNames()) {
        const image = unpackDamaged(name, path('.'));
        for (const options of [[], rescuedOptions]) {
          for (const form of [[], ['-s']])
            await neverWorse(name, ['-q', ...options, ...form, '-o', OUT, image]);
        }
        await rm(image);
      }
    });

    const rescuedOptions = ['-f', '--rescue', '--ignore-fs-check'];

    async function neverWorse(name: string, words: readonly string[]): Promise<void> {
      const theirs = await run(
        'ntfsclone',
        words.map((word) => word.replace(OUT, path('judge'))),
      );
      await rm(path('judge'), { force: true });
      const better = { deviation: 'a damaged volume that ntfsclone refuses is saved', code: 0 };
      const { code } = await run(LIFEBOAT, [
        'ntfsclone',
        ...words.map((word) => word.replace(OUT, path('judge'))),
      ]);
      await rm(path('judge'), { force: true });
      await check({ name, words, ...(theirs.code !== 0 && code === 0 && better) });
    }
  });

  test('a target device keeps what is in its free clusters', {
    skip: missing({ tools: ['losetup'] }),
  }, async () => {
    const image = await empty('volume', 16 * MIB);
    const disk = async (file: string): Promise<void> => {
      const handle = await open(file, 'w');
      await handle.write(Buffer.alloc(20 * MIB, 'old '));
      await handle.close();
    };
    for (const program of [['ntfsclone'], [LIFEBOAT, 'ntfsclone']]) {
      const file = path(`disk of ${program.length}`);
      await disk(file);
      const device = (await runOrThrow('losetup', ['--find', '--show', file])).trim();
      await runOrThrow('blockdev', ['--setrw', device]);
      try {
        const [command = '', ...first] = program;
        await runOrThrow(command, [...first, '-q', '-O', device, image]);
      } finally {
        await runOrThrow('losetup', ['--detach', device]);
      }
    }
    matrix.tried++;
    assert.equal(await difference(path('disk of 1'), path('disk of 2')), '');
    matrix.equal++;
  });
});
