import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { failingDisk } from '../support/failing-disk.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { seededRandom } from '../support/random.ts';
import { startOfAttribute } from '../support/structures.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { compareClone } from '../support/volume-comparison.ts';
import { everyKind } from '../support/volume-populations.ts';
import { type UsedClusters, usedRanges } from '../support/volume-used.ts';

const SECTOR = 512;
const MIB = 2 ** 20;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsclone', 'ntfsinfo', 'ddrescuelog'],
  root: true,
});

describe('rescue from a device with real read errors', { skip }, () => {
  let volume: Volume;
  let used: UsedClusters;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-e2e-'));
    volume = await makeVolume({ sizeBytes: 96 * MIB, populate: everyKind(24), seed: 21 });
    used = await usedRanges(volume.image);
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Rescues with these sectors bad and holds every sector of the result against the truth. */
  async function rescueWith(
    bad: Iterable<number>,
    name: string,
    savesMore = false,
  ): Promise<{ code: number | undefined; report: string }> {
    const sectors = new Set(bad);
    const target = join(folder, `${name}.img`);
    const report = join(folder, `${name}.json`);
    await using disk = await failingDisk({
      image: volume.image,
      faults: [...sectors].map((sector) => `bad ${sector} 1`),
      exposeWrites: true,
    });
    const result = await lifeboat(['rescue', disk.device, target, '--report', report]);
    const usedBad = new Set(
      [...sectors].filter((sector) =>
        used.ranges.some(({ start, end }) => sector * SECTOR >= start && sector * SECTOR < end),
      ),
    );
    const comparison = await compareClone(volume.image, target, used, usedBad, 0, savesMore);
    assert.deepEqual(comparison.wrong, [], `${name}: ${result.stdout}${result.stderr}`);
    assert.equal(comparison.marked, usedBad.size);
    assert.equal(result.code, usedBad.size > 0 ? 4 : 0, `${name}: ${result.stdout}${result.stderr}`);
    assert.equal((await disk.stats()).writes, 0, 'the source was written to');
    const log = await runOrThrow('ddrescuelog', ['-t', '-b', '512', `${target}.map`]);
    assert.match(log, new RegExp(`bad-sector:\\s+${usedBad.size * SECTOR} B|bad-sector:`));
    const listed = (await runOrThrow('ddrescuelog', ['-b', '512', '--list-blocks=-', `${target}.map`]))
      .split('\n')
      .filter(Boolean);
    assert.deepEqual(
      listed.map(Number).sort((a, b) => a - b),
      [...usedBad].sort((a, b) => a - b),
    );
    await rm(target);
    return { code: result.code, report };
  }

  test('scattered single sectors, 4096-byte sectors and long runs', async () => {
    for (const seed of [1, 2, 3]) {
      const random = seededRandom(seed);
      const total = volume.sizeBytes / SECTOR;
      const bad = new Set<number>();
      for (let i = 0; i < 40; i++) bad.add(random.integer(total));
      for (let i = 0; i < 10; i++) {
        const start = random.integer(total / 8) * 8;
        for (let k = 0; k < 8; k++) bad.add(start + k);
      }
      const long = random.integer(total - 700);
      for (let k = 0; k < 700; k++) bad.add(long + k);
      await rescueWith(bad, `scattered-${seed}`);
    }
  });

  const record = (number: number) => async (): Promise<number[]> => {
    const start = await startOfAttribute(volume.image, volume.clusterBytes, 0, '$DATA');
    const sector = (start + number * 1024) / SECTOR;
    return [sector, sector + 1];
  };
  const content = (number: number, type: string, sectors: number) => async (): Promise<number[]> => {
    const start = await startOfAttribute(volume.image, volume.clusterBytes, number, type);
    return Array.from({ length: sectors }, (_, i) => start / SECTOR + i);
  };
  const structures: Readonly<Record<string, () => Promise<number[]>>> = {
    'boot-sector': async () => [0],
    'backup-boot-sector': async () => [volume.sizeBytes / SECTOR - 1],
    'both-boot-sectors': async () => [0, volume.sizeBytes / SECTOR - 1],
    'mft-record-0': record(0),
    'mft-record-1': record(1),
    'mft-record-5': record(5),
    'mft-record-6': record(6),
    'mft-user-records': async () => [...(await record(70)()), ...(await record(101)())],
    'mft-whole': content(0, '$DATA', 64),
    'mft-mirror': content(1, '$DATA', 8),
    'mft-record-0-and-mirror': async () => [...(await record(0)()), ...(await content(1, '$DATA', 8)())],
    bitmap: content(6, '$DATA', 3),
    'bitmap-and-its-record': async () => [...(await record(6)()), ...(await content(6, '$DATA', 1)())],
    logfile: content(2, '$DATA', 20),
    upcase: content(10, '$DATA', 5),
    attrdef: content(4, '$DATA', 1),
    secure: content(9, '$DATA', 2),
  };
  /** Those that leave parts of the volume of which nobody knows whether they are in use, or where $MFT ends. */
  const SAVES_MORE = new Set([
    'both-boot-sectors',
    'mft-record-6',
    'mft-whole',
    'mft-record-0-and-mirror',
    'bitmap',
    'bitmap-and-its-record',
  ]);
  for (const [name, place] of Object.entries(structures)) {
    test(`one structure unreadable: ${name}`, async () => {
      await rescueWith(await place(), name, SAVES_MORE.has(name));
    });
  }

  test('the damaged files named are those whose bytes changed', async () => {
    const random = seededRandom(99);
    const bad = new Set<number>();
    while (bad.size < 25) {
      const range = used.ranges[random.integer(used.ranges.length)];
      if (range)
        bad.add(Math.floor(range.start / SECTOR) + random.integer((range.end - range.start) / SECTOR));
    }
    const { report } = await rescueWith(bad, 'named');
    const { damage } = JSON.parse(await readFile(report, 'utf8')) as {
      damage: {
        files: { path: string; lostBytes: number; recordLost?: boolean; diskBytes: number }[];
        freeBytes: number;
        unknownBytes: number;
      };
    };
    // Independent judges: ntfscluster says which record owns a sector.
    const tail = used.ranges.at(-1)?.start ?? 0;
    for (const sector of bad) {
      // Behind the last cluster there is only the backup boot sector, which no record owns.
      if (sector * SECTOR >= tail) continue;
      const { stdout } = await run('ntfscluster', ['-f', '--sector', String(sector), volume.image]);
      const owner = /^Inode \d+ (\S.*?)\/\$/m.exec(stdout)?.[1];
      assert.ok(owner !== undefined, `ntfscluster names no owner of sector ${sector}: ${stdout}`);
      const path = owner.replace(/^\//, '');
      assert.ok(
        damage.files.some((file) => file.path === path),
        `sector ${sector} belongs to ${path}, which the report does not name`,
      );
    }
    const told =
      damage.files.reduce((sum, file) => sum + file.diskBytes, 0) + damage.freeBytes + damage.unknownBytes;
    assert.equal(told, bad.size * SECTOR, 'every lost byte is accounted for');
  });

  test('whole 4096-byte faults: the same bytes as ntfsclone --rescue', async () => {
    const random = seededRandom(5);
    const faults: string[] = [];
    // Only file data: of a structure that cannot be read ntfsclone makes nothing at all.
    const data = used.ranges.filter((range) => range.start > 56 * MIB && range.end < 95 * MIB);
    for (let i = 0; i < 12; i++) {
      const range = data[random.integer(data.length)];
      if (range) faults.push(`bad ${Math.floor(range.start / 4096) * 8} 8`);
    }
    await using disk = await failingDisk({ image: volume.image, faults });
    // Without read-ahead the page cache asks for single pages, and ntfsclone loses nothing beyond them.
    await runOrThrow('blockdev', ['--setra', '0', disk.device]);
    const theirs = join(folder, 'ntfsclone.img');
    await runOrThrow('ntfsclone', [
      '--rescue',
      '--force',
      '--ignore-fs-check',
      '-q',
      '-O',
      theirs,
      disk.device,
    ]);
    const ours = join(folder, 'ours.img');
    const { code, stdout, stderr } = await lifeboat(['rescue', disk.device, ours]);
    assert.equal(code, 4, stdout + stderr);
    await runOrThrow('cmp', [theirs, ours]);
  });
});
