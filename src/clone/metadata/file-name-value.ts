import { u8 } from '../../ntfs/little-endian.ts';
import { wipeTimes } from './timestamp.ts';
import type { WipeRules } from './wipe-rules.ts';

/** Parent, times, sizes and flags; then the length of the name in characters, its kind, and the name. */
const FIXED_BYTES = 66;
const LENGTH_AT = 64;
const TIMES_AT = 8;

/** Bytes of the $FILE_NAME value that begins here, by the length of its name. */
export function fileNameBytes(value: Uint8Array): number {
  return FIXED_BYTES + 2 * u8(value, LENGTH_AT);
}

/** Wipes a $FILE_NAME value in place, and all behind the name; returns the bytes of times that were wiped. */
export function wipeFileName(value: Uint8Array, rules: WipeRules): number {
  value.fill(0, fileNameBytes(value));
  return rules.keepTimes ? 0 : wipeTimes(value, TIMES_AT, 4);
}
