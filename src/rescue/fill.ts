/** What is put in the place of a sector that could not be read. */
export type Fill = 'marker' | 'zero' | 'keep';

const MARKER_WORD = new TextEncoder().encode('BadSectoR\0');
const MARKER_FILL = 0x3f;

/**
 * The bytes that stand for `length` lost bytes starting at a sector's start: each sector of `sectorBytes` begins
 * with `BadSectoR` and one NUL and is filled up with `?`, byte for byte as ntfsclone writes it (measured,
 * ntfsclone 2022.10.3). A last, shorter sector is cut. `zero` gives zeros; `keep` writes nothing, so it has none.
 */
export function fillBytes(fill: Exclude<Fill, 'keep'>, length: number, sectorBytes: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (fill === 'zero') return bytes;
  bytes.fill(MARKER_FILL);
  for (let at = 0; at < length; at += sectorBytes) bytes.set(MARKER_WORD.subarray(0, length - at), at);
  return bytes;
}
