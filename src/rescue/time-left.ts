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
}

/** Shares of the units in failed areas that turn out bad: a few when the damage is scattered, all on a dead head. */
const FEWEST_BAD = 0.02;
const MOST_BAD = 1;

/** Undefined while no rate is known. */
export function timeLeft(basis: TimeLeftBasis): TimeLeft | undefined {
  const { bytes, recentRate, averageRate, failedReadMs, unitBytes } = basis;
  const undecidedUnits = (bytes['*'] + bytes['/']) / unitBytes;
  const failing = (share: number): number => (undecidedUnits * share * failedReadMs) / 1000;
  const faster = Math.max(recentRate, averageRate);
  const slower = Math.min(recentRate || averageRate, averageRate);
  if (bytes['?'] > 0 && slower <= 0) return undefined;
  const copying = (rate: number): number => (bytes['?'] > 0 ? bytes['?'] / rate : 0);
  return {
    shortestSeconds: copying(faster) + failing(FEWEST_BAD),
    longestSeconds: copying(slower) * 1.1 + failing(MOST_BAD),
  };
}
