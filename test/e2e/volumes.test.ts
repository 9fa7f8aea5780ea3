import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { copyFile, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { badRules, difference, expectedClone, scatter } from '../support/e2e-bad-sectors.ts';
import { assertReportNames, changedFiles } from '../support/e2e-damage-check.ts';
import { extentsOf, neededToMount } from '../support/e2e-places.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { type WatchedRun, watchedLifeboat } from '../support/e2e-watched.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { seededRandom } from '../support/random.ts';
import { FAILING_DISK_NEEDS, missing, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume, type VolumeOptions } from '../support/volume.ts';
import { everyKind, fragmentedMft, type Population } from '../support/volume-populations.ts';
import { usedRanges } from '../support/volume-used.ts';

const SECTOR = 512;
const MIB = 2 ** 20;
const MEMORY_LIMIT = 300 * MIB;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsclone', 'ntfscluster', 'setfattr'],
  root: true,
});

/** For the largest clusters, of which every file takes at least one. */
const fewFiles: Population = async (volume) => {
  await volume.file('resident.txt', 300);
  await volume.file('Folder/small.bin', 5_000);
  await volume.file('Folder/with streams.bin', 3 * MIB);
  await volume.file('Folder/with streams.bin:large', 70_000);
  await volume.interleaved(['Folder/left.bin', 'Folder/right.bin'], 5 * MIB, 2 * MIB);
  await volume.sparse('Folder/sparse.bin', 40 * MIB, 3);
  await volume.hardLink('Folder/left.bin', 'Links/again.bin');
  await volume.symbolicLink('../Folder/left.bin', 'Links/symbolic');
  await volume.file('Folder/deleted.bin', 3 * MIB);
  await volume.remove('Folder/deleted.bin');
};

/** A volume and the disk on which it dies. */
interface Case {
  readonly name: string;
  readonly volume: VolumeOptions;
  /** Logical sectors of the device. */
  readonly deviceSectorBytes: 512 | 4096;
  /** How many bad places, and how many sectors of the device they have at most. */
  readonly places: number;
  readonly longest: number;
}

const byClusters = (clusterBytes: number, sizeBytes: number, populate = everyKind(8)): Case => ({
  name: `clusters of ${clusterBytes} bytes`,
  volume: { clusterBytes, sizeBytes, populate, seed: 100 + Math.log2(clusterBytes) },
  deviceSectorBytes: 512,
  places: 40,
  longest: 12,
});

const bySectors = (sectorBytes: number, clusterBytes: number, deviceSectorBytes: 512 | 4096): Case => ({
  name: `NTFS sectors of ${sectorBytes} and clusters of ${clusterBytes} bytes on a disk with sectors of ${deviceSectorBytes}`,
  volume: { sectorBytes, clusterBytes, sizeBytes: 96 * MIB, populate: everyKind(8), seed: 200 },
  deviceSectorBytes,
  places: 25,
  longest: 3,
});

const CASES: readonly Case[] = [
  byClusters(512, 64 * MIB),
  byClusters(1024, 64 * MIB),
  byClusters(4096, 64 * MIB),
  byClusters(65536, 96 * MIB),
  byClusters(2 * MIB, 160 * MIB, fewFiles),
  bySectors(512, 4096, 4096),
  bySectors(4096, 4096, 4096),
  bySectors(4096, 65536, 4096),
  bySectors(4096, 4096, 512),
  {
    name: '$MFT in hundreds of pieces',
    volume: { sizeBytes: 32 * MIB, populate: fragmentedMft(), seed: 300 },
    deviceSectorBytes: 512,
    places: 60,
    longest: 6,
  },
];

