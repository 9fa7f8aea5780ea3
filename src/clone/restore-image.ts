import type { PathFacts } from '../block/path-facts.ts';
import { type RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { type OwnerReport, traceOwners } from '../ntfs/owners.ts';
import { cloneEdit } from './clone-edit.ts';
import type { CloneListener } from './clone-listener.ts';
import type { ClusterSink } from './cluster-sink.ts';
import { compressedClusters } from './compressed/compressed-clusters.ts';
import { describeImagePath } from './image-file.ts';
import type { ImageHeader } from './image-header.ts';
import { type ImageEnd, ImageReader, missingClusters } from './image-reader.ts';
import { imageVolume } from './image-volume.ts';
import { openImage } from './open-image.ts';
import { checkRoomForClone, openRawOutput, planOutput } from './output.ts';
import type { NewSerial } from './serial-number.ts';

/** An image that is to become a volume again. */
export interface RestoreRequest {
  /** `-` for standard input. */
  readonly image: string;
  /** `-` for standard output; `undefined` to read the image and write nothing. */
  readonly output: string | undefined;
  readonly overwrite: boolean;
  /** Go on after damaged places of a compressed image, and mark what is lost. */
  readonly rescue?: boolean;
  readonly newSerial?: NewSerial;
  /** Fit the boot sector to the sectors of the output device. */
  readonly adjustSectorSize?: boolean;
  /** Asked once nothing speaks against the output, before anything else: throws when it shall be left alone. */
  readonly confirm?: () => Promise<void>;
}

/** What came of it. */
export interface RestoreResult extends ImageEnd {
  readonly header: ImageHeader;
  /** What is lost by damage of the image, in bytes of the volume. */
  readonly lost: RangeSet;
  /** Whose that was; undefined when nothing is lost. */
  readonly owners: OwnerReport | undefined;
}

/**
 * Restores an image to a file, a device or standard output; a file gets the volume's full length. The header is read
 * and everything is checked before the output is opened. Rejects with a `CloneError`.
 */
export async function restoreImage(
  request: RestoreRequest,
  listener: CloneListener,
  signal: AbortSignal,
): Promise<RestoreResult> {
  const { image, newSerial, rescue = false } = request;
  const facts = await describeImagePath(image);
  const output =
    request.output === undefined
      ? undefined
      : await planOutput(request.output, volumeFacts(facts), request.overwrite);
  await request.confirm?.();
  await using opened = await openImage(image, facts);
  const lost = new RangeSetBuilder();
  const stream = opened.stream({ rescue, onLost: ({ start, end }) => lost.add(start, end) });
  const reader = await ImageReader.open(stream);
  const { header } = reader;
  listener.image(header, opened.compressed);
  if (output !== undefined) checkRoomForClone(output, header, header.usedClusters * header.clusterBytes);
  const edit = cloneEdit(
    newSerial,
    request.adjustSectorSize ? output : undefined,
    header.clusterBytes,
    listener,
  );
  const sink = output === undefined ? NOWHERE : await openRawOutput(output, header);
  const isStream = output?.kind === 'stream';
  const total = (isStream ? header.clusterCount : header.usedClusters) + 1;
  listener.phase(output === undefined ? 'testing' : 'restoring');
  const end = await reader.replay(
    {
      take(lcn, bytes, clusters) {
        // Where the image only steps to a place there is nothing to change.
        if (clusters > 0) edit(lcn, bytes);
        if (isStream) listener.progress(lcn + bytes.length / header.clusterBytes, total);
        return sink.used(lcn, bytes);
      },
      onClusters: (count) => {
        if (!isStream) listener.progress(count, total);
      },
      inOrder: isStream,
    },
    signal,
  );
  await stream.settle?.();
  if (!end.hasTail) listener.note('no alternate boot sector in image');
  const missing = missingClusters(header, end);
  if (missing > 0) {
    const told = `${missing} of the ${header.usedClusters} clusters that its header counts`;
    listener.note(`${told} are not in the image: it is damaged, and what is made of it incomplete.`);
  }
  if (output !== undefined) listener.phase('syncing');
  await sink.finish();
  const lostSet = lost.build();
  const owners =
    opened.compressed === undefined || lostSet.isEmpty
      ? undefined
      : await traceOwners(imageVolume(header, compressedClusters(opened.compressed)), lostSet, { signal });
  return { header, ...end, lost: lostSet, owners };
}

/** Facts of an image that may have to do with the output; a pipe has not. */
function volumeFacts(facts: PathFacts | undefined): PathFacts | undefined {
  return facts?.kind === 'file' || facts?.kind === 'block' ? facts : undefined;
}

const NOWHERE: ClusterSink = { used: () => Promise.resolve(), finish: () => Promise.resolve() };
