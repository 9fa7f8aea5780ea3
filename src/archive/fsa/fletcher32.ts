/** So many bytes can be summed before a sum of 32 bits could overflow; the program folds after each of them, too. */
const FOLD_BYTES = 360;

/**
 * The checksum of headers and blocks in an archive of FSArchiver: Fletcher's sum over single bytes, both halves
 * begin with 0xffff (measured on archives of 0.8.7).
 */
export function fletcher32(bytes: Uint8Array): number {
  let low = 0xffff;
  let high = 0xffff;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + FOLD_BYTES);
    for (; at < end; at++) {
      low += bytes[at] as number;
      high += low;
    }
    low = (low & 0xffff) + (low >>> 16);
    high = (high & 0xffff) + (high >>> 16);
  }
  low = (low & 0xffff) + (low >>> 16);
  high = (high & 0xffff) + (high >>> 16);
  return ((high << 16) | low) >>> 0;
}
