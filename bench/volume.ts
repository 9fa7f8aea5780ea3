import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeVolume } from '../test/support/volume.ts';
import { type UsedClusters, usedRanges } from '../test/support/volume-used.ts';

/** The volume of the bench and its used bytes as a plain file. */
export interface BenchVolume {
  readonly image: string;
  readonly plain: string;
  readonly used: UsedClusters;
}

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** Makes the volume once, and keeps it in `folder` for the next time. */
export async function benchVolume(
  folder: string,
  sizeGib: number,
  clusterBytes: number = 4096,
): Promise<BenchVolume> {
  const name = clusterBytes === 4096 ? `${sizeGib}g` : `${sizeGib}g-${clusterBytes}`;
  const image = join(folder, `volume-${name}.img`);
  const plain = join(folder, `plain-${name}.img`);
  const facts = join(folder, `used-${name}.json`);
  if (existsSync(facts))
    return { image, plain, used: JSON.parse(await readFile(facts, 'utf8')) as UsedClusters };

  await mkdir(folder, { recursive: true });
  const half = (sizeGib * GIB) / 2;
  await makeVolume({
    image,
    sizeBytes: sizeGib * GIB,
    clusterBytes,
    junk: false,
    populate: async (volume) => {
      // A tenth in small and middling files, the rest in large ones, some of them in pieces.
      for (let i = 0; i < 800; i++)
        await volume.file(`small/${i % 40}/${i}.txt`, volume.random.integer(8000));
      for (let i = 0; i < half / 20 / MIB; i++) await volume.file(`pictures/${i}.jpg`, 1.5 * MIB);
      await volume.interleaved(['mixed/a.vhd', 'mixed/b.vhd'], half / 10, 256 * 1024);
      const free = await volume.freeBytes();
      await volume.file('large.vhd', free - half);
    },
  });
  const used = await usedRanges(image);
  await copyRanges(image, plain, used);
  await writeFile(`${facts}.new`, JSON.stringify(used));
  await rename(`${facts}.new`, facts);
  return { image, plain, used };
}

async function copyRanges(image: string, plain: string, { ranges }: UsedClusters): Promise<void> {
  const [from, to] = [await open(image), await open(plain, 'w')];
  const buffer = Buffer.alloc(4 * MIB);
  for (const { start, end } of ranges) {
    for (let offset = start; offset < end; offset += buffer.length) {
      const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, end - offset), offset);
      await to.write(buffer, 0, bytesRead);
    }
  }
  await from.close();
  await to.close();
}
