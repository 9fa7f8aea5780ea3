/** Numbers and bytes as people read them in a hex editor. */

export const hexByte = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');

/** `0x1C`. */
export const hexOffset = (value: number): string => `0x${value.toString(16).toUpperCase()}`;

/** `00 08 00 00`. */
export const hexBytes = (bytes: Uint8Array): string => [...bytes].map(hexByte).join(' ');

/** The four bytes of a number, as they lie on the disk. */
export function littleEndian32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
  return bytes;
}
