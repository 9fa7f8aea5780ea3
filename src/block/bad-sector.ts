/** What a marked sector begins with. */
export const BAD_SECTOR_MARK = new TextEncoder().encode('BadSectoR\0');
const MARKER_FILL = 0x3f;

/**
 * Makes of `bytes`, which begin at a sector, what stands for sectors that could not be read: each of `sectorBytes`
 * begins with `BadSectoR` and one NUL and is filled up with `?`, byte for byte as ntfsclone writes it (measured,
 * ntfsclone 2022.10.3). A last, shorter sector is cut.
 */
export function markBadSectors(bytes: Uint8Array, sectorBytes: number): void {
  bytes.fill(MARKER_FILL);
  for (let at = 0; at < bytes.length; at += sectorBytes) {
    bytes.set(BAD_SECTOR_MARK.subarray(0, bytes.length - at), at);
  }
}
