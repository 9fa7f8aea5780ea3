import type { ByteRange } from '../../src/block/range.ts';
import type { OpenTarget } from '../../src/block/target-device.ts';
import type { ClusterRun } from '../../src/clone/cluster-bitmap.ts';
import type { CloneGeometry } from '../../src/clone/cluster-sink.ts';
import { type BegunImage, compressedWriter } from '../../src/clone/compressed/compressed-writer.ts';
import type { ImageInfo } from '../../src/clone/compressed/info.ts';
import { fileOutput } from '../../src/clone/compressed/packed-output.ts';
import { imageWriter } from '../../src/clone/image-writer.ts';
import { withoutFirst } from '../../src/clone/save-plan.ts';
import type { VolumeReader } from '../../src/ntfs/volume-reader.ts';
import { seededRandom } from './random.ts';

/** A volume that is made up: geometry, clusters to be saved in their order, and what is in them. */
export interface MadeUpVolume {
  readonly geometry: CloneGeometry;
  readonly runs: readonly ClusterRun[];
  readonly lost: readonly ByteRange[];
  /** The bytes of the volume. */
  readonly bytes: Buffer;
}

const CLUSTER = 512;
const TAIL = 100;

/** Runs of clusters with gaps between them, half of the data compressible; a few sectors could not be read. */
export function madeUpVolume(clusterCount: number, seed: number): MadeUpVolume {
  const random = seededRandom(seed);
  const geometry = { clusterBytes: CLUSTER, clusterCount, deviceBytes: clusterCount * CLUSTER + TAIL };
  const bytes = Buffer.alloc(geometry.deviceBytes);
  const runs: ClusterRun[] = [];
  for (let lcn = 0; lcn < clusterCount; ) {
    const length = Math.min(clusterCount - lcn, 1 + random.integer(20));
    runs.push({ lcn, length });
    const data = bytes.subarray(lcn * CLUSTER, (lcn + length) * CLUSTER);
    if (random.integer(2) === 0) random.fill(data);
    else data.fill(`cluster ${lcn} `);
    lcn += length + 1 + random.integer(10);
  }
  bytes.fill('backup', clusterCount * CLUSTER);
  const lost = runs
    .filter((_, i) => i % 7 === 3)
    .map(({ lcn }) => ({ start: lcn * CLUSTER, end: (lcn + 1) * CLUSTER }));
  return { geometry, runs: [...runs, { lcn: clusterCount, length: 1 }], lost, bytes };
}

/** Small frames, so that a small image has many of them. */
const INFO: ImageInfo = {
  program: 'lifeboat test',
  level: 1,
  frameBytes: 4096,
  partFrames: 3,
  volume: { label: 'Made up', serial: '0011223344556677', ntfsVersion: '3.1' },
  plan: 'this one',
};

/** Saves a made-up volume in pieces of up to `most` clusters; `begun` is gone on with, from cluster `skip` on. */
export async function saveTo(
  target: OpenTarget,
  { geometry, runs, lost, bytes }: MadeUpVolume,
  most: number,
  goOn?: { begun: BegunImage; keptBytes: number; clusters: number; position: number },
): Promise<void> {
  const shape = { info: INFO, clusterBytes: CLUSTER };
  const commands = compressedWriter(fileOutput(target, goOn?.keptBytes ?? 0), shape, goOn?.begun);
  const used = runs.reduce((sum, { length }) => sum + length, 0) - 1;
  const sink = imageWriter(commands, geometry, used, goOn);
  for (const { lcn, length } of withoutFirst(runs, goOn?.clusters ?? 0)) {
    for (let done = 0; done < length; done += most) {
      const start = (lcn + done) * CLUSTER;
      const end = Math.min(geometry.deviceBytes, (lcn + Math.min(length, done + most)) * CLUSTER);
      await sink.used(lcn + done, bytes.subarray(start, end), lost);
    }
  }
  await sink.finish();
}

/** What was done to a target, in its order. */
export type TargetDeed = { readonly position: number; readonly bytes: Buffer } | 'flush';

/** A file in memory that notes each write, and each flush when it has ended. */
export class MemoryTarget implements OpenTarget {
  readonly path = 'memory';
  readonly kind = 'file';
  readonly sizeBytes = 0;
  readonly deeds: TargetDeed[] = [];
  content: Buffer;
  /** Writes beyond this many bytes fail. */
  room = Number.POSITIVE_INFINITY;

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.content = content;
  }

  async write(position: number, data: Uint8Array) {
    await Promise.resolve();
    if (position + data.length > this.room) return { kind: 'bad', errno: 'ENOSPC' } as const;
    this.deeds.push({ position, bytes: Buffer.from(data) });
    this.content = applied(this.content, position, data);
    return { kind: 'done' } as const;
  }

  async flush() {
    await Promise.resolve();
    this.deeds.push('flush');
    return { kind: 'done' } as const;
  }

  grow = () => this.facts;
  async close() {}

  get facts(): never {
    throw new Error('nobody should ask');
  }

  lockExclusively = async () => true;
  stillThere = async () => true;
  keepsName = async () => true;
  read = () => this.facts;
  readBack = () => this.facts;
}

/** Content after a write. */
export function applied(content: Buffer, position: number, data: Uint8Array): Buffer {
  const longer = Buffer.alloc(Math.max(content.length, position + data.length));
  content.copy(longer);
  longer.set(data, position);
  return longer;
}

/** A file in memory, to be read. */
export function memoryFile(content: Uint8Array): VolumeReader {
  return {
    sizeBytes: content.length,
    async read(offset, length) {
      if (offset < 0 || offset + length > content.length)
        throw new RangeError(`${offset}+${length} of ${content.length}`);
      return { bytes: content.slice(offset, offset + length), holes: [] };
    },
  };
}
