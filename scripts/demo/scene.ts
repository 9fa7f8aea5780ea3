import { open } from 'node:fs/promises';
import type { SeededRandom } from '../../test/support/random.ts';
import type { UsedClusters } from '../../test/support/volume-used.ts';
import { SECTOR } from '../failing-disk/fault-rules.ts';

/** What is wrong with the disk of the demo. */
export interface Damage {
  readonly rules: readonly string[];
  /** The sectors that can never be read. */
  readonly bad: ReadonlySet<number>;
}

const SINGLE_SECTORS = 28;
const RUN_SECTORS = 12;
const SLOW_SECTORS = 4096;
/** Records below this one belong to NTFS itself. */
const FIRST_USER_RECORD = 64;

/** Scatters faults over the used parts of a volume, one of them in the $MFT record of some file. */
export async function damageFor(image: string, used: UsedClusters, random: SeededRandom): Promise<Damage> {
  const record = await someFileRecord(image, random);
  // Long stretches are the contents of files: that is where most of a dying disk's bad sectors are.
  const stretches = used.ranges.filter(({ start, end }) => end - start > 2 ** 20 && start > record);
  const somewhere = (): number => {
    const stretch = stretches[random.integer(stretches.length)] ?? { start: 0, end: SECTOR };
    return Math.floor((stretch.start + random.fraction() * (stretch.end - stretch.start)) / SECTOR);
  };
  const bad = new Set<number>([record / SECTOR]);
  while (bad.size <= SINGLE_SECTORS) bad.add(somewhere());
  const run = somewhere();
  const inUse = (sector: number): boolean =>
    used.ranges.some(({ start, end }) => start <= sector * SECTOR && sector * SECTOR < end);
  for (let sector = run; sector < run + RUN_SECTORS && inUse(sector); sector++) bad.add(sector);
  const weak = Array.from({ length: 4 }, somewhere).filter((sector) => !bad.has(sector));
  return {
    bad,
    rules: [
      ...[...bad].map((sector) => `bad ${sector} 1`),
      ...[...new Set(weak)].map((sector) => `weak ${sector} 1 1`),
      `slow ${somewhere()} ${SLOW_SECTORS} 40`,
    ],
  };
}

/** The position of the $MFT record of a file, found by its signature and its own number. */
async function someFileRecord(image: string, random: SeededRandom): Promise<number> {
  const file = await open(image);
  try {
    const boot = Buffer.alloc(SECTOR);
    await file.read(boot, 0, SECTOR, 0);
    const clusterBytes = boot.readUInt16LE(11) * boot.readUInt8(13);
    const mft = Number(boot.readBigUInt64LE(48)) * clusterBytes;
    const recordBytes = 1024;
    const isRecord = async (number: number): Promise<boolean> => {
      const bytes = Buffer.alloc(48);
      await file.read(bytes, 0, bytes.length, mft + number * recordBytes);
      return bytes.toString('latin1', 0, 4) === 'FILE' && bytes.readUInt32LE(44) === number;
    };
    let count = FIRST_USER_RECORD;
    while (await isRecord(count)) count++;
    if (count === FIRST_USER_RECORD)
      throw new Error(`${image}: no file has a record where one was looked for`);
    return mft + (FIRST_USER_RECORD + random.integer(count - FIRST_USER_RECORD)) * recordBytes;
  } finally {
    await file.close();
  }
}
