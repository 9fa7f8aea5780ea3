import { type RangeSet, RangeSetBuilder } from '../../block/range-set.ts';
import { ClusterIndex } from '../cluster-index.ts';
import { cloneBytes } from '../cluster-sink.ts';
import type { CompressedImage } from './compressed-image.ts';
import { dataFrames, indexFrame, positionAfter } from './frame-list.ts';
import { bytesOfRun } from './frame-stream.ts';
import { orderedWork } from './ordered-work.ts';
import { clustersOf } from './part.ts';
import { checkFrame } from './verify-frames.ts';
import { checkEnd, checkParts, checkStart } from './verify-indexes.ts';
import { workersFor } from './workers.ts';

/** A place in the file of an image that is not what it should be. */
export interface ImageDamage {
  readonly start: number;
  readonly end: number;
  /** A clause: `its content is not what was saved`. */
  readonly what: string;
}

/** Who is told of damage. */
export type DamageSink = (start: number, end: number, what: string) => void;

/** What a look at every byte of a compressed image has shown. */
export interface VerifiedImage {
  readonly damages: readonly ImageDamage[];
  /** Data of the volume that is lost by it, in bytes of the volume. */
  readonly lost: RangeSet;
  /** Clusters that should be there, the stretch behind the last one among them. */
  readonly clusters: number;
  readonly isAscending: boolean;
  readonly hasTail: boolean;
}

/**
 * Compares every byte of a compressed image with its checksums, and its content with its index. Rejects for `signal` and
 * when the file cannot be read any more.
 */
export async function verifyCompressed(
  image: CompressedImage,
  onDamage: (damage: ImageDamage) => void,
  onClusters: (count: number) => void,
  signal: AbortSignal,
): Promise<VerifiedImage> {
  const { header, parts } = image;
  const damages: ImageDamage[] = [];
  const found: DamageSink = (start, end, what) => {
    damages.push({ start, end, what });
    onDamage({ start, end, what });
  };
  const index = new ClusterIndex(header);
  const lost = new RangeSetBuilder();
  const lose = (fromCluster: number, toByte: number): void =>
    lost.add(fromCluster * header.clusterBytes, toByte);
  let [clusters, position, fileEnd] = [0, 0, image.dataStart];
  await checkStart(image, found);
  const checked = orderedWork(dataFrames(image), workersFor(image.info.frameBytes) + 1, (frame) =>
    checkFrame(image, frame),
  );
  for await (const { frame, problem } of checked) {
    signal.throwIfAborted();
    const { start, packedBytes, runs, part } = frame;
    const own = parts[part];
    if (own?.fileStart === start) {
      if (start !== fileEnd) {
        found(fileEnd, start, 'the index of what is here is damaged, so it cannot be found');
        lose(position, frame.position * header.clusterBytes);
      }
      fileEnd = own.end;
    }
    const what = indexFrame(frame, 0, index, image) ? problem : (problem ?? 'its index makes no sense');
    if (what !== undefined) {
      found(start, start + packedBytes, what);
      for (const { lcn, length } of runs) {
        if (length === 0) continue;
        const range = bytesOfRun(lcn, length, header);
        lost.add(range.start, range.end);
      }
    }
    clusters += clustersOf(frame);
    position = positionAfter(runs, frame.position);
    onClusters(clusters);
  }
  await checkParts(image, found);
  await checkEnd(image, found);
  if (image.totals === undefined) lose(position, cloneBytes(header));
  index.finish();
  return {
    damages,
    lost: lost.build(),
    clusters,
    isAscending: index.isAscending,
    hasTail: index.find(header.clusterCount) !== undefined,
  };
}
