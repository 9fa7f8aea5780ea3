import type { ByteRange } from '../block/range.ts';
import type { RangeSet } from '../block/range-set.ts';
import type { Chunk, VolumeReader } from './volume-reader.ts';

/** Whether any byte of `start <= x < end` lies in one of the ascending `holes`. */
export function inHole(holes: readonly ByteRange[], start: number, end: number): boolean {
  if (holes.length === 0) return false;
  return holes.some((hole) => hole.start < end && hole.end > start);
}

/** The parts of `holes` inside `start <= x < end`, counted from `start`. */
export function holesWithin(holes: readonly ByteRange[], start: number, end: number): ByteRange[] {
  const cut: ByteRange[] = [];
  for (const hole of holes) {
    if (hole.start >= end || hole.end <= start) continue;
    cut.push({ start: Math.max(hole.start, start) - start, end: Math.min(hole.end, end) - start });
  }
  return cut;
}

/** Reads any stretch at or after byte 0: what lies beyond the end of the reader comes back as a hole. */
export async function readClamped(reader: VolumeReader, offset: number, length: number): Promise<Chunk> {
  const available = Math.max(0, Math.min(length, reader.sizeBytes - offset));
  if (available === length && length > 0) return reader.read(offset, length);
  const bytes = new Uint8Array(length);
  const holes: ByteRange[] = length > available ? [{ start: available, end: length }] : [];
  if (available === 0) return { bytes, holes };
  const chunk = await reader.read(offset, available);
  bytes.set(chunk.bytes);
  return { bytes, holes: [...chunk.holes, ...holes] };
}

/**
 * The same reader with the bytes of `lost` as holes, which are never asked for: reading bad sectors again would harm
 * the disk, and a rescued copy holds filler there that must not be taken for data.
 */
export function withHoles(reader: VolumeReader, lost: RangeSet): VolumeReader {
  return {
    sizeBytes: reader.sizeBytes,
    async read(offset, length) {
      if (!lost.touches(offset, offset + length)) return reader.read(offset, length);
      const bytes = new Uint8Array(length);
      const holes: ByteRange[] = [];
      let at = offset;
      const readUpTo = async (end: number): Promise<void> => {
        if (end <= at) return;
        const chunk = await reader.read(at, end - at);
        bytes.set(chunk.bytes, at - offset);
        const shift = at - offset;
        for (const hole of chunk.holes) holes.push({ start: hole.start + shift, end: hole.end + shift });
      };
      for (const range of lost.within(offset, offset + length)) {
        await readUpTo(range.start);
        holes.push({ start: range.start - offset, end: range.end - offset });
        at = range.end;
      }
      await readUpTo(offset + length);
      return { bytes, holes: mergeHoles(holes) };
    },
  };
}

/** Holes in any order, overlaps allowed, made ascending and disjoint. */
export function mergeHoles(holes: ByteRange[]): ByteRange[] {
  const merged: ByteRange[] = [];
  for (const hole of holes.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && hole.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, hole.end) };
    } else {
      merged.push(hole);
    }
  }
  return merged;
}
