import type { TablePiece } from './gpt-move.ts';

/** Unchanged bytes between two changes that are not worth a piece of their own. */
const JOINED_BYTES = 8;

/** The stretches in which two arrays of the same length differ, as pieces from byte `start` of the disk on. */
export function changedRuns(start: number, before: Uint8Array, after: Uint8Array): TablePiece[] {
  const pieces: TablePiece[] = [];
  let from = -1;
  let last = -1;
  const close = (): void => {
    if (from < 0) return;
    pieces.push({
      start: start + from,
      before: before.slice(from, last + 1),
      after: after.slice(from, last + 1),
    });
  };
  for (let i = 0; i < before.length; i++) {
    if (before[i] === after[i]) continue;
    if (from < 0 || i - last > JOINED_BYTES) {
      close();
      from = i;
    }
    last = i;
  }
  close();
  return pieces;
}
