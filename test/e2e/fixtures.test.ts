import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { after, before, describe, test } from 'node:test';
import { REPAIRS, type Undo } from '../support/e2e-repair.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { cutOut, sparseDifference } from '../support/e2e-sparse.ts';
import { type WatchedRun, watchedLifeboat } from '../support/e2e-watched.ts';
import { damagedNames, missingFixtures, unpackDamaged, unpackVolumes } from '../support/ntfs-fixtures.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';

const MIB = 2 ** 20;
const MEMORY_LIMIT = 300 * MIB;
/** File systems give a file more than it asks for, by a few pages a piece. */
const ALLOCATION_SLACK = 16 * MIB;

const skip =
  missingFixtures() ?? missing({ tools: ['ntfsclone', 'filefrag', 'unzip', 'xz', 'gzip', 'tar', 'dd'] });

/**
 * What the real ntfsclone 2022.10.3 gives out for each whole volume (`ntfsclone -f -o -`, free clusters as zeros):
 * measured once and kept with the volumes, so that another version here does not move the goal.
 */
const GOLDEN: Readonly<Record<string, string>> = {
  'ntfs-2m': '1124f9732732a8db6e89ee5daba0785697f321e1ef85cd4485a28e8acc36876f',
  'ntfs-lastaccess': '84308a3e21116327360926cbd9ff9885f0ad6c139ce0575cfc241cd2446932ec',
  'ntfs-ramslack': '6c03022b9951c90189b6909d6bffad80401feb50b4d90f53e3c29ed873ae61fd',
  'util-linux': 'bb79bb68d6ff7409ff8716726987b67f87c2f6586fc00579fd9e79d4039dab06',
  sr_tiny: '736be3702720504b5daad3d6a1077556c2dc3f3258c1ae54b8466922e44fbc3a',
};

describe('real volumes', { skip }, () => {
  let own: Scratch;

  before(async () => {
    own = await scratch();
  });

  after(() => own[Symbol.asyncDispose]());

  /** Rescues; whatever the volume is like, the run ends, and stays small. */
  async function rescue(source: string, target: string): Promise<WatchedRun> {
    const result = await watchedLifeboat(['rescue', source, target]);
    assert.ok(result.peakBytes > 0 && result.peakBytes < MEMORY_LIMIT, `${result.peakBytes} bytes of memory`);
    return result;
  }

  const allocated = async (path: string): Promise<number> => (await stat(path)).blocks * 512;

  /** Compares with what ntfsclone makes of the volume, mended if need be; false when it makes nothing. */
  async function assertAsNtfsclone(source: string, target: string, undo?: Undo): Promise<boolean> {
    const theirs = own.path('theirs.img');
    try {
      const flags = ['-q', '-f', '--rescue', '--ignore-fs-check'];
      const { code } = await run('ntfsclone', [...flags, '-O', theirs, source]);
      if (code !== 0) return false;
      await undo?.(theirs);
      assert.equal(await sparseDifference(theirs, target), '');
      assert.ok(
        (await allocated(target)) <= (await allocated(theirs)) + ALLOCATION_SLACK,
        'holes were filled',
      );
      return true;
    } finally {
      await rm(theirs, { force: true });
    }
  }

  test('made by Windows and others, whole: the bytes of ntfsclone', async (context) => {
    const unpacked = own.path('volumes');
    await runOrThrow('mkdir', [unpacked]);
    for (const { name, path, start, sizeBytes } of unpackVolumes(unpacked)) {
      await context.test(name, async () => {
        const [volume, target] = [own.path('volume.img'), own.path('clone.img')];
        if (start === 0) await rename(path, volume);
        else await cutOut(path, start, sizeBytes, volume);
        await rm(path, { force: true });
        const { code, stdout, stderr } = await rescue(volume, target);
        assert.equal(code, 0, stdout + stderr);
        assert.ok(await assertAsNtfsclone(volume, target), 'ntfsclone refuses a volume that is whole');
        const hash = createHash('sha256');
        await pipeline(createReadStream(target), hash);
        assert.equal(hash.digest('hex'), GOLDEN[name]);
        await rm(volume);
        await rm(target);
        await rm(`${target}.map`);
      });
    }
  });

  for (const name of skip === false ? damagedNames() : []) {
    test(`damaged: ${name}`, async (context) => {
      const volume = unpackDamaged(name, own.path('.'));
      const target = own.path('clone.img');
      try {
        const { code, stdout, stderr } = await rescue(volume, target);
        if (code === 3) {
          assert.equal(stderr.trim().split('\n').length, 1, stderr);
          assert.deepEqual(await readdir(own.path('.')), [volume.slice(own.path('').length)]);
          return;
        }
        // A volume that is cut is saved as far as it goes, and never called whole.
        assert.equal(code, /the source ends before the volume does/.test(stdout) ? 4 : 0, stdout + stderr);
        assert.equal(stderr, '');
        if (await assertAsNtfsclone(volume, target)) return;
        for (const repair of REPAIRS) {
          const undo = await repair(volume);
          const compared = await assertAsNtfsclone(volume, target, undo);
          await undo(volume);
          if (compared) return;
        }
        context.diagnostic('ntfsclone takes this volume in no way');
        // What was saved is the source's then, and holes stayed holes.
        assert.equal(await sparseDifference(volume, target, { mayBeEmpty: true }), '');
        assert.ok((await allocated(target)) < 2 ** 30, 'holes were filled');
      } finally {
        for (const path of [volume, target, `${target}.map`]) await rm(path, { force: true });
      }
    });
  }
});
