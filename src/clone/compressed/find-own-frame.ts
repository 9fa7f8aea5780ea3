import { crc32 } from 'node:zlib';
import { u32 } from '../../ntfs/little-endian.ts';
import type { Chunk, VolumeReader } from '../../ntfs/volume-reader.ts';
import {
  CRC_BYTES,
  decodeOwnFrame,
  isOwnHead,
  markOf,
  OWN_FRAME_BYTES,
  OWN_HEAD_BYTES,
  OWN_MAGIC,
  type OwnKind,
} from './own-frame.ts';
import { SKIPPABLE_HEADER_BYTES } from './zstd-frame.ts';

/** Where a frame of ours lies in a file. */
export interface FramePlace {
  readonly start: number;
  readonly end: number;
  /** Where its body begins, and ends. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/** A frame of ours in a file. */
export interface FoundFrame extends Pick<FramePlace, 'start' | 'end'> {
  readonly body: Uint8Array;
}

const STEP_BYTES = 2 ** 20;
/**
 * So many times the bytes of a file, and so many more, may be read of what only begins like a frame of ours. Frames of
 * images in an image do not lie over each other; in a file that was made to be searched for ever they do.
 */
const READ_TIMES = 4;
const READ_MORE_BYTES = 2 ** 28;
/** No frame with a part is longer: it has at most 16 MiB of commands, of nine bytes and more, each with as much here. */
export const LARGEST_PART_BYTES = 2 ** 25;
/** A damaged length must not fill the memory. */
const LARGEST_BYTES: Readonly<Record<OwnKind, number>> = {
  INFO: 2 ** 17,
  PART: LARGEST_PART_BYTES,
  DONE: 2 ** 30,
};

/** How much may still be read in vain by the searches through a file. */
export interface SearchBudget {
  leftBytes: number;
}

export const searchBudget = ({ sizeBytes }: VolumeReader): SearchBudget => ({
  leftBytes: READ_TIMES * sizeBytes + READ_MORE_BYTES,
});

/** The frame of ours that begins at `start` and ends at or before `limit`; undefined when there is none that is whole. */
export async function readOwnFrame(
  file: VolumeReader,
  kind: 'INFO' | 'PART',
  start: number,
  limit: number,
): Promise<FoundFrame | undefined> {
  const length = await lengthAt(file, kind, start, limit);
  if (length === undefined) return undefined;
  const { bytes, holes } = await file.read(start, length);
  if (holes.length > 0) return undefined;
  const body = decodeOwnFrame(kind, bytes);
  return body && { start, end: start + length, body };
}

/** The same for one of any length: its checksum is compared piece by piece, and nothing of it is kept. */
export async function findOwnFrame(
  file: VolumeReader,
  kind: OwnKind,
  start: number,
  limit: number,
): Promise<FramePlace | undefined> {
  const length = await lengthAt(file, kind, start, limit);
  if (length === undefined) return undefined;
  const end = start + length;
  const bodyEnd = end - CRC_BYTES;
  let crc = 0;
  for await (const { bytes, holes, at } of piecesOf(file, start, bodyEnd)) {
    if (holes.length > 0 || (at === start && !isOwnHead(kind, bytes))) return undefined;
    crc = crc32(bytes, crc);
  }
  const told = await file.read(bodyEnd, CRC_BYTES);
  if (told.holes.length > 0 || u32(told.bytes, 0) !== crc) return undefined;
  return { start, end, bodyStart: start + OWN_HEAD_BYTES, bodyEnd };
}

/** Reads a stretch of a file piece by piece. */
export async function* piecesOf(
  file: VolumeReader,
  start: number,
  end: number,
): AsyncGenerator<Chunk & { readonly at: number }> {
  for (let at = start; at < end; at += STEP_BYTES) {
    yield { ...(await file.read(at, Math.min(STEP_BYTES, end - at))), at };
  }
}

/**
 * Searches backward in a stretch of a file for a frame of ours that `take` makes something of: the data of a volume may
 * hold frames of other images. Gives up when the budget is spent.
 */
export async function findLastOwnFrame<T>(
  file: VolumeReader,
  kind: OwnKind,
  { from: first, limit }: { readonly from: number; readonly limit: number },
  budget: SearchBudget,
  take: (start: number) => Promise<T | undefined>,
): Promise<T | undefined> {
  const mark = markOf(kind);
  // The end of a frame's beginning may lie behind the edge between two steps.
  const overlap = SKIPPABLE_HEADER_BYTES + mark.length - 1;
  for (let end = limit; end > first; end -= STEP_BYTES) {
    const from = Math.max(first, end - STEP_BYTES);
    const { bytes } = await file.read(from, Math.min(limit, end + overlap) - from);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = text.lastIndexOf(mark); at >= 0; at = at > 0 ? text.lastIndexOf(mark, at - 1) : -1) {
      const begins = at - SKIPPABLE_HEADER_BYTES;
      const length = ownFrameBytes(kind, text, begins);
      if (length === undefined || from + begins + length > limit) continue;
      budget.leftBytes -= length;
      if (budget.leftBytes < 0) return undefined;
      const taken = await take(from + begins);
      if (taken !== undefined) return taken;
    }
  }
  return undefined;
}

/** The length of the frame that seems to begin at `start` and end at or before `limit`; undefined when none does. */
async function lengthAt(
  file: VolumeReader,
  kind: OwnKind,
  start: number,
  limit: number,
): Promise<number | undefined> {
  if (start < 0 || start + OWN_FRAME_BYTES > limit) return undefined;
  const { bytes } = await file.read(start, SKIPPABLE_HEADER_BYTES);
  const length = ownFrameBytes(kind, bytes, 0);
  return length === undefined || start + length > limit ? undefined : length;
}

/** The length that a frame says it has which begins at `at`; undefined when it is none of ours, or of no sensible length. */
function ownFrameBytes(kind: OwnKind, bytes: Uint8Array, at: number): number | undefined {
  if (at < 0 || u32(bytes, at) !== OWN_MAGIC) return undefined;
  const length = SKIPPABLE_HEADER_BYTES + u32(bytes, at + 4);
  return length >= OWN_FRAME_BYTES && length <= LARGEST_BYTES[kind] ? length : undefined;
}
