import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LiveDisk } from '../../scripts/machine/disk-words.ts';
import { type LiveScene, makeScene, type SceneOptions } from '../../scripts/machine/live-scene.ts';
import { assertReportNames, changedFiles } from './e2e-damage-check.ts';
import { runOrThrow } from './tools.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
/** Sticks have room behind the image. */
const STICK_BYTES = 512 * MIB;
/** The part of the stick that Windows shows. */
const DATA_PARTITION = 1;

/** What ntfsclone writes where it could not read. */
const LOST_SECTOR = Buffer.concat([Buffer.from('BadSectoR\0'), Buffer.alloc(SECTOR - 10, '?')]);

/** Programs that judge what a machine has done. */
export const LIVE_TOOLS = [
  ...[
    'qemu-system-x86_64',
    'tmux',
    'mkntfs',
    'ntfsclone',
    'ntfs-3g',
    'mcopy',
    'mmd',
    'mkfs.vfat',
    'nasm',
    'ddrescuelog',
    'sfdisk',
  ],
] as const;

/** A folder with a dying disk, and what is needed to judge a copy of it. */
export interface LiveRig extends AsyncDisposable {
  readonly folder: string;
  readonly scene: LiveScene;
  /** A fresh stick, as `make stick` writes it; `words` are put into its file of options. */
  stick(words?: string): Promise<string>;
}

const SMALL: SceneOptions = { volumeBytes: 48 * MIB, files: 150, badSectors: 6 };

/** Makes the dying disk, over which a machine that is translated shall not take long. Needs root. */
export async function liveRig(image: string): Promise<LiveRig> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-live-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const scene = await makeScene(folder, SMALL);
    let sticks = 0;
    return {
      folder,
      scene,
      async stick(words = '') {
        const path = await stickOf(image, join(folder, `stick-${sticks++}.img`));
        if (words !== '') {
          const options = join(folder, 'options.txt');
          await writeFile(options, `set words="${words}"\r\n`);
          await runOrThrow('mcopy', ['-o', '-i', await dataPartition(path), options, '::options.txt']);
        }
        return path;
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Writes a stick as `make stick` does; returns where it is. */
export async function stickOf(image: string, path: string): Promise<string> {
  await copyFile(image, path);
  await truncate(path, STICK_BYTES);
  return path;
}

/** Words for mtools: where on the stick its own file system is. */
async function dataPartition(stick: string): Promise<string> {
  const table = JSON.parse(await runOrThrow('sfdisk', ['--json', stick])) as {
    partitiontable: { partitions: { node: string; start: number }[] };
  };
  const data = table.partitiontable.partitions.find(({ node }) => node.endsWith(String(DATA_PARTITION)));
  assert.ok(data, 'the image has no data partition');
  return `${stick}@@${data.start * SECTOR}`;
}

/** Copies a file or folder off the stick, as Windows would show it; returns where it is now. */
async function takeOff(stick: string, path: string, folder: string): Promise<string> {
  const to = await mkdtemp(join(folder, 'kept-'));
  await runOrThrow('mcopy', ['-s', '-i', await dataPartition(stick), `::${path}`, to]);
  return join(to, path);
}

/** Takes the folder of the only job off the stick. */
export async function onlyJob(stick: string, folder: string): Promise<string> {
  const jobs = await takeOff(stick, 'jobs', folder);
  const names = await readdir(jobs);
  assert.equal(names.length, 1, `jobs on the stick: ${names.join(' ')}`);
  return join(jobs, names[0] ?? '');
}

/** Checksums of what disks hold. */
export function sums(disks: readonly LiveDisk[]): Promise<string[]> {
  return Promise.all(
    disks.map(async ({ file }) => {
      const hash = createHash('sha256');
      await pipeline(createReadStream(file), hash);
      return hash.digest('hex');
    }),
  );
}

/**
 * Holds a finished copy of the scene's volume, which begins at `offset` of `copy`, against the truth: what ntfsclone,
 * which knows nothing of us, says a faithful copy holds, but the bad sectors, which must be marked and nothing else.
 */
export async function assertCopy(scene: LiveScene, copy: string, folder: string, offset = 0): Promise<void> {
  const faithful = join(folder, 'faithful.img');
  await runOrThrow('ntfsclone', ['--overwrite', faithful, '--quiet', '--force', scene.volume]);
  await using file = await open(copy);
  const found = Buffer.alloc(scene.volumeBytes);
  await file.read(found, 0, found.length, offset);
  const truth = await readFile(faithful);
  const bad = new Set(scene.badSectors);
  const different: number[] = [];
  for (let sector = 0; sector < scene.volumeBytes / SECTOR; sector++) {
    const got = found.subarray(sector * SECTOR, (sector + 1) * SECTOR);
    const due = bad.has(sector) ? LOST_SECTOR : truth.subarray(sector * SECTOR, (sector + 1) * SECTOR);
    if (!got.equals(due)) different.push(sector);
  }
  assert.deepEqual(different, [], 'sectors of the copy that are not what they should be');
}

/** ddrescue's own tool must list from the map the bad sectors, and no others. */
export async function assertMap(scene: LiveScene, map: string): Promise<void> {
  const listed = await runOrThrow('ddrescuelog', ['-b512', '-l-', map]);
  assert.deepEqual(listed.split('\n').filter(Boolean).map(Number), scene.badSectors);
}

/** The report must name the files that a driver does not give back as they were, and no others. */
export async function assertReport(
  scene: LiveScene,
  report: string,
  copy: string,
  folder: string,
): Promise<number> {
  const volume = join(folder, 'judged.img');
  await runOrThrow('dd', [`if=${copy}`, `of=${volume}`, 'bs=1M', 'conv=sparse', 'status=none']);
  await runOrThrow('truncate', ['-s', String(scene.volumeBytes), volume]);
  const damaged = await changedFiles(volume, scene.truth);
  assert.ok(damaged.length > 0, 'no file was hit: the test proves nothing');
  return (await assertReportNames(report, scene.truth, damaged)).named;
}
