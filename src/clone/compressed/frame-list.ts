import { crc32 } from 'node:zlib';
import type { ClusterRun } from '../cluster-bitmap.ts';
import type { ClusterIndex } from '../cluster-index.ts';
import { tailBytes } from '../cluster-sink.ts';
import { GAP_BYTES } from '../image-writer.ts';
import type { CompressedImage } from './compressed-image.ts';
import { FrameBuilder } from './frame-builder.ts';
import { type FrameHead, frameHead, type PartFrame } from './part.ts';
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

/** Finds frames by their number: a list of them all would take more memory than the index that they stand in. */
export class FrameFinder {
  readonly #parts: CompressedImage['parts'];
  /** The number of the first frame of each part. */
  readonly #first: Float64Array;

  constructor({ parts }: CompressedImage) {
    this.#parts = parts;
    this.#first = new Float64Array(parts.length);
    let count = 0;
    for (const [i, { frameCount }] of parts.entries()) {
      this.#first[i] = count;
      count += frameCount;
    }
  }

  /** The frame of this number, and where it begins in the file; undefined when there is none. */
  find(number: number): (FrameHead & { readonly start: number }) | undefined {
    let [low, high] = [0, this.#parts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#first[middle] as number) <= number) low = middle + 1;
      else high = middle;
    }
    const part = this.#parts[low - 1];
    if (part === undefined) return undefined;
    const index = number - (this.#first[low - 1] as number);
    let start = part.fileStart;
    for (let before = 0; before < index; before++) start += frameHead(part.body, before).packedBytes;
    return index < part.frameCount ? { ...frameHead(part.body, index), start } : undefined;
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
  { start, packedBytes, plainBytes, crc }: FrameHead & { readonly start: number },
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
