import { NtfsError } from './error.ts';
import { signed, u8 } from './little-endian.ts';

/** A stretch of an attribute's clusters. */
export interface Run {
  /** First cluster, counted within the attribute. */
  readonly vcn: number;
  /** Number of clusters, at least 1. */
  readonly length: number;
  /** First cluster on the volume; `undefined` for a sparse run (zeros) and for one that left the volume. */
  readonly lcn: number | undefined;
  /** Set on clusters that the run list places outside the volume: their content cannot be had. */
  readonly outside?: true;
}

export interface RunList {
  readonly runs: readonly Run[];
  /** VCN after the last run. */
  readonly nextVcn: number;
  /** Why decoding ended early, or that clusters outside the volume were cut off. */
  readonly damage?: NtfsError;
}

/** What a run list must fit into. */
export interface RunLimits {
  readonly clusterCount: number;
  readonly clusterBytes: number;
}

/**
 * Decodes mapping pairs (specification): a header byte with the sizes of length (low four bits) and LCN change
 * (high four bits), then both as signed little-endian numbers; a header of zero ends the list. Runs before a
 * contradiction are kept. What leaves the volume is cut and marked, never followed.
 */
export function decodeRuns(
  bytes: Uint8Array,
  firstVcn: number,
  limits: RunLimits,
  position: number,
): RunList {
  const runs: Run[] = [];
  const maxVcn = Math.floor(Number.MAX_SAFE_INTEGER / limits.clusterBytes);
  let damage: NtfsError | undefined;
  let vcn = firstVcn;
  let lcn = 0;
  let at = 0;
  const fail = (expected: string, found: string): void => {
    const details = { position: position + at, expected, found };
    damage ??= new NtfsError(`A run list is damaged: ${found}, expected ${expected}.`, details);
  };
  for (;;) {
    const header = at < bytes.length ? u8(bytes, at) : -1;
    if (header <= 0) {
      if (header < 0) fail('an end mark', 'the end of the attribute');
      break;
    }
    const lengthSize = header & 15;
    const lcnSize = header >> 4;
    if (lengthSize < 1 || lengthSize > 8 || lcnSize > 8 || at + 1 + lengthSize + lcnSize > bytes.length) {
      fail('a run header', `header byte ${header}`);
      break;
    }
    const length = signed(bytes, at + 1, lengthSize);
    const change = signed(bytes, at + 1 + lengthSize, lcnSize);
    if (length === undefined || length < 1 || vcn + length > maxVcn || change === undefined) {
      fail('a positive length in range', `a run of ${length} clusters`);
      break;
    }
    // NTFS 1.2 wrote sparse runs as a change to LCN -1; later versions leave the change out.
    if (lcnSize === 0 || lcn + change === -1) {
      runs.push({ vcn, length, lcn: undefined });
    } else {
      lcn += change;
      const inside = lcn < 0 ? 0 : Math.max(0, Math.min(length, limits.clusterCount - lcn));
      if (inside > 0) runs.push({ vcn, length: inside, lcn });
      if (inside < length) {
        runs.push({ vcn: vcn + inside, length: length - inside, lcn: undefined, outside: true });
        fail(`clusters below ${limits.clusterCount}`, `a run of ${length} clusters at ${lcn}`);
      }
    }
    vcn += length;
    at += 1 + lengthSize + lcnSize;
  }
  return damage === undefined ? { runs, nextVcn: vcn } : { runs, nextVcn: vcn, damage };
}

/** Index of the run that holds `vcn` in runs ascending by VCN, or of the first one after it. */
export function runIndexAt(runs: readonly Run[], vcn: number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const run = runs[middle] as Run;
    if (run.vcn + run.length > vcn) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The runs of `more` that cover nothing `runs` has, put in with them by VCN: the first teller is believed. */
export function addRuns(runs: readonly Run[], more: readonly Run[]): Run[] {
  const fresh = more.filter((run) => {
    const next = runs[runIndexAt(runs, run.vcn)];
    return next === undefined || next.vcn >= run.vcn + run.length;
  });
  const merged: Run[] = [];
  for (const run of [...runs, ...fresh].sort((a, b) => a.vcn - b.vcn)) {
    const last = merged.at(-1);
    if (last === undefined || last.vcn + last.length <= run.vcn) merged.push(run);
  }
  return merged;
}

/** The same runs, what lies at or behind cluster `end` of the volume marked as outside. */
export function cutRuns(runs: readonly Run[], end: number): Run[] {
  return runs.flatMap((run) => {
    if (run.lcn === undefined || run.lcn + run.length <= end) return [run];
    const inside = Math.max(0, end - run.lcn);
    const rest: Run = { vcn: run.vcn + inside, length: run.length - inside, lcn: undefined, outside: true };
    return inside > 0 ? [{ vcn: run.vcn, length: inside, lcn: run.lcn }, rest] : [rest];
  });
}

/** The same runs, as many of their clusters as the volume has: what is behind is there for the second time. */
export function fittingRuns(runs: readonly Run[], clusterCount: number): Run[] {
  let left = clusterCount;
  return runs.flatMap((run) => {
    if (run.lcn === undefined) return [run];
    const kept = Math.min(left, run.length);
    left -= kept;
    if (kept === run.length) return [run];
    const rest: Run = { vcn: run.vcn + kept, length: run.length - kept, lcn: undefined, outside: true };
    return kept > 0 ? [{ vcn: run.vcn, length: kept, lcn: run.lcn }, rest] : [rest];
  });
}

/** Clusters from VCN 0 up to the first gap. */
export function mappedClusters(runs: readonly Run[]): number {
  let end = 0;
  for (const run of runs) {
    if (run.vcn !== end || run.outside) break;
    end += run.length;
  }
  return end;
}
