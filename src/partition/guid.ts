import { u8, u16, u32 } from '../ntfs/little-endian.ts';

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

/** The 16 bytes of a GUID in upper case; the first three groups are little-endian (UEFI 2.10, appendix A). */
export function guidText(bytes: Uint8Array, offset: number): string {
  const tail = Array.from({ length: 8 }, (_, i) => hex(u8(bytes, offset + 8 + i), 2)).join('');
  const head = [hex(u32(bytes, offset), 8), hex(u16(bytes, offset + 4), 4), hex(u16(bytes, offset + 6), 4)];
  return [...head, tail.slice(0, 4), tail.slice(4)].join('-');
}

/** The 16 bytes of a GUID in text form, with or without braces. */
export function guidBytes(text: string): Uint8Array {
  const digits = text.replaceAll(/[{}-]/g, '');
  const bytes = Uint8Array.from({ length: 16 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
  for (const [from, to] of [
    [0, 4],
    [4, 6],
    [6, 8],
  ] as const) {
    bytes.subarray(from, to).reverse();
  }
  return bytes;
}

/** The type of a slot that is not used. */
export const NO_GUID = '00000000-0000-0000-0000-000000000000';
