import { undoFixups } from '../../ntfs/fixup.ts';
import { u16 } from '../../ntfs/little-endian.ts';
import type { WipeTally } from './wipe-rules.ts';

/** The update sequence protects stretches of this length, whatever the sector size. */
const STRIDE = 512;

/** Marks a block that holds no valid structure any more. */
export const BAAD = 0x44414142;

/**
 * Undoes the update sequence of a whole FILE or INDX block in place; false when any stretch of it is torn, or the
 * sequence begins behind byte `latest`, where other things lie.
 */
export function openBlock(bytes: Uint8Array, latest: number): boolean {
  return u16(bytes, 4) <= latest && undoFixups(bytes, [], bytes.length) === undefined;
}

/**
 * Puts the update sequence back, as ntfsclone does (measured): the number stays what it is, but for 0 and 0xffff, which
 * become 1. The place of the sequence was checked when the block was opened.
 */
export function closeBlock(bytes: Uint8Array): void {
  const offset = u16(bytes, 4);
  const found = u16(bytes, offset);
  const number = found === 0 || found === 0xffff ? 1 : found;
  putWord(bytes, offset, number);
  for (let i = 1; i < u16(bytes, 6); i++) {
    putWord(bytes, offset + 2 * i, u16(bytes, i * STRIDE - 2));
    putWord(bytes, i * STRIDE - 2, number);
  }
}

/**
 * Clears a block that cannot be taken apart, so that nothing in it gets through unseen: all of it, or all behind its
 * header when that is known to be one, which is marked then as drivers mark a damaged block.
 */
export function clearDamaged(
  bytes: Uint8Array,
  headerBytes: number,
  hasHeader: boolean,
  tally: WipeTally,
): void {
  if (hasHeader) {
    putWord(bytes, 0, BAAD & 0xffff);
    putWord(bytes, 2, BAAD >>> 16);
  }
  bytes.fill(0, hasHeader ? headerBytes : 0);
  tally.damagedBlocks++;
}

function putWord(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value & 0xff;
  bytes[offset + 1] = value >>> 8;
}
