import { createHash } from 'node:crypto';
import type { ClusterBitmap, ClusterRun } from './cluster-bitmap.ts';
import type { CloneGeometry } from './cluster-sink.ts';
import { encodeImageHeader } from './image-header.ts';

/**
 * The clusters in the order in which ntfsclone saves them (measured): those that only $Bitmap knows first, then all that
 * belong to files, then what lies behind the last one.
 */
export function* imageRuns(
  owned: ClusterBitmap,
  extra: ClusterBitmap,
  { clusterCount }: CloneGeometry,
): IterableIterator<ClusterRun> {
  yield* extra.runs(clusterCount);
  yield* owned.runs(clusterCount);
  yield { lcn: clusterCount, length: 1 };
}

/** The same clusters in the order of the disk: a raw clone is the same in any order. */
export function* rawRuns(
  owned: ClusterBitmap,
  extra: ClusterBitmap,
  { clusterCount }: CloneGeometry,
): IterableIterator<ClusterRun> {
  for (const run of extra.runs(clusterCount)) owned.add(run, () => undefined);
  yield* owned.runs(clusterCount);
  yield { lcn: clusterCount, length: 1 };
}

/** Which clusters an image holds, and in which order: two saves with the same digest make the same commands. */
export function planDigest(
  geometry: CloneGeometry,
  usedClusters: number,
  runs: Iterable<ClusterRun>,
): string {
  const hash = createHash('sha256').update(encodeImageHeader(geometry, usedClusters));
  const batch = new Float64Array(4096);
  let filled = 0;
  for (const { lcn, length } of runs) {
    batch[filled++] = lcn;
    batch[filled++] = length;
    if (filled < batch.length) continue;
    hash.update(batch);
    filled = 0;
  }
  return hash.update(batch.subarray(0, filled)).digest('hex');
}

/** The runs without their first `clusters`. */
export function* withoutFirst(runs: Iterable<ClusterRun>, clusters: number): IterableIterator<ClusterRun> {
  let left = clusters;
  for (const { lcn, length } of runs) {
    const dropped = Math.min(left, length);
    left -= dropped;
    if (dropped < length) yield { lcn: lcn + dropped, length: length - dropped };
  }
}
