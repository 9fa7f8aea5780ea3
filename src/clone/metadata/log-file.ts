import type { NonResidentData } from '../../ntfs/attribute-data.ts';

/** What ntfsclone keeps from the beginning of the log: both restart pages, with room. */
const KEPT_BYTES = 16384;
/** Behind that the clusters of these bytes and all their doubles: where a driver looks for restart pages. */
const FIRST_PROBE = 256;

/** Clusters of the log, counted within it. */
export interface LogPart {
  readonly vcn: number;
  readonly length: number;
}

/**
 * The parts of a log of `dataBytes` bytes in `mapped` clusters that go into an image, in the order in which ntfsclone
 * writes them (measured): the first 16 KiB or, with `full`, everything; then the cluster of each byte 0, 256, 512,
 * 1024, ... again, unless it is the one that was written just before.
 */
export function logParts(dataBytes: number, mapped: number, clusterBytes: number, full: boolean): LogPart[] {
  const kept = full ? mapped : Math.min(mapped, Math.ceil(KEPT_BYTES / clusterBytes));
  if (kept === 0) return [];
  const parts: LogPart[] = [{ vcn: 0, length: kept }];
  let last = kept - 1;
  for (const vcn of probes(dataBytes, clusterBytes)) {
    if (vcn === last || vcn >= mapped) continue;
    parts.push({ vcn, length: 1 });
    last = vcn;
  }
  return parts;
}

/** How many clusters of the log ntfsclone counts as used: its first run for each run, and every probe. */
export function countedLogClusters(
  { runs, dataBytes }: NonResidentData,
  clusterBytes: number,
  full: boolean,
): number {
  const allocated = runs.filter(({ lcn }) => lcn !== undefined);
  const first = allocated[0]?.length ?? 0;
  const critical = Math.min(first, Math.ceil(KEPT_BYTES / clusterBytes));
  const kept = allocated.reduce((sum, { length }) => sum + (full ? length : critical), 0);
  return kept + probes(dataBytes, clusterBytes).length;
}

/** The clusters of the bytes at which a driver looks, each as often as it looks. */
function probes(dataBytes: number, clusterBytes: number): number[] {
  const found: number[] = [];
  for (let offset = 0; offset < dataBytes; offset = offset === 0 ? FIRST_PROBE : offset * 2) {
    found.push(Math.floor(offset / clusterBytes));
  }
  return found;
}
