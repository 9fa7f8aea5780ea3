import { crc32 } from 'node:zlib';
import type { ClusterRun } from '../cluster-bitmap.ts';
import type { ClusterIndex } from '../cluster-index.ts';
import { tailBytes } from '../cluster-sink.ts';
import { GAP_BYTES } from '../image-writer.ts';
import type { CompressedImage } from './compressed-image.ts';
import { FrameBuilder } from './frame-builder.ts';
import type { PartFrame } from './part.ts';
import { expandFrame, mostPackedBytes } from './zstd-codec.ts';

/** A frame with data, and where it lies. */
export interface DataFrame extends PartFrame {
  /** Byte of the file at which it begins. */
  readonly start: number;
  /** Byte of the special image at which its content begins. */
  readonly plainStart: number;
  /** The cluster at which the special image stands before it. */
  readonly position: number;
  /** The part that it belongs to, as an index of the image's `parts`. */
  readonly part: number;
}

/** All frames with data whose part is known, in their order. */
export function* dataFrames({ parts }: CompressedImage): IterableIterator<DataFrame> {
  for (const [i, part] of parts.entries()) {
    let [start, plainStart, position] = [part.fileStart, part.plainStart, part.position];
    for (const frame of part.frames) {
      yield { ...frame, start, plainStart, position, part: i };
      start += frame.packedBytes;
      plainStart += frame.plainBytes;
      position = positionAfter(frame.runs, position);
    }
  }
}

/** Where a special image stands after these clusters. */
export function positionAfter(runs: readonly ClusterRun[], position: number): number {
  const last = runs.at(-1);
  return last === undefined ? position : last.lcn + last.length;
}

/** Puts the clusters of a frame into an index, as frame `number`; false when they cannot be what its content holds. */
export function indexFrame(
  { runs, position, plainBytes }: DataFrame,
  number: number,
  index: ClusterIndex,
  image: CompressedImage,
): boolean {
  const { clusterBytes, clusterCount } = image.header;
  let [at, expected] = [0, position];
  for (const { lcn, length } of runs) {
    const end = lcn + length;
    if (end > clusterCount + 1) return false;
    if (lcn !== expected) at += GAP_BYTES;
    index.add(lcn, length, number, at);
    at += length * (1 + clusterBytes);
    // The stretch behind the last cluster may be shorter than a cluster.
    if (length > 0 && end > clusterCount) at -= clusterBytes - tailBytes(image.header);
    expected = end;
  }
  return at === plainBytes;
}

/** What a frame has turned out to be. */
export type FrameContent =
  | { readonly state: 'sound'; readonly bytes: Buffer }
  | { readonly state: 'unreadable' | 'damaged' | 'cut' };

/** The most bytes of content that a frame of an image can have, by what the image says of itself. */
export const largestFrameBytes = ({ header, info }: Pick<CompressedImage, 'header' | 'info'>): number =>
  FrameBuilder.memoryBytes(header.clusterBytes, info.frameBytes);

/**
 * Reads a frame and compares it with its checksums: that of its bytes in the file, and that of its content. One that is
 * larger than any of its image is damaged: it must not fill the memory.
 */
export async function readFrame(
  image: Pick<CompressedImage, 'file' | 'header' | 'info'>,
  { start, packedBytes, plainBytes, crc }: PartFrame & { readonly start: number },
): Promise<FrameContent> {
  const { file } = image;
  const most = largestFrameBytes(image);
  if (plainBytes > most || packedBytes > mostPackedBytes(most)) return { state: 'damaged' };
  if (start + packedBytes > file.sizeBytes) return { state: 'cut' };
  const { bytes: packed, holes } = await file.read(start, packedBytes);
  if (holes.length > 0) return { state: 'unreadable' };
  if (crc32(packed) !== crc) return { state: 'damaged' };
  const bytes = await expandFrame(packed, plainBytes);
  return bytes === undefined ? { state: 'damaged' } : { state: 'sound', bytes };
}
