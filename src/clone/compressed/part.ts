import type { ByteRange } from '../../block/range.ts';
import { u32 } from '../../ntfs/little-endian.ts';
import type { ClusterRun } from '../cluster-bitmap.ts';
import { VarintWriter } from './varint.ts';

/** What is known of a frame with data of the special image, whole commands of it. */
export interface FrameHead {
  /** Bytes in the file. */
  readonly packedBytes: number;
  /** Bytes of the special image. */
  readonly plainBytes: number;
  /** CRC-32 of the bytes in the file. */
  readonly crc: number;
  /** The lower half of the XXH64 of its content, with which the frame ends. */
  readonly checksum: number;
}

/** A frame of a part. */
export interface PartFrame extends FrameHead {
  /** Its clusters, in their order; a run without length is a step to a place without a cluster. */
  readonly runs: readonly ClusterRun[];
}

/** What the head of a part says. */
interface PartHead {
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
}

/** What a part is written from. */
export interface PartContent extends PartHead {
  readonly frames: readonly PartFrame[];
  /** Sectors in it that could not be read when it was saved: bytes of the volume. */
  readonly lost: readonly ByteRange[];
}

/**
 * Some frames that lie one behind the other, and what is known of them. Kept as the bytes of its index, a few for each
 * run; frames and lost sectors are made of them whenever they are gone through.
 */
export interface Part extends PartHead {
  readonly body: Uint8Array;
  readonly frameCount: number;
  /** Bytes of all its frames in the file. */
  readonly packedBytes: number;
  /** Clusters of all its frames. */
  readonly clusters: number;
  /** The cluster at which the special image stands behind it. */
  readonly endPosition: number;
  readonly frames: Iterable<PartFrame>;
  readonly lost: Iterable<ByteRange>;
}

export const ID_BYTES = 8;
export const ID_AT = 48;
export const FRAMES_AT = ID_AT + ID_BYTES;
/** Of each frame, before the lists of runs. */
export const FRAME_BYTES = 16;

/** The body of the frame that ends a part; `decodePart` reads it. */
export function encodePart(part: PartContent): Buffer {
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

/** What the body of a part says of its frame `index`. */
export function frameHead(body: Uint8Array, index: number): FrameHead {
  const at = FRAMES_AT + index * FRAME_BYTES;
  return {
    packedBytes: u32(body, at),
    plainBytes: u32(body, at + 4),
    crc: u32(body, at + 8),
    checksum: u32(body, at + 12),
  };
}

/** Clusters of a frame. */
export const clustersOf = ({ runs }: PartFrame): number => runs.reduce((sum, { length }) => sum + length, 0);
