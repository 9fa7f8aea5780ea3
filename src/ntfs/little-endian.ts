/**
 * Numbers of NTFS structures, all little-endian. Bytes beyond the end of the array count as zero: the callers
 * check lengths first, and a forgotten check then gives a wrong number, never a crash.
 */

export function u8(bytes: Uint8Array, offset: number): number {
  return bytes[offset] ?? 0;
}

export function u16(bytes: Uint8Array, offset: number): number {
  return u8(bytes, offset) | (u8(bytes, offset + 1) << 8);
}

export function u32(bytes: Uint8Array, offset: number): number {
  return (u16(bytes, offset) | (u16(bytes, offset + 2) << 16)) >>> 0;
}

/** The unsigned 64-bit value, or `undefined` when it is above 2^53 - 1 (as every negative signed value is). */
export function u64(bytes: Uint8Array, offset: number): number | undefined {
  const high = u32(bytes, offset + 4);
  return high > 0x1fffff ? undefined : high * 2 ** 32 + u32(bytes, offset);
}

/** The signed value of `size` bytes (0 to 8), or `undefined` outside the safe integers. */
export function signed(bytes: Uint8Array, offset: number, size: number): number | undefined {
  let value = size > 0 && u8(bytes, offset + size - 1) >= 0x80 ? -1 : 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + u8(bytes, offset + i);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `units` UTF-16 code units, 255 at most in NTFS; lone surrogates stay as they are, since names may have them. */
export function utf16(bytes: Uint8Array, offset: number, units: number): string {
  return String.fromCharCode(...Array.from({ length: units }, (_, i) => u16(bytes, offset + 2 * i)));
}

/** `count` bytes as text for an error message: printable ASCII as it is, all else in hexadecimal. */
export function shown(bytes: Uint8Array, offset: number, count: number): string {
  const part = [...bytes.subarray(offset, offset + count)];
  if (part.every((byte) => byte >= 0x20 && byte < 0x7f)) return `"${String.fromCharCode(...part)}"`;
  return part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
