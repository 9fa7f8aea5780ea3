import type { ByteRange } from '../block/range.ts';
import { NtfsError } from './error.ts';
import { inHole } from './holes.ts';
import { u8, u16, u32, utf16 } from './little-endian.ts';
import { type Reference, readReference } from './reference.ts';

/** One line of an $ATTRIBUTE_LIST: which record holds which attribute, or a fragment of it. */
export interface AttributeListEntry {
  readonly type: number;
  readonly name: string;
  readonly reference: Reference;
}

/** An attribute list is at most 256 KiB long on Windows; a bit more is allowed for. */
export const MAX_ATTRIBUTE_LIST_BYTES = 2 ** 20;

const FIXED_BYTES = 26;

/**
 * Reads the entries of an attribute list. It ends at the first contradiction or hole, which is told in `damage`:
 * entries have no fixed length, so nothing behind it can be found. `position`: where the list begins.
 */
export function parseAttributeList(
  bytes: Uint8Array,
  holes: readonly ByteRange[],
  position: number,
): { readonly entries: readonly AttributeListEntry[]; readonly damage?: NtfsError } {
  const entries: AttributeListEntry[] = [];
  const stop = (at: number, found: string) => {
    const details = { position: position + at, expected: 'an entry of an attribute list', found };
    return { entries, damage: new NtfsError(`An attribute list is damaged: ${found}.`, details) };
  };
  let at = 0;
  while (at + FIXED_BYTES <= bytes.length) {
    if (inHole(holes, at, at + FIXED_BYTES)) return stop(at, 'unreadable bytes');
    const length = u16(bytes, at + 4);
    const nameUnits = u8(bytes, at + 6);
    const nameOffset = u8(bytes, at + 7);
    // The list may be followed by zeros up to its allocated size.
    if (u32(bytes, at) === 0 && length === 0) break;
    const fits = length >= FIXED_BYTES && at + length <= bytes.length + 7 && length % 8 === 0;
    if (!fits || (nameUnits > 0 && nameOffset + 2 * nameUnits > length)) {
      return stop(at, `an entry of ${length} bytes`);
    }
    if (inHole(holes, at, at + length)) return stop(at, 'unreadable bytes');
    entries.push({
      type: u32(bytes, at),
      name: utf16(bytes, at + nameOffset, nameUnits),
      reference: readReference(bytes, at + 16),
    });
    at += length;
  }
  return { entries };
}
