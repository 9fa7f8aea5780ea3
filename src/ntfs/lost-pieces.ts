import type { RangeSet } from '../block/range-set.ts';
import { type Run, runIndexAt } from './run-list.ts';

/** A stretch of lost bytes within one attribute. */
export interface LostPiece {
  /** Byte of the volume. */
  readonly volumeOffset: number;
  /** Byte of the attribute's content; of the compression unit's begin when `compressed`. */
  readonly fileOffset: number | undefined;
  /** Lost bytes on the volume. */
  readonly length: number;
  /** The loss harms the whole compression unit that begins at `fileOffset`. */
  readonly compressed?: true;
}

/** What one attribute has lost so far. */
export interface Tally {
  readonly budget: PieceBudget;
  readonly pieces: LostPiece[];
  /** All pieces, those that are not kept included. */
  pieceCount: number;
  /** Lost bytes on the volume. */
  diskBytes: number;
  /** Lost bytes of content: for a compressed unit all that it held. */
  lostBytes: number;
  /** Lost bytes behind the content, where nothing was. */
  slackBytes: number;
  /** The compression unit counted last. */
  lastUnit: number;
}

/** What has to be known of an attribute to tell content from slack. */
export interface ContentShape {
  /** Bytes of written content: clusters behind hold nothing. */
  readonly contentBytes: number;
  /** Clusters of a compression unit; 0 when not compressed. */
  readonly compressionUnit: number;
}

const MAX_PIECES = 1000;

/** How many pieces may still be kept for all files together. */
export interface PieceBudget {
  left: number;
}

export function emptyTally(budget: PieceBudget): Tally {
  return { budget, pieces: [], pieceCount: 0, diskBytes: 0, lostBytes: 0, slackBytes: 0, lastUnit: -1 };
}

export function addPiece(tally: Tally, piece: LostPiece): void {
  tally.pieceCount++;
  if (tally.pieces.length >= MAX_PIECES || tally.budget.left <= 0) return;
  tally.budget.left--;
  tally.pieces.push(piece);
}

/** Adds what `lost` takes of the runs of one attribute fragment. `claim` is told each lost stretch. */
export function tallyRuns(
  tally: Tally,
  runs: readonly Run[],
  shape: ContentShape,
  clusterBytes: number,
  lost: RangeSet,
  claim: (start: number, end: number) => void,
): void {
  for (const run of runs) {
    if (run.lcn === undefined) continue;
    const start = run.lcn * clusterBytes;
    for (const range of lost.within(start, start + run.length * clusterBytes)) {
      claim(range.start, range.end);
      const fileOffset = run.vcn * clusterBytes + (range.start - start);
      const length = range.end - range.start;
      if (shape.compressionUnit === 0) tallyPlain(tally, shape, range.start, fileOffset, length);
      else tallyUnits(tally, runs, shape, clusterBytes, range.start, fileOffset, length);
    }
  }
}

function tallyPlain(
  tally: Tally,
  shape: ContentShape,
  volumeOffset: number,
  fileOffset: number,
  length: number,
): void {
  const content = Math.max(0, Math.min(length, shape.contentBytes - fileOffset));
  tally.diskBytes += length;
  tally.lostBytes += content;
  tally.slackBytes += length - content;
  addPiece(tally, { volumeOffset, fileOffset, length });
}

/** Splits a lost stretch of a compressed attribute at its compression units. */
function tallyUnits(
  tally: Tally,
  runs: readonly Run[],
  shape: ContentShape,
  clusterBytes: number,
  volumeOffset: number,
  fileOffset: number,
  length: number,
): void {
  const unitBytes = shape.compressionUnit * clusterBytes;
  for (let at = fileOffset; at < fileOffset + length; ) {
    const unit = Math.floor(at / unitBytes);
    const unitStart = unit * unitBytes;
    const part = Math.min(unitStart + unitBytes, fileOffset + length) - at;
    const onVolume = volumeOffset + (at - fileOffset);
    if (isStoredRaw(runs, unit * shape.compressionUnit, shape.compressionUnit)) {
      tallyPlain(tally, shape, onVolume, at, part);
    } else {
      const content = Math.max(0, Math.min(unitBytes, shape.contentBytes - unitStart));
      tally.diskBytes += part;
      if (content === 0) tally.slackBytes += part;
      else if (unit !== tally.lastUnit) tally.lostBytes += content;
      tally.lastUnit = unit;
      addPiece(tally, { volumeOffset: onVolume, fileOffset: unitStart, length: part, compressed: true });
    }
    at += part;
  }
}

/** A unit whose clusters are all allocated did not shrink and is stored as it is (specification). */
function isStoredRaw(runs: readonly Run[], vcn: number, unitClusters: number): boolean {
  let allocated = 0;
  for (let i = runIndexAt(runs, vcn); i < runs.length; i++) {
    const run = runs[i] as Run;
    if (run.vcn >= vcn + unitClusters) break;
    if (run.lcn === undefined) continue;
    allocated += Math.min(run.vcn + run.length, vcn + unitClusters) - Math.max(run.vcn, vcn);
  }
  return allocated === unitClusters;
}
