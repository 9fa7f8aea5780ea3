import type { ByteRange } from '../../block/range.ts';
import { signed, u32, u64 } from '../../ntfs/little-endian.ts';
import type { ClusterRun } from '../cluster-bitmap.ts';
import { VarintReader, VarintWriter } from './varint.ts';

/** A frame with data of the special image, whole commands of it. */
export interface PartFrame {
  /** Bytes in the file. */
  readonly packedBytes: number;
  /** Bytes of the special image. */
  readonly plainBytes: number;
  /** CRC-32 of the bytes in the file. */
  readonly crc: number;
  /** The lower half of the XXH64 of its content, with which the frame ends. */
  readonly checksum: number;
  /** Its clusters, in their order; a run without length is a step to a place without a cluster. */
  readonly runs: readonly ClusterRun[];
}

/** Some frames that lie one behind the other, and what is known of them. */
export interface Part {
  /** Counted from 0. */
  readonly number: number;
  /** Tells which image it is of. */
  readonly id: Uint8Array;
  /** Where its first frame begins in the file. */
  readonly fileStart: number;
  /** Where the frame with the part before begins in the file; 0 for the first. */
  readonly previousStart: number;
  /** Bytes of the special image before it. */
  readonly plainStart: number;
  /** The cluster at which the special image stands before its first command. */
  readonly position: number;
  /** Clusters of the special image before it. */
  readonly clustersBefore: number;
  readonly frames: readonly PartFrame[];
  /** Sectors in it that could not be read when it was saved: bytes of the volume. */
  readonly lost: readonly ByteRange[];
}

export const ID_BYTES = 8;
const ID_AT = 48;
const FRAMES_AT = ID_AT + ID_BYTES;
const FRAME_BYTES = 16;
/** No writer makes parts of more frames; a damaged count must not fill the memory. */
const MOST_FRAMES = 4096;

/** The body of the frame that ends a part; `decodePart` reads it. */
export function encodePart(part: Part): Buffer {
  const head = Buffer.alloc(FRAMES_AT + part.frames.length * FRAME_BYTES);
  head.writeUInt32LE(part.number, 0);
  head.writeUInt32LE(part.frames.length, 4);
  head.writeBigUInt64LE(BigInt(part.fileStart), 8);
  head.writeBigUInt64LE(BigInt(part.previousStart), 16);
  head.writeBigUInt64LE(BigInt(part.plainStart), 24);
  head.writeBigInt64LE(BigInt(part.position), 32);
  head.writeBigUInt64LE(BigInt(part.clustersBefore), 40);
  head.set(part.id, ID_AT);
  const lists = new VarintWriter();
  let position = part.position;
  for (const [i, { packedBytes, plainBytes, crc, checksum, runs }] of part.frames.entries()) {
    const at = FRAMES_AT + i * FRAME_BYTES;
    head.writeUInt32LE(packedBytes, at);
    head.writeUInt32LE(plainBytes, at + 4);
    head.writeUInt32LE(crc, at + 8);
    head.writeUInt32LE(checksum, at + 12);
    lists.put(runs.length);
    for (const { lcn, length } of runs) {
      lists.putSigned(lcn - position);
      lists.put(length);
      position = lcn + length;
    }
  }
  lists.put(part.lost.length);
  let end = 0;
  for (const range of part.lost) {
    lists.putSigned(range.start - end);
    lists.put(range.end - range.start);
    end = range.end;
  }
  return Buffer.concat([head, lists.bytes()]);
}

/** Reads the body of a part; undefined when it makes no sense. */
export function decodePart(body: Uint8Array): Part | undefined {
  const count = u32(body, 4);
  if (body.length < FRAMES_AT || count > MOST_FRAMES || FRAMES_AT + count * FRAME_BYTES > body.length)
    return undefined;
  const [fileStart, previousStart, plainStart] = [u64(body, 8), u64(body, 16), u64(body, 24)];
  const [position, clustersBefore] = [signed(body, 32, 8), u64(body, 40)];
  if (fileStart === undefined || previousStart === undefined || plainStart === undefined) return undefined;
  if (position === undefined || clustersBefore === undefined) return undefined;
  const lists = readLists(body.subarray(FRAMES_AT + count * FRAME_BYTES), count, position);
  if (lists === undefined) return undefined;
  return {
    number: u32(body, 0),
    id: body.slice(ID_AT, ID_AT + ID_BYTES),
    fileStart,
    previousStart,
    plainStart,
    position,
    clustersBefore,
    frames: lists.runs.map((runs, i) => {
      const at = FRAMES_AT + i * FRAME_BYTES;
      return {
        packedBytes: u32(body, at),
        plainBytes: u32(body, at + 4),
        crc: u32(body, at + 8),
        checksum: u32(body, at + 12),
        runs,
      };
    }),
    lost: lists.lost,
  };
}

function readLists(
  bytes: Uint8Array,
  frames: number,
  start: number,
): { runs: ClusterRun[][]; lost: ByteRange[] } | undefined {
  const reader = new VarintReader(bytes);
  try {
    let position = start;
    const runs = Array.from({ length: frames }, () =>
      // A list that is longer than its bytes ends with an error.
      readList(reader, () => {
        const lcn = position + reader.nextSigned();
        const length = reader.next();
        position = lcn + length;
        if (lcn < 0 || !Number.isSafeInteger(position)) throw new RangeError('a run leaves every volume');
        return { lcn, length };
      }),
    );
    let end = 0;
    const lost = readList(reader, () => {
      const from = end + reader.nextSigned();
      end = from + reader.next();
      if (from < 0 || !Number.isSafeInteger(end)) throw new RangeError('a range leaves every volume');
      return { start: from, end };
    });
    return reader.isAtEnd ? { runs, lost } : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readList<T>(reader: VarintReader, next: () => T): T[] {
  const count = reader.next();
  const list: T[] = [];
  for (let i = 0; i < count; i++) list.push(next());
  return list;
}

/** Clusters of a frame. */
export const clustersOf = ({ runs }: PartFrame): number => runs.reduce((sum, { length }) => sum + length, 0);
