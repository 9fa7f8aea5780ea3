import type { ByteRange } from '../block/range.ts';
import { inHole } from './holes.ts';
import { u16 } from './little-endian.ts';

/** The update sequence protects stretches of this length, whatever the sector size (measured on 4Kn volumes). */
const STRIDE = 512;

/**
 * Undoes the update sequence of a FILE or INDX record in place: the last two bytes of each 512-byte stretch were
 * replaced by the update sequence number when the record was written. Stretches that touch a hole and those that
 * begin at or after `usedBytes` are not checked. Returns what is wrong in plain words, or `undefined`.
 */
export function undoFixups(
  bytes: Uint8Array,
  holes: readonly ByteRange[],
  usedBytes: number,
): string | undefined {
  const offset = u16(bytes, 4);
  const count = u16(bytes, 6);
  const strides = bytes.length / STRIDE;
  if (count !== strides + 1) return `an update sequence of ${count} words for ${strides} stretches`;
  if (offset % 2 !== 0 || offset < 0x1e || offset + 2 * count > STRIDE - 2) {
    return `an update sequence at offset ${offset}`;
  }
  if (inHole(holes, offset, offset + 2 * count)) return 'an unreadable update sequence';
  const number = u16(bytes, offset);
  let torn: string | undefined;
  for (let i = 0; i < strides; i++) {
    const end = (i + 1) * STRIDE;
    if (inHole(holes, end - STRIDE, end)) continue;
    if (u16(bytes, end - 2) !== number) {
      if (end - STRIDE < usedBytes) torn ??= `an update sequence that does not fit in stretch ${i}`;
      continue;
    }
    bytes[end - 2] = bytes[offset + 2 + 2 * i] ?? 0;
    bytes[end - 1] = bytes[offset + 3 + 2 * i] ?? 0;
  }
  return torn;
}
