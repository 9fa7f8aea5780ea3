import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RangeSet } from '../../src/block/range-set.ts';
import { seededRandom } from './random.ts';
import { runOrThrow } from './tools.ts';
import { makeVolume } from './volume.ts';
import { mountVolume } from './volume-mount.ts';
import { type UsedClusters, usedRanges } from './volume-used.ts';

/** A volume about half full, its files of four to eighteen megabytes scattered over all of it, made within seconds. */
export interface ScatteredVolume {
  readonly image: string;
  readonly sizeBytes: number;
  readonly used: UsedClusters;
  /** Clusters of the large files: they were allocated, never written, and stand for any content. */
  readonly data: RangeSet;
}

const MIB = 2 ** 20;
const SMALL_FILES = 1200;

/** Makes the volume for a seed with mkntfs, ntfs-3g and ntfsfallocate. Needs root, for the mount. */
export async function makeScatteredVolume(
  image: string,
  sizeBytes: number,
  seed: number,
): Promise<ScatteredVolume> {
  const random = seededRandom(seed);
  const sizes: number[] = [];
  for (let left = sizeBytes * 0.93; left > 0; left -= sizes.at(-1) ?? 0)
    sizes.push(4 * MIB + random.integer(14 * MIB));
  await makeVolume({
    ...{ sizeBytes, seed, junk: false, image },
    populate: async (volume) => {
      for (let i = 0; i < SMALL_FILES; i++)
        await volume.file(`small/${i % 30}/${i}.txt`, random.integer(600));
      for (const i of sizes.keys()) await volume.file(`data/${i % 20}/${i}.bin`, 0);
    },
  });
  const structures = RangeSet.of((await usedRanges(image)).ranges);
  // In two pieces each, so that files are fragmented.
  for (const share of [0.4, 1]) {
    for (const [i, size] of sizes.entries()) {
      const length = String(Math.floor((size * share) / 4096) * 4096);
      await runOrThrow('ntfsfallocate', ['-f', '-l', length, image, `data/${i % 20}/${i}.bin`]);
    }
  }
  {
    await using mounted = await mountVolume(image);
    for (const i of sizes.keys()) {
      if (random.fraction() < 0.47) await rm(join(mounted.root, `data/${i % 20}/${i}.bin`));
    }
  }
  const used = await usedRanges(image);
  return { image, sizeBytes, used, data: RangeSet.of(used.ranges).subtract(structures) };
}

/** Gives each sector of the data a content of its own, which begins with its number. Returns `bytes`. */
export function stampData(bytes: Uint8Array, offset: number, data: RangeSet): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { start, end } of data.within(offset, offset + bytes.length)) {
    for (let at = start; at < end; at += 512) view.setFloat64(at - offset, at / 512 + 0.5);
  }
  return bytes;
}

/** Puts the contents that `stampData` gives into the image itself, for programs that read it. */
export async function writeStamps({ image, data }: ScatteredVolume): Promise<void> {
  const file = await open(image, 'r+');
  try {
    for (const { start, end } of data) {
      for (let at = start; at < end; at += MIB) {
        const bytes = stampData(Buffer.alloc(Math.min(MIB, end - at)), at, data);
        await file.write(bytes, 0, bytes.length, at);
      }
    }
  } finally {
    await file.close();
  }
}
