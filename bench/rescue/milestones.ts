import type { RangeSet } from '../../src/block/range-set.ts';

/** One request that a disk got, with the disk's time at its end. */
export interface TimedRead {
  readonly offset: number;
  readonly length: number;
  readonly ok: boolean;
  readonly endMs: number;
}

/** What reading cost; NaN for what was never reached. Seconds of disk time until a share of `wanted` had been read. */
export interface Milestones {
  readonly reads: number;
  readonly failedReads: number;
  /** Failing reads until all of it had been read. */
  readonly failedUntilSafe: number;
  readonly t50: number;
  readonly t90: number;
  readonly t99: number;
  readonly t100: number;
}

/** Follows the requests of a rescue. */
export function milestones(reads: readonly TimedRead[], sizeBytes: number, wanted: RangeSet): Milestones {
  const total = wanted.totalBytes;
  const times = { t50: Number.NaN, t90: Number.NaN, t99: Number.NaN, t100: Number.NaN };
  const seen = new Uint8Array(Math.ceil(sizeBytes / 512));
  let got = 0;
  let failed = 0;
  let failedUntilSafe = Number.NaN;
  for (const read of reads) {
    if (!read.ok) {
      failed++;
      continue;
    }
    for (const { start, end } of wanted.within(read.offset, read.offset + read.length)) {
      for (let sector = start / 512; sector < end / 512; sector++) {
        if (seen[sector]) continue;
        seen[sector] = 1;
        got += 512;
      }
    }
    const at = read.endMs / 1000;
    if (Number.isNaN(times.t50) && got >= total * 0.5) times.t50 = at;
    if (Number.isNaN(times.t90) && got >= total * 0.9) times.t90 = at;
    if (Number.isNaN(times.t99) && got >= total * 0.99) times.t99 = at;
    if (Number.isNaN(times.t100) && got >= total) {
      times.t100 = at;
      failedUntilSafe = failed;
    }
  }
  return { reads: reads.length, failedReads: failed, failedUntilSafe, ...times };
}
