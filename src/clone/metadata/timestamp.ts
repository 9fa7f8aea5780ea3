/** What ntfsclone puts in the place of a time: 1 January 1970, as NTFS counts (100 ns since 1601). */
const NO_TIME = Uint8Array.of(0x00, 0x80, 0x3e, 0xd5, 0xde, 0xb1, 0x9d, 0x01);

const TIME_BYTES = NO_TIME.length;

/**
 * Writes over `count` times that begin at `offset`; what there is of one that is cut is cleared. Returns
 * the bytes of the others.
 */
export function wipeTimes(bytes: Uint8Array, offset: number, count: number): number {
  let wiped = 0;
  for (let i = 0; i < count; i++) {
    const at = offset + i * TIME_BYTES;
    if (at + TIME_BYTES > bytes.length) {
      bytes.fill(0, Math.min(at, bytes.length));
      break;
    }
    bytes.set(NO_TIME, at);
    wiped += TIME_BYTES;
  }
  return wiped;
}
