import type { StatusBytes } from './tally.ts';

/** An honest estimate: the truth is expected between the two. Seconds. */
export interface TimeLeft {
  readonly shortestSeconds: number;
  readonly longestSeconds: number;
}

/** What the estimate is made from. Rates in bytes a second of disk time; zero when nothing was measured yet. */
export interface TimeLeftBasis {
  readonly bytes: StatusBytes;
  readonly recentRate: number;
  readonly averageRate: number;
  /** Mean time of a failing read in milliseconds; a guess until one was measured. */
  readonly failedReadMs: number;
  readonly unitBytes: number;
  /** Times that bad units are still to be tried again. */
  readonly retriesLeft: number;
  /** Reads that narrowed damage so far, and how many of them failed. */
  readonly narrowingReads: number;
  readonly narrowingFailures: number;
}

/** Shares of the units in failed areas that turn out bad: a few when the damage is scattered, all on a dead head. */
const FEWEST_BAD = 0.02;
const MOST_BAD = 1;
/** From so many narrowing reads on, the share of bad ones among them is a hint; the truth is within this factor. */
const HINT_READS = 200;
const HINT_FACTOR = 3;

/** The least and the largest share of bad units that is to be expected in what is undecided. */
function badShares({ narrowingReads, narrowingFailures }: TimeLeftBasis): [least: number, most: number] {
  if (narrowingReads < HINT_READS) return [FEWEST_BAD, MOST_BAD];
  const share = narrowingFailures / narrowingReads;
  return [share / HINT_FACTOR, Math.min(MOST_BAD, share * HINT_FACTOR + FEWEST_BAD)];
}

/** Undefined while no rate is known. */
export function timeLeft(basis: TimeLeftBasis): TimeLeft | undefined {
  const { bytes, recentRate, averageRate, failedReadMs, unitBytes } = basis;
  const undecidedUnits = (bytes['*'] + bytes['/']) / unitBytes;
  const failing = (share: number): number => (undecidedUnits * share * failedReadMs) / 1000;
  const [least, most] = badShares(basis);
  const faster = Math.max(recentRate, averageRate);
  const slower = Math.min(recentRate || averageRate, averageRate);
  if (bytes['?'] > 0 && slower <= 0) return undefined;
  const copying = (rate: number): number => (bytes['?'] > 0 ? bytes['?'] / rate : 0);
  const badUnits = bytes['-'] / unitBytes + undecidedUnits * most;
  const retrying = (badUnits * basis.retriesLeft * failedReadMs) / 1000;
  return {
    shortestSeconds: copying(faster) + failing(least),
    longestSeconds: copying(slower) * 1.1 + failing(most) + retrying,
  };
}
