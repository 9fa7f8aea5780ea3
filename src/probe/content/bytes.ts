import { u8, u16, u32, u64 } from '../../ntfs/little-endian.ts';

/** Fields of on-disk structures in either byte order. Bytes beyond the end count as zero, as in little-endian.ts. */

export { u8, u16, u32, u64 };

export const be16 = (bytes: Uint8Array, offset: number): number =>
  (u8(bytes, offset) << 8) | u8(bytes, offset + 1);

export const be32 = (bytes: Uint8Array, offset: number): number =>
  be16(bytes, offset) * 65536 + be16(bytes, offset + 2);

/** Undefined above 2^53 - 1. */
export function be64(bytes: Uint8Array, offset: number): number | undefined {
  const high = be32(bytes, offset);
  return high > 0x1fffff ? undefined : high * 2 ** 32 + be32(bytes, offset + 4);
}

/** Whether the ASCII text `text` stands at `offset`. */
export function hasText(bytes: Uint8Array, offset: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (u8(bytes, offset + i) !== text.charCodeAt(i)) return false;
  return true;
}

const UTF8 = new TextDecoder('utf-8');

/** UTF-8 text in a field of `length` bytes, up to the first NUL, without blanks around it; undefined when empty. */
export function textField(bytes: Uint8Array, offset: number, length: number): string | undefined {
  const field = bytes.subarray(offset, offset + length);
  const end = field.indexOf(0);
  const text = UTF8.decode(end < 0 ? field : field.subarray(0, end)).trim();
  return text === '' ? undefined : text;
}

/** UTF-16 text in a field of at most `units` code units, up to the first NUL; undefined when empty. */
export function utf16Field(
  bytes: Uint8Array,
  offset: number,
  units: number,
  order: 'little' | 'big' = 'little',
): string | undefined {
  let text = '';
  for (let i = 0; i < units; i++) {
    const unit = order === 'little' ? u16(bytes, offset + 2 * i) : be16(bytes, offset + 2 * i);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text.trim() === '' ? undefined : text.trim();
}

export const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Sixteen bytes in the order in which they lie, as a UUID; undefined when all are zero. */
export function uuidField(bytes: Uint8Array, offset: number): string | undefined {
  const field = bytes.subarray(offset, offset + 16);
  if (field.length < 16 || field.every((byte) => byte === 0)) return undefined;
  return dashed(hex(field));
}

/** 32 hexadecimal digits in groups of 8-4-4-4-12. */
export const dashed = (digits: string): string =>
  digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** `count * unitBytes`; undefined when that is no exact number, or one of them is not known. */
export function product(count: number | undefined, unitBytes: number | undefined): number | undefined {
  if (count === undefined || unitBytes === undefined) return undefined;
  const bytes = count * unitBytes;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** `total - free` when both are known and make sense. */
export function usedOf(total: number | undefined, free: number | undefined): number | undefined {
  if (total === undefined || free === undefined || free > total) return undefined;
  return total - free;
}

/** The object without the members that are undefined. */
export function known<T extends object>(facts: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as T;
}
