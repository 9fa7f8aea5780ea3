import { bytesText } from '../text/quantity.ts';

/** A size both for people and for exact comparison, such as `4.0 GiB (4294967296 bytes)`. */
export function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${bytesText(bytes)} (${bytes} bytes)`;
}
