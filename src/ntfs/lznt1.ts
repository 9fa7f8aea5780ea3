import type { ByteRange } from '../block/range.ts';
import { inHole } from './holes.ts';
import { u8, u16 } from './little-endian.ts';
import type { Chunk } from './volume-reader.ts';

/** Content of one chunk (specification): chunks are compressed each by itself. */
const CHUNK_BYTES = 4096;
const FLAG_COMPRESSED = 0x8000;
/** Back-references begin with 12 bits of length and 4 of distance. */
const LENGTH_BITS = 12;
const SHORTEST_MATCH = 3;

/**
 * Undoes LZNT1, the compression of NTFS, for one compression unit of `outputBytes`. `holes` are the parts of `input`
 * that could not be read: what depends on them, and what contradicts itself, comes back as holes. A chunk tells
 * its length, so a hole inside one costs only the rest of that one. Never throws; time is linear in both sizes.
 */
export function decompressLznt1(
  input: Uint8Array,
  outputBytes: number,
  holes: readonly ByteRange[] = [],
): Chunk {
  const bytes = new Uint8Array(outputBytes);
  const lost: ByteRange[] = [];
  let at = 0;
  let out = 0;
  while (out < outputBytes && at + 2 <= input.length) {
    if (inHole(holes, at, at + 2)) {
      lost.push({ start: out, end: outputBytes });
      break;
    }
    const header = u16(input, at);
    // A header of zero ends the unit; what is left are zeros.
    if (header === 0) break;
    const start = at + 2;
    const end = start + (header & 0xfff) + 1;
    const chunkEnd = Math.min(outputBytes, out + CHUNK_BYTES);
    const readable = Math.min(end, input.length, firstHoleIn(holes, start, end));
    const target = bytes.subarray(out, chunkEnd);
    const source = input.subarray(start, readable);
    const good = (header & FLAG_COMPRESSED) === 0 ? copyChunk(source, target) : expandChunk(source, target);
    // A chunk that was read to its end may be short: the rest are zeros.
    const isWhole = readable === end && good !== undefined;
    if (!isWhole) {
      const from = out + (good ?? 0);
      target.fill(0, good ?? 0);
      if (from < chunkEnd) lost.push({ start: from, end: chunkEnd });
    }
    at = end;
    out += CHUNK_BYTES;
  }
  return { bytes, holes: lost };
}

function firstHoleIn(holes: readonly ByteRange[], start: number, end: number): number {
  const hole = holes.find((one) => one.start < end && one.end > start);
  return hole === undefined ? end : Math.max(start, hole.start);
}

function copyChunk(source: Uint8Array, target: Uint8Array): number {
  const length = Math.min(source.length, target.length);
  target.set(source.subarray(0, length));
  return length;
}

/** Expands one chunk; how many bytes it gave, or `undefined` when it contradicts itself. */
function expandChunk(source: Uint8Array, target: Uint8Array): number | undefined {
  let at = 0;
  let out = 0;
  while (at < source.length) {
    const flags = u8(source, at++);
    for (let bit = 0; bit < 8 && at < source.length; bit++) {
      if (out >= target.length) return at < source.length ? undefined : out;
      if ((flags & (1 << bit)) === 0) {
        target[out++] = u8(source, at++);
        continue;
      }
      // Cut in the middle by a hole.
      if (at + 2 > source.length) return out;
      const token = u16(source, at);
      at += 2;
      const lengthBits = lengthBitsAt(out);
      const distance = (token >> lengthBits) + 1;
      const length = (token & ((1 << lengthBits) - 1)) + SHORTEST_MATCH;
      if (distance > out || out + length > target.length) return undefined;
      for (const end = out + length; out < end; out++) target[out] = u8(target, out - distance);
    }
  }
  return out;
}

/** The more of a chunk there is already, the more bits a distance takes, and the fewer are left for the length. */
function lengthBitsAt(out: number): number {
  let bits = LENGTH_BITS;
  for (let reach = out - 1; reach >= 16; reach >>= 1) bits--;
  return bits;
}
