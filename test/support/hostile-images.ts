import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { constants, crc32, zstdCompressSync } from 'node:zlib';

/**
 * Compressed images that somebody made to do harm, written by hand as docs/images.md has the format: all their checksums
 * are right.
 */

/** What stands in the header of the special image. */
export interface HostileVolume {
  readonly clusterBytes: number;
  readonly clusterCount: number;
}

/** A stretch of a file: bytes, or so many zeros that take no room. */
export type Stretch = Buffer | number;

const CHECKSUM_OF_NOTHING = 0x51d8e999;
const PART_HEAD_BYTES = 56;

export const le32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i);
  return bytes;
};

export const packed = (bytes: Uint8Array): Buffer =>
  zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_contentSizeFlag]: 1 },
    // The types do not know it; the frame tells its size by it.
    ...{ pledgedSrcSize: bytes.length },
  });

/** A frame of ours. */
export function ownFrame(kind: string, body: Buffer): Buffer {
  const head = Buffer.concat([le32(0x184d2a5b, 20 + body.length), Buffer.from(`LIFEBOAT${kind}`), le32(1)]);
  const bytes = Buffer.concat([head, body]);
  return Buffer.concat([bytes, le32(crc32(bytes))]);
}

/** Header and INFO of an image. */
export class HostileStart {
  readonly header = Buffer.alloc(56);
  readonly info: Buffer;
  readonly bytes: Buffer;
  readonly id: Buffer;

  constructor({ clusterBytes, clusterCount }: HostileVolume, frameBytes = 2 ** 20, partFrames = 16) {
    this.header.write('\0ntfsclone-image\x0a\x01', 'latin1');
    this.header.writeUInt32LE(clusterBytes, 18);
    this.header.writeBigUInt64LE(BigInt(clusterBytes) * BigInt(clusterCount + 1), 22);
    this.header.writeBigUInt64LE(BigInt(clusterCount), 30);
    this.header.writeBigUInt64LE(BigInt(clusterCount), 38);
    this.header.writeUInt32LE(56, 46);
    this.info = Buffer.from(JSON.stringify({ program: 'somebody', level: 3, frameBytes, partFrames }));
    this.bytes = Buffer.concat([packed(this.header), ownFrame('INFO', this.info)]);
    this.id = createHash('sha256').update(this.header).update(this.info).digest().subarray(0, 8);
  }

  /** The body of a part: `frames` as packed and plain bytes, and the lists behind them as they are. */
  part(
    at: { readonly number: number; readonly fileStart: number; readonly previousStart: number },
    frames: readonly (readonly [packedBytes: number, plainBytes: number])[],
    lists: Buffer,
  ): Buffer {
    const head = Buffer.alloc(PART_HEAD_BYTES);
    head.writeUInt32LE(at.number, 0);
    head.writeUInt32LE(frames.length, 4);
    head.writeBigUInt64LE(BigInt(at.fileStart), 8);
    head.writeBigUInt64LE(BigInt(at.previousStart), 16);
    head.writeBigUInt64LE(56n, 24);
    this.id.copy(head, 48);
    return Buffer.concat([head, ...frames.map(([size, plain]) => le32(size, plain, 0, 0)), lists]);
  }

  /** A whole image: the start, what stands between, the index of all parts, and a seek table that fits. */
  image(between: readonly Stretch[], index: HostileIndex): Stretch[] {
    const text = (bytes: Buffer): string => bytes.toString('base64');
    const json = Buffer.from(
      JSON.stringify({
        parts: index.parts,
        frames: 1,
        plainBytes: 1,
        clusters: 1,
        digest: '',
        header: text(this.header),
        info: text(this.info),
      }),
    );
    const done = ownFrame('DONE', Buffer.concat([le32(json.length), json, le32(index.bytes), index.packed]));
    const before = [this.bytes, ...between];
    const lengths = [...before, done].map((stretch) =>
      typeof stretch === 'number' ? stretch : stretch.length,
    );
    const entries = lengths
      // An entry has 32 bits.
      .flatMap((length) => [...Array(Math.floor(length / 2 ** 31)).fill(2 ** 31), length % 2 ** 31])
      .map((length) => le32(length as number, 0, CHECKSUM_OF_NOTHING));
    const table = Buffer.concat([...entries, le32(entries.length), Buffer.of(0x80), le32(0x8f92eab1)]);
    return [...before, done, Buffer.concat([le32(0x184d2a5e, table.length), table])];
  }
}

/** The index of all parts as the end of an image has it. */
export interface HostileIndex {
  readonly parts: number;
  /** How long it is said to be. */
  readonly bytes: number;
  readonly packed: Buffer;
}

/** An index of these bodies. */
export function indexOf(bodies: readonly Buffer[]): HostileIndex {
  const bytes = Buffer.concat(bodies.flatMap((body) => [le32(body.length), body]));
  return { parts: bodies.length, bytes: bytes.length, packed: packed(bytes) };
}

/** Writes stretches one behind the other; zeros take no room. */
export async function writeStretches(path: string, stretches: readonly Stretch[]): Promise<void> {
  await using file = await open(path, 'w');
  let at = 0;
  for (const stretch of stretches) {
    if (typeof stretch !== 'number') await file.write(stretch, 0, stretch.length, at);
    at += typeof stretch === 'number' ? stretch : stretch.length;
  }
  await file.truncate(at);
}

/** A frame of Zstandard of `megabytes` MiB of zeros whose header says that it refers to 128 MiB before. */
export function wideFrame(megabytes: number): Buffer {
  const blocks = megabytes * 8;
  // Descriptor: a window, a size of eight bytes, no checksum. Window: 2^(10 + 17).
  const head = Buffer.alloc(14);
  head.writeUInt32LE(0xfd2fb528, 0);
  head[4] = 0xc0;
  head[5] = 17 << 3;
  head.writeBigUInt64LE(BigInt(megabytes) * 2n ** 20n, 6);
  const block = (isLast: boolean): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUIntLE(((2 ** 17) << 3) | 2 | (isLast ? 1 : 0), 0, 3);
    return bytes;
  };
  return Buffer.concat([head, ...Array.from({ length: blocks }, (_, i) => block(i === blocks - 1))]);
}
