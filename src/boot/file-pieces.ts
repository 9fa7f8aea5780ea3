import { inHole, readClamped } from '../ntfs/holes.ts';
import { type BootDisk, type BootPart, partName } from './boot-disk.ts';
import type { Piece } from './fix.ts';
import type { PartFile } from './part-files.ts';
import { whyNotChanged } from './volume-state.ts';

/** New bytes for a place within a file. */
export interface FileEdit {
  /** Byte of the file's content. */
  readonly offset: number;
  readonly after: Uint8Array;
  /** What they are: `Windows in the boot store`. */
  readonly what: string;
}

/**
 * Where on the disk the edits of a file lie, in their order; those that change nothing are left out. Gives a clause
 * where the file must not be changed, or cannot be in its place.
 */
export async function filePieces(
  disk: BootDisk,
  part: BootPart,
  file: PartFile,
  edits: readonly FileEdit[],
): Promise<readonly Piece[] | string> {
  if (file.closed !== undefined) return file.closed;
  const pieces: Piece[] = [];
  for (const { offset, after, what } of edits) {
    const stored = await file.places(offset, after.length);
    if (typeof stored === 'string') return stored;
    const obstacle = await whyNotChanged(disk, part, stored.resident);
    if (obstacle !== undefined) return obstacle;
    let at = 0;
    for (const { start, end } of stored.places) {
      const { bytes: before, holes } = await readClamped(disk.reader, start, end - start);
      if (inHole(holes, 0, end - start)) return 'a part of it cannot be read';
      const piece = {
        start,
        before,
        after: after.slice(at, at + end - start),
        what: `${what}, ${partName(part)}`,
      };
      if (before.some((byte, i) => byte !== piece.after[i])) pieces.push(piece);
      at += end - start;
    }
  }
  return pieces;
}
