import { execFile } from 'node:child_process';
import { copyFile, open, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seededRandom } from '../../test/support/random.ts';
import { makeVolume } from '../../test/support/volume.ts';
import { everyKind, manyFiles } from '../../test/support/volume-populations.ts';
import { usedRanges } from '../../test/support/volume-used.ts';
import type { Truth } from '../../test/support/volume-writer.ts';
import type { LiveDisk } from './disk-words.ts';

const run = promisify(execFile);
const SECTOR = 512;
const MIB = 2 ** 20;
/** Where partitions begin on disks of today. */
const START_BYTES = MIB;
const TARGET_BYTES = 32 * MIB;

/** A dying disk with one NTFS partition full of files, and an empty disk. */
export interface LiveScene {
  /** The volume as it was when all of it could be read, and what its files hold. */
  readonly volume: string;
  readonly volumeBytes: number;
  readonly truth: Truth;
  /** Sectors of the volume that cannot be read, in order. */
  readonly badSectors: readonly number[];
  readonly source: LiveDisk;
  readonly target: LiveDisk;
}

/** How large the volume of a scene is, and what ails its disk. */
export interface SceneOptions {
  readonly volumeBytes: number;
  /** Small files, beside some of every kind. */
  readonly files: number;
  /** So many sectors cannot be read. */
  readonly badSectors: number;
}

/** Makes both disks as files in `folder`. Needs root, for the mount that fills the volume. */
export async function makeScene(
  folder: string,
  { volumeBytes, files, badSectors: bad }: SceneOptions,
): Promise<LiveScene> {
  const [volumePath, disk, target] = ['volume.img', 'source.img', 'target.img'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await using volume = await makeVolume({
    sizeBytes: volumeBytes,
    label: 'Family photos',
    populate: async (writer) => {
      await everyKind(Math.floor(volumeBytes / MIB / 2))(writer);
      await manyFiles(files, 4000)(writer);
    },
  });
  await copyFile(volume.image, volumePath);
  const badSectors = await scatteredInFiles(volumePath, volumeBytes, bad);
  await writeFile(disk, '');
  await truncate(disk, START_BYTES + volumeBytes + MIB);
  const child = run('sfdisk', ['--quiet', disk]);
  child.child.stdin?.end(
    `label: dos\nlabel-id: 0x4c424f54\nstart=${START_BYTES / SECTOR}, size=${volumeBytes / SECTOR}, type=7\n`,
  );
  await child;
  await writeAt(disk, START_BYTES, volumePath);
  return {
    volume: volumePath,
    volumeBytes,
    truth: volume.truth,
    badSectors,
    source: {
      serial: 'DYING-4711',
      file: disk,
      bus: 'ahci',
      badSectors: badSectors.map((sector) => sector + START_BYTES / SECTOR),
    },
    target: await emptyDisk('EMPTY-0815', target, volumeBytes + TARGET_BYTES),
  };
}

/** An empty disk, as a new file. */
export async function emptyDisk(serial: string, file: string, sizeBytes: number): Promise<LiveDisk> {
  await rm(file, { force: true });
  await writeFile(file, '');
  await truncate(file, sizeBytes);
  return { serial, file, bus: 'nvme' };
}

/** Sectors in the contents of files, where most bad sectors of a dying disk are. */
async function scatteredInFiles(volume: string, volumeBytes: number, count: number): Promise<number[]> {
  const random = seededRandom(7);
  // Long stretches are contents of files.
  const stretches = (await usedRanges(volume)).ranges.filter(({ start, end }) => end - start > MIB / 2);
  const bad = new Set<number>();
  while (bad.size < count) {
    const stretch = stretches[random.integer(stretches.length)];
    if (!stretch) throw new Error('the volume has no file that is large enough to be hit');
    // Not where the structures of the file system begin.
    if (stretch.end < volumeBytes / 4) continue;
    bad.add(Math.floor((stretch.start + random.fraction() * (stretch.end - stretch.start)) / SECTOR));
  }
  return [...bad].sort((a, b) => a - b);
}

async function writeAt(path: string, position: number, from: string): Promise<void> {
  await using source = await open(from);
  await using target = await open(path, 'r+');
  const buffer = Buffer.alloc(MIB);
  for (let at = 0; ; ) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    await target.write(buffer, 0, bytesRead, position + at);
    at += bytesRead;
  }
}
