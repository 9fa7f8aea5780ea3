import { u32 } from '../../ntfs/little-endian.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { beginsSeekTable, ENTRY_BYTES, FOOTER_BYTES, seekTableBytes } from './seek-table.ts';
import { SKIPPABLE_HEADER_BYTES } from './zstd-frame.ts';

/** So much of the table is read at once: a whole number of entries. */
const PIECE_BYTES = ENTRY_BYTES * 2 ** 16;

/** What a seek table says of the file that it ends. */
export interface ListedFrames {
  /** Where the table begins: behind the last frame that it lists. */
  readonly end: number;
  /** Bytes of that frame. */
  readonly lastBytes: number;
}

/**
 * Looks for the seek table at the end of a file, and whether the frames in it fill what is before, piece by piece: a file
 * may say that it has a hundred million frames. Undefined when there is none that is sound.
 */
export async function readSeekTable(file: VolumeReader): Promise<ListedFrames | undefined> {
  const { sizeBytes } = file;
  if (sizeBytes < FOOTER_BYTES) return undefined;
  const footerStart = sizeBytes - FOOTER_BYTES;
  const footer = await file.read(footerStart, FOOTER_BYTES);
  const tableBytes = footer.holes.length > 0 ? undefined : seekTableBytes(footer.bytes);
  if (tableBytes === undefined || tableBytes > sizeBytes) return undefined;
  const end = sizeBytes - tableBytes;
  const head = await file.read(end, SKIPPABLE_HEADER_BYTES);
  if (head.holes.length > 0 || !beginsSeekTable(head.bytes, tableBytes)) return undefined;
  let [filled, lastBytes] = [0, 0];
  for (let at = end + SKIPPABLE_HEADER_BYTES; at < footerStart; at += PIECE_BYTES) {
    const { bytes, holes } = await file.read(at, Math.min(PIECE_BYTES, footerStart - at));
    if (holes.length > 0) return undefined;
    for (let entry = 0; entry < bytes.length; entry += ENTRY_BYTES) {
      lastBytes = u32(bytes, entry);
      filled += lastBytes;
    }
    if (filled > end) return undefined;
  }
  return filled === end ? { end, lastBytes } : undefined;
}
