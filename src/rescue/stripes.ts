import { type RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import type { BlockMap } from './block-map.ts';

/**
 * The stripes of a dead head: a drive fills a track or a few with one head before it goes on with the next, so what
 * one head has written lies in stripes of one width at one distance.
 */
export interface Stripes {
  /** Start of one stripe of which both ends are known. */
  readonly startBytes: number;
  readonly widthBytes: number;
  readonly periodBytes: number;
}

/** Smaller damage is no stripe: not even old drives have tracks that short. */
const SMALLEST_BYTES = 64 * 1024;
/** Ends of stripes are looked at, the latest so many. */
const LATEST = 8;
const LEAST_STARTS = 3;
/** Ends that lie so near to where they should are in line: a share of the period. */
const TOLERANCE = 1 / 256;
/** Between two stripes that were met others may lie in free space: so many periods are thought of. */
const LARGEST_MULTIPLE = 8;
/** As many heads as this would have to be dead for stripes to be that large a part of the period. */
const LARGEST_SHARE = 1 / 2;

/** Whether the starts of bad zones, ascending and roughly known, may be those of stripes. */
export function looksRegular(starts: readonly number[]): boolean {
  const latest = starts.slice(-LEAST_STARTS);
  if (latest.length < LEAST_STARTS) return false;
  const steps = latest.slice(1).map((start, i) => start - (latest[i] as number));
  const least = Math.min(...steps);
  return least >= 2 * SMALLEST_BYTES && steps.every((step) => offBeat(step / least) < 1 / 8);
}

/** Distance from the nearest whole number. */
const offBeat = (value: number): number => Math.abs(value - Math.round(value));

/**
 * Finds stripes in what is damaged before `until`: starts and ends of damage that lie at multiples of one distance,
 * with nothing readable where a stripe should be. Only ends whose readable neighbour was wanted count, and these
 * have to be known to the sector.
 */
export function findStripes(map: BlockMap, domain: RangeSet, until: number): Stripes | undefined {
  const { starts, ends } = damageEnds(map, domain, until);
  const [anchor] = starts;
  if (anchor === undefined || starts.length < LEAST_STARTS || ends.length === 0) return undefined;
  const last = starts.at(-1) as number;
  const smallestStep = Math.min(...starts.slice(1).map((start, i) => start - (starts[i] as number)));
  for (let parts = LARGEST_MULTIPLE; parts >= 1; parts--) {
    const rough = smallestStep / parts;
    const periods = Math.round((last - anchor) / rough);
    const periodBytes = (last - anchor) / periods;
    const widths = ends.map((end) => mod(end - anchor, periodBytes)).sort((a, b) => a - b);
    const widthBytes = widths[Math.floor(widths.length / 2)] as number;
    const stripes = { startBytes: last, widthBytes, periodBytes };
    const tolerance = periodBytes * TOLERANCE;
    const near = (distance: number): boolean =>
      Math.min(mod(distance, periodBytes), mod(-distance, periodBytes)) <= tolerance;
    if (widthBytes < SMALLEST_BYTES || widthBytes > periodBytes * LARGEST_SHARE) continue;
    if (!starts.every((start) => near(start - last))) continue;
    if (!ends.every((end) => near(end - last - widthBytes))) continue;
    if (!isContradicted(map, domain, stripes, anchor, until)) return stripes;
  }
  return undefined;
}

/** Where stripes are to be expected within `start <= x < end`, as whole units of the medium. */
export function expectedStripes(stripes: Stripes, start: number, end: number, unitBytes: number): RangeSet {
  const { startBytes, widthBytes, periodBytes } = stripes;
  const builder = new RangeSetBuilder();
  const round = (position: number): number => Math.round(position / unitBytes) * unitBytes;
  for (let n = Math.floor((start - startBytes) / periodBytes); ; n++) {
    const from = startBytes + n * periodBytes;
    if (from >= end) return builder.build();
    const [first, last] = [Math.max(start, round(from)), Math.min(end, round(from + widthBytes))];
    if (last > first) builder.add(first, last);
  }
}

/** Whether a position is where one of the stripes is expected, or near it. */
export function isAtStripe({ startBytes, widthBytes, periodBytes }: Stripes, position: number): boolean {
  const slack = periodBytes / 16;
  return mod(position - startBytes + slack, periodBytes) <= widthBytes + 2 * slack;
}

const mod = (value: number, by: number): number => ((value % by) + by) % by;

/** Ends of large damage that were found by reading: the neighbour is wanted and readable. */
function damageEnds(
  map: BlockMap,
  domain: RangeSet,
  until: number,
): { readonly starts: readonly number[]; readonly ends: readonly number[] } {
  const starts: number[] = [];
  const ends: number[] = [];
  const isSaved = (position: number): boolean =>
    position >= 0 &&
    position < until &&
    domain.touches(position, position + 1) &&
    map.statusAt(position) === '+';
  for (const wanted of domain.within(0, until)) {
    let start = Number.NaN;
    for (const run of map.runs(wanted.start, wanted.end)) {
      if (run.status !== '+') {
        if (!(start < run.end)) start = run.start;
        if (run.end < wanted.end) continue;
      }
      const end = run.status === '+' ? run.start : run.end;
      if (end - start >= SMALLEST_BYTES) {
        if (isSaved(start - 1)) starts.push(start);
        if (isSaved(end)) ends.push(end);
      }
      start = Number.NaN;
    }
  }
  return { starts: starts.slice(-LATEST), ends: ends.slice(-LATEST) };
}

/** Whether anything readable lies well within an expected stripe. */
function isContradicted(
  map: BlockMap,
  domain: RangeSet,
  stripes: Stripes,
  start: number,
  end: number,
): boolean {
  const margin = stripes.periodBytes * TOLERANCE;
  for (const stripe of expectedStripes(stripes, start, end, 1)) {
    const inside = { start: stripe.start + margin, end: stripe.end - margin };
    if (inside.end <= inside.start) continue;
    for (const piece of domain.within(Math.ceil(inside.start), Math.floor(inside.end))) {
      if (map.findForward(piece.start, piece.end, '+')) return true;
    }
  }
  return false;
}
