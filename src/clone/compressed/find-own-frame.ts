import { u32 } from '../../ntfs/little-endian.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { decodeOwnFrame, markOf, OWN_FRAME_BYTES, OWN_MAGIC, type OwnKind } from './own-frame.ts';
import { SKIPPABLE_HEADER_BYTES } from './zstd-frame.ts';

/** A frame of ours in a file. */
export interface FoundFrame {
  /** Where it begins. */
  readonly start: number;
  readonly end: number;
  readonly body: Uint8Array;
}

const STEP_BYTES = 2 ** 20;
/**
 * So many times the bytes of a file, and so many more, may be read of what only begins like a frame of ours. Frames of
 * images in an image do not lie over each other; in a file that was made to be searched for ever they do.
 */
const READ_TIMES = 4;
const READ_MORE_BYTES = 2 ** 28;
/** No frame of ours is longer; a damaged length must not fill the memory. */
const LARGEST_BYTES: Readonly<Record<OwnKind, number>> = { INFO: 2 ** 17, PART: 2 ** 26, DONE: 2 ** 30 };

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
  kind: OwnKind,
  start: number,
  limit: number,
): Promise<FoundFrame | undefined> {
  if (start < 0 || start + OWN_FRAME_BYTES > limit) return undefined;
  const head = await file.read(start, SKIPPABLE_HEADER_BYTES);
  const length = ownFrameBytes(kind, head.bytes, 0);
  if (length === undefined || start + length > limit) return undefined;
  const { bytes, holes } = await file.read(start, length);
  if (holes.length > 0) return undefined;
  const body = decodeOwnFrame(kind, bytes);
  return body && { start, end: start + length, body };
}

/**
 * Searches backward from `limit` for a frame of ours that is whole, and that `fits`: the data of a volume may hold frames
 * of other images. Gives up when the budget is spent.
 */
export async function findLastOwnFrame(
  file: VolumeReader,
  kind: OwnKind,
  limit: number,
  fits: (frame: FoundFrame) => boolean,
  budget: SearchBudget,
): Promise<FoundFrame | undefined> {
  const mark = markOf(kind);
  // The end of a frame's beginning may lie behind the edge between two steps.
  const overlap = SKIPPABLE_HEADER_BYTES + mark.length - 1;
  for (let end = limit; end > 0; end -= STEP_BYTES) {
    const from = Math.max(0, end - STEP_BYTES);
    const { bytes } = await file.read(from, Math.min(limit, end + overlap) - from);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = text.lastIndexOf(mark); at >= 0; at = at > 0 ? text.lastIndexOf(mark, at - 1) : -1) {
      const begins = at - SKIPPABLE_HEADER_BYTES;
      const length = ownFrameBytes(kind, text, begins);
      if (length === undefined || from + begins + length > limit) continue;
      budget.leftBytes -= length;
      if (budget.leftBytes < 0) return undefined;
      const frame = await readOwnFrame(file, kind, from + begins, limit);
      if (frame !== undefined && fits(frame)) return frame;
    }
  }
  return undefined;
}

/** The length that a frame says it has which begins at `at`; undefined when it is none of ours, or of no sensible length. */
function ownFrameBytes(kind: OwnKind, bytes: Uint8Array, at: number): number | undefined {
  if (at < 0 || u32(bytes, at) !== OWN_MAGIC) return undefined;
  const length = SKIPPABLE_HEADER_BYTES + u32(bytes, at + 4);
  return length >= OWN_FRAME_BYTES && length <= LARGEST_BYTES[kind] ? length : undefined;
}