describe('volumes of every shape', { skip }, () => {
  /** Rescues into a file that is not there yet; the run must end with `code` and stay small. */
  async function rescue(
    source: string,
    target: string,
    code: number,
    ...more: string[]
  ): Promise<WatchedRun> {
    const result = await watchedLifeboat(['rescue', source, target, ...more]);
    assert.equal(result.code, code, result.stdout + result.stderr);
    assert.ok(result.peakBytes > 0 && result.peakBytes < MEMORY_LIMIT, `${result.peakBytes} bytes of memory`);
    return result;
  }

  /** A healthy disk gives the clone that ntfsclone makes, and a mounted one with every file in it. */
  async function healthyIsExact(volume: Volume, deviceSectorBytes: 512 | 4096): Promise<void> {
    await using own = await scratch();
    await expectedClone(volume.image, own.path('expected.img'));
    await using disk = await loopDevice(volume.image, { sectorBytes: deviceSectorBytes, readOnly: true });
    await rescue(disk.device, own.path('healthy.img'), 0);
    assert.equal(await difference(own.path('expected.img'), own.path('healthy.img')), '');
  }

  /** A dying disk gives that clone with a marker in every bad sector, and a report that is true of its files. */
  async function faultyIsExact(volume: Volume, { deviceSectorBytes, places, longest }: Omit<Case, 'volume'>) {
    await using own = await scratch();
    const bad = scatter({
      among: (await usedRanges(volume.image)).ranges,
      spared: await neededToMount(volume.image, volume.clusterBytes),
      unitBytes: deviceSectorBytes,
      count: places,
      longest,
      seed: volume.clusterBytes + volume.sectorBytes,
    });
    assert.ok(bad.count > places / 2, 'the faults have been placed');
    const markerBytes = Math.min(deviceSectorBytes, volume.sectorBytes);
    await expectedClone(volume.image, own.path('expected.img'), bad, markerBytes);
    const [clone, report] = [own.path('clone.img'), own.path('report.json')];
    {
      await using disk = await failingDisk({
        image: volume.image,
        faults: badRules(bad),
        sectorBytes: deviceSectorBytes,
        exposeWrites: true,
      });
      await rescue(disk.device, clone, 4, '--report', report);
      assert.equal((await disk.stats()).writes, 0, 'the source was written to');
    }
    assert.equal(await difference(own.path('expected.img'), clone), '');
    const damaged = await changedFiles(clone, volume.truth);
    const { named } = await assertReportNames(report, volume.truth, damaged);
    assert.ok(named > 0, 'the faults hit files');
  }

  for (const { volume: options, ...rest } of CASES) {
    test(rest.name, async () => {
      await using volume = await makeVolume(options);
      await healthyIsExact(volume, rest.deviceSectorBytes);
      await faultyIsExact(volume, rest);
    });
  }

  test('$MFT of that volume is in hundreds of pieces', async () => {
    await using volume = await makeVolume({ sizeBytes: 32 * MIB, populate: fragmentedMft(), seed: 300 });
    const pieces = (await extentsOf(volume.image, volume.clusterBytes, 0)).get('80') ?? [];
    assert.ok(pieces.length > 200, `${pieces.length} pieces`);
  });

  test('whole 4096-byte sectors lost on a 4Kn disk: the same bytes as ntfsclone --rescue, also when continued', async () => {
    await using own = await scratch();
    const populate = everyKind(8);
    await using volume = await makeVolume({ sizeBytes: 96 * MIB, populate, seed: 400 });
    const bad = scatter({
      among: (await usedRanges(volume.image)).ranges,
      spared: await neededToMount(volume.image, volume.clusterBytes),
      unitBytes: 4096,
      count: 20,
      longest: 2,
      seed: 7,
    });
    await using disk = await failingDisk({ image: volume.image, faults: badRules(bad), sectorBytes: 4096 });
    // Without read-ahead the page cache asks for single pages, and ntfsclone loses nothing beyond them.
    await runOrThrow('blockdev', ['--setra', '0', disk.device]);
    const theirs = own.path('ntfsclone.img');
    const flags = ['--rescue', '--force', '--ignore-fs-check', '-q'];
    await runOrThrow('ntfsclone', [...flags, '-O', theirs, disk.device]);
    const ours = own.path('ours.img');
    await rescue(disk.device, ours, 4);
    assert.equal(await difference(theirs, ours), '');
    await rescue(disk.device, ours, 4);
    assert.equal(await difference(theirs, ours), '', 'the run that went on changed the clone');
  });

  describe('lengths that do not fit the volume', () => {
    let volume: Volume;

    before(async () => {
      volume = await makeVolume({ sizeBytes: 48 * MIB, populate: everyKind(4), seed: 500 });
    });

    after(() => volume[Symbol.asyncDispose]());

    /** A copy of the volume that is so many bytes longer, with noise in them, or shorter. */
    async function withLength(own: Scratch, change: number): Promise<string> {
      const image = own.path('odd.img');
      await copyFile(volume.image, image);
      await truncate(image, volume.sizeBytes + change);
      if (change <= 0) return image;
      const file = await open(image, 'r+');
      await file.write(seededRandom(change).fill(new Uint8Array(change)), 0, change, volume.sizeBytes);
      await file.close();
      return image;
    }

    const lengths = [512, 3584, 4096, 8192, MIB, 100, 2 * MIB + 700, -512, -513, -4096];
    for (const change of lengths) {
      test(`${Math.abs(change)} bytes ${change > 0 ? 'more' : 'less'}`, async () => {
        await using own = await scratch();
        const image = await withLength(own, change);
        const [theirs, ours] = [own.path('theirs.img'), own.path('ours.img')];
        await expectedClone(image, theirs);
        await rescue(image, ours, 0);
        // ntfsclone leaves out what lies more than a cluster behind the last one, and ends with the last used one.
        const common = (await stat(theirs)).size;
        assert.equal(await difference(theirs, ours, common), '');
        const sizeBytes = volume.sizeBytes + change;
        assert.equal((await stat(ours)).size, sizeBytes);
        await assertSameOrEmpty(image, ours, common);
        // Made on a device, it is the same, though that has whole sectors only.
        if (sizeBytes % SECTOR === 0) {
          await using disk = await loopDevice(image, { readOnly: true });
          const again = own.path('again.img');
          await rescue(disk.device, again, 0);
          assert.equal(await difference(ours, again), '');
        }
      });
    }

    test('cut in the middle: what is there is saved, and it is said that something is missing', async () => {
      const { ranges } = await usedRanges(volume.image);
      const kept = 24 * MIB + 1024;
      await using own = await scratch();
      const image = await withLength(own, kept - volume.sizeBytes);
      const ours = own.path('ours.img');
      const { stdout } = await rescue(image, ours, 4);
      assert.match(stdout, /the source ends before the volume does/);
      const [copy, original] = [await open(ours), await open(image)];
      try {
        for (const { start, end } of RangeSet.of(ranges).within(0, kept)) {
          const [a, b] = [Buffer.alloc(end - start), Buffer.alloc(end - start)];
          await copy.read(a, 0, a.length, start);
          await original.read(b, 0, b.length, start);
          assert.ok(a.equals(b), `${start}..${end} was not saved`);
        }
      } finally {
        await copy.close();
        await original.close();
      }
    });

    test('bad sectors behind the end of the volume, and in its backup boot sector', async () => {
      await using own = await scratch();
      const image = await withLength(own, 8192);
      const end = volume.sizeBytes;
      const bad = RangeSet.of([
        { start: end - SECTOR, end },
        { start: end + SECTOR, end: end + 3 * SECTOR },
        { start: end + 8192 - SECTOR, end: end + 8192 },
      ]);
      const [expected, ours] = [own.path('expected.img'), own.path('ours.img')];
      await expectedClone(image, expected, [{ start: end - SECTOR, end }]);
      const common = (await stat(expected)).size;
      await using disk = await failingDisk({ image, faults: badRules(bad) });
      await rescue(disk.device, ours, 4);
      assert.equal(await difference(expected, ours, common), '');
    });

    /** From `from` on every sector of the copy is the original's, or was left empty. */
    async function assertSameOrEmpty(original: string, clone: string, from: number): Promise<void> {
      const { size } = await stat(original);
      const [left, right] = [await open(original), await open(clone)];
      const [a, b, empty] = [Buffer.alloc(SECTOR), Buffer.alloc(SECTOR), Buffer.alloc(SECTOR)];
      try {
        for (let at = from; at < size; at += SECTOR) {
          const length = Math.min(SECTOR, size - at);
          await left.read(a, 0, length, at);
          await right.read(b, 0, length, at);
          const [due, found] = [a.subarray(0, length), b.subarray(0, length)];
          assert.ok(found.equals(due) || found.equals(empty.subarray(0, length)), `byte ${at}`);
        }
      } finally {
        await left.close();
        await right.close();
      }
    }
  });

  test('100 000 files', async () => {
    await using volume = await makeVolume({ sizeBytes: 320 * MIB, populate: hundredThousand, seed: 600 });
    await healthyIsExact(volume, 512);
    const rest = { name: '', deviceSectorBytes: 512, places: 48, longest: 3 } as const;
    await faultyIsExact(volume, rest);
  });
});

/** Small files, written without a detour: it is the making of them that takes the time. */
const hundredThousand: Population = async (volume) => {
  for (let i = 0; i < 100_000; i++) {
    const folder = `many/${Math.floor(i / 500)}`;
    if (i % 500 === 0) mkdirSync(join(volume.root, folder), { recursive: true });
    const path = `${folder}/file number ${i}.dat`;
    const content = Buffer.alloc(volume.random.integer(900), `${i} `);
    writeFileSync(join(volume.root, path), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    volume.truth.set(path, { size: content.length, sha256 });
  }
};
