import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { seededRandom } from './random.ts';
import { runOrThrow } from './tools.ts';
import { ownedFolder, sweepVolumes } from './volume-leftovers.ts';
import { mountVolume } from './volume-mount.ts';
import { everyKind, type Population } from './volume-populations.ts';
import { type Truth, VolumeWriter } from './volume-writer.ts';

/** How to make a volume; every choice has a default. */
export interface VolumeOptions {
  readonly sizeBytes?: number;
  readonly sectorBytes?: number;
  /** 512 bytes to 2 MiB. */
  readonly clusterBytes?: number;
  readonly label?: string;
  readonly seed?: number;
  readonly populate?: Population;
  /** Fills what stays free with noise, as on a disk that was used before; default true. */
  readonly junk?: boolean;
  /** Where to make it; a temporary folder, removed at the end, when left out. */
  readonly image?: string;
}

/** An NTFS volume in an image file. */
export interface Volume extends AsyncDisposable {
  readonly image: string;
  readonly sizeBytes: number;
  readonly sectorBytes: number;
  readonly clusterBytes: number;
  /** What its files hold. */
  readonly truth: Truth;
}

const MIB = 2 ** 20;

/** Makes and fills an NTFS volume with mkntfs and ntfs-3g. Needs root, for the mount. */
export async function makeVolume(options: VolumeOptions = {}): Promise<Volume> {
  const { sizeBytes = 64 * MIB, sectorBytes = 512, label = 'Lifeboat', seed = 1, junk = true } = options;
  const clusterBytes = options.clusterBytes ?? Math.max(4096, sectorBytes);
  await sweepVolumes();
  const folder = options.image === undefined ? await mkdtemp(ownedFolder('volume')) : undefined;
  const image = options.image ?? join(folder ?? '', 'volume.img');
  const dispose = async (): Promise<void> => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    await layOut(image, sizeBytes, junk ? seed : undefined);
    const geometry = ['-s', String(sectorBytes), '-c', String(clusterBytes)];
    await runOrThrow('mkntfs', ['-F', '-q', '-Q', ...geometry, '-L', label, image]);
    // mkntfs draws its serial number from the second: two volumes of one second would be twins.
    await runOrThrow('ntfslabel', [`--new-serial=${randomBytes(8).toString('hex')}`, image]);
    await using mounted = await mountVolume(image);
    const writer = new VolumeWriter(mounted.root, clusterBytes, seed);
    await (options.populate ?? everyKind())(writer);
    const { truth } = writer;
    return { image, sizeBytes, sectorBytes, clusterBytes, truth, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Makes the file: a hole, or noise throughout, which a quick mkntfs leaves where it is. */
async function layOut(image: string, sizeBytes: number, junkSeed: number | undefined): Promise<void> {
  const file = await open(image, 'w');
  await file.truncate(sizeBytes);
  if (junkSeed !== undefined) {
    const noise = seededRandom(junkSeed + 1).fill(new Uint8Array(MIB));
    for (let offset = 0; offset < sizeBytes; offset += MIB) {
      // A number in each megabyte makes them differ, so that one in another's place is noticed.
      new DataView(noise.buffer).setFloat64(8, offset);
      await file.write(noise, 0, Math.min(MIB, sizeBytes - offset), offset);
    }
  }
  await file.close();
}

/** Mounts the volume in `image`, reads every file of `truth`, and names those that are not what they were. */
export async function damagedFiles(image: string, truth: Truth): Promise<string[]> {
  await using mounted = await mountVolume(image, { readOnly: true });
  const damaged: string[] = [];
  for (const [path, { sha256 }] of truth) {
    const hash = createHash('sha256');
    const read = pipeline(createReadStream(join(mounted.root, path)), hash);
    const same = await read.then(
      () => hash.digest('hex') === sha256,
      () => false,
    );
    if (!same) damaged.push(path);
  }
  return damaged;
}
