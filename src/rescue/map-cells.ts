import type { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from './block-map.ts';
import type { Status } from './status.ts';

/**
 * One cell of a map picture, by the worst that it holds:
 * - ` ` nothing wanted here (free space)
 * - `+` all saved
 * - `~` partly saved, the rest not tried
 * - `?` not tried
 * - `*` a read failed, not decided yet
 * - `-` holds bad sectors
 */
export type MapCell = ' ' | '+' | '~' | '?' | '*' | '-';

const SAVED = 1;
const UNTRIED = 2;
const FAILED = 4;
const BAD = 8;

const BITS: Record<Status, number> = { '+': SAVED, '?': UNTRIED, '*': FAILED, '/': FAILED, '-': BAD };

function cellOf(bits: number): MapCell {
  if (bits & BAD) return '-';
  if (bits & FAILED) return '*';
  if ((bits & SAVED) !== 0 && (bits & UNTRIED) !== 0) return '~';
  if (bits & UNTRIED) return '?';
  return bits & SAVED ? '+' : ' ';
}

/** Draws the map of a domain as `count` cells of equal size over the whole source. Linear in runs and ranges. */
export function mapCells(map: BlockMap, domain: RangeSet, count: number): string {
  const bits = new Uint8Array(count);
  const cellBytes = map.sizeBytes / count;
  let i = 0;
  for (const run of map.runs()) {
    while (i < domain.count && domain.endOf(i) <= run.start) i++;
    for (let j = i; j < domain.count && domain.startOf(j) < run.end; j++) {
      const start = Math.max(run.start, domain.startOf(j));
      const end = Math.min(run.end, domain.endOf(j));
      const last = Math.min(count - 1, Math.floor((end - 1) / cellBytes));
      for (let cell = Math.floor(start / cellBytes); cell <= last; cell++) {
        bits[cell] = (bits[cell] as number) | BITS[run.status];
      }
    }
  }
  return Array.from(bits, cellOf).join('');
}
