import { open } from 'node:fs/promises';
import { SECTOR } from '../../scripts/failing-disk/fault-rules.ts';
import type { UsedClusters } from './volume-used.ts';

/** How many sectors of a clone are what they have to be, by kind, and the first few that are not. */
export interface Comparison {
  saved: number;
  marked: number;
  untouched: number;
  readonly wrong: string[];
}

/** What stands in a sector that could not be read. */
const MARKER = Buffer.concat([Buffer.from('BadSectoR\0'), Buffer.alloc(SECTOR - 10, '?')]);
const STEP = 2 ** 20;
const NAMED_AT_MOST = 5;

/**
 * Holds every sector of the clone against the volume as it was: used ones are the same, bad ones marked, free ones
 * as they were in the target before (`old` is the byte that it was filled with). With `freeMayBeSaved` free ones may
 * also be the same: where $Bitmap is lost, nobody knows that they are free.
 */
export async function compareClone(
  original: string,
  clone: string,
  used: UsedClusters,
  bad: ReadonlySet<number>,
  old: number,
  freeMayBeSaved = false,
): Promise<Comparison> {
  const result: Comparison = { saved: 0, marked: 0, untouched: 0, wrong: [] };
  const untouched = Buffer.alloc(SECTOR, old);
  const [left, right] = [await open(original), await open(clone)];
  const [before, after] = [Buffer.alloc(STEP), Buffer.alloc(STEP)];
  let range = 0;
  try {
    for (let offset = 0; ; offset += STEP) {
      const { bytesRead } = await left.read(before, 0, STEP, offset);
      await right.read(after, 0, STEP, offset);
      if (bytesRead === 0) return result;
      for (let at = 0; at < bytesRead; at += SECTOR) {
        const position = offset + at;
        while ((used.ranges[range]?.end ?? Number.POSITIVE_INFINITY) <= position) range++;
        const isUsed = (used.ranges[range]?.start ?? Number.POSITIVE_INFINITY) <= position;
        const kind = bad.has(position / SECTOR) ? 'marked' : isUsed ? 'saved' : 'untouched';
        const due = { marked: MARKER, saved: before.subarray(at, at + SECTOR), untouched }[kind];
        const found = after.subarray(at, at + SECTOR);
        if (found.equals(due)) result[kind]++;
        else if (kind === 'untouched' && freeMayBeSaved && found.equals(before.subarray(at, at + SECTOR))) {
          result.saved++;
        } else result.wrong.push(`sector ${position / SECTOR} should be ${kind}`);
      }
      if (result.wrong.length > NAMED_AT_MOST) return result;
    }
  } finally {
    await left.close();
    await right.close();
  }
}
