import { u32 } from '../../ntfs/little-endian.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { decodeOwnFrame, markOf, OWN_FRAME_BYTES, type OwnKind } from './own-frame.ts';
import { SKIPPABLE_HEADER_BYTES } from './zstd-frame.ts';

/** A frame of ours in a file. */
export interface FoundFrame {
  /** Where it begins. */
  readonly start: number;
  readonly end: number;
  readonly body: Uint8Array;
}

const STEP_BYTES = 2 ** 20;
/** No frame of ours is longer; a damaged length must not fill the memory. */
const LARGEST_BYTES: Readonly<Record<OwnKind, number>> = { INFO: 2 ** 17, PART: 2 ** 26, DONE: 2 ** 30 };

/** The frame of ours that begins at `start` and ends at or before `limit`; undefined when there is none that is whole. */
export async function readOwnFrame(
  file: VolumeReader,
  kind: OwnKind,
  start: number,
  limit: number,
): Promise<FoundFrame | undefined> {
  if (start < 0 || start + OWN_FRAME_BYTES > limit) return undefined;
  const head = await file.read(start, SKIPPABLE_HEADER_BYTES);
  const length = SKIPPABLE_HEADER_BYTES + u32(head.bytes, 4);
  if (length > LARGEST_BYTES[kind] || start + length > limit) return undefined;
  const { bytes, holes } = await file.read(start, length);
  if (holes.length > 0) return undefined;
  const body = decodeOwnFrame(kind, bytes);
  return body && { start, end: start + length, body };
}

/**
 * Searches backward from `limit` for a frame of ours that is whole, and that `fits`: the data of a volume may hold frames
 * of other images.
 */
export async function findLastOwnFrame(
  file: VolumeReader,
  kind: OwnKind,
  limit: number,
  fits: (frame: FoundFrame) => boolean,
): Promise<FoundFrame | undefined> {
  const mark = markOf(kind);
  for (let end = limit; end > 0; end -= STEP_BYTES) {
    const from = Math.max(0, end - STEP_BYTES);
    // A mark may lie over the edge between two steps.
    const { bytes } = await file.read(from, Math.min(limit, end + mark.length - 1) - from);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = text.lastIndexOf(mark); at >= 0; at = at > 0 ? text.lastIndexOf(mark, at - 1) : -1) {
      const frame = await readOwnFrame(file, kind, from + at - SKIPPABLE_HEADER_BYTES, limit);
      if (frame !== undefined && fits(frame)) return frame;
    }
  }
  return undefined;
}
