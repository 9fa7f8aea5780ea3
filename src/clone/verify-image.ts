import { describePath } from '../block/device-facts.ts';
import { RangeSet } from '../block/range-set.ts';
import { withHoles } from '../ntfs/holes.ts';
import { type OwnerReport, traceOwners } from '../ntfs/owners.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import type { CloneError } from './clone-error.ts';
import type { CloneListener } from './clone-listener.ts';
import { cloneBytes } from './cluster-sink.ts';
import { compressedClusters } from './compressed/compressed-clusters.ts';
import type { CompressedImage } from './compressed/compressed-image.ts';
import { type ImageDamage, verifyCompressed } from './compressed/verify-compressed.ts';
import { savedLosses } from './image-access.ts';
import { openImageFile } from './image-file.ts';
import type { ImageHeader } from './image-header.ts';
import { ImageReader, missingClusters } from './image-reader.ts';
import { imageVolume } from './image-volume.ts';
import { openImage } from './open-image.ts';
import { indexPlainImage, plainClusters, readPlainHeader } from './plain-image.ts';
import { restoreImage } from './restore-image.ts';
import { STANDARD_STREAM } from './standard-stream.ts';

/** What an image says of its volume. */
export interface ImageDescription {
  readonly header: ImageHeader;
  /** Of an image that Lifeboat compressed. */
  readonly compressed: CompressedImage | undefined;
}

/** What a look at a whole image has shown. */
export interface VerifyResult {
  readonly header: ImageHeader;
  /** Clusters that are there, those twice that are there twice; without the stretch behind the last one. */
  readonly clusters: number;
  readonly hasTail: boolean;
  readonly isOrdered: boolean;
  /** Places in the file that are damaged. */
  readonly damages: readonly ImageDamage[];
  /** Clusters that the header counts and the image has not. */
  readonly missingClusters: number;
  /** Whether an image that is compressed has no end: its save was interrupted, or it was cut. */
  readonly isCut: boolean;
  /** Why an image that is not compressed could not be followed to its end. */
  readonly failure: CloneError | undefined;
  /** What is lost by that, in bytes of the volume; free space may be among it. */
  readonly lost: RangeSet;
  /** Whose that was; undefined when nothing is lost, or it cannot be told. */
  readonly owners: OwnerReport | undefined;
  /** What could not be read when the image was saved. */
  readonly lostAtSave: RangeSet;
}

/** What an image says of its volume. Rejects with a `CloneError` when it is none. */
export async function describeImage(image: string): Promise<ImageDescription> {
  await using opened = await openImage(image);
  const { compressed } = opened;
  if (compressed !== undefined) return { header: compressed.header, compressed };
  const reader = await ImageReader.open(opened.stream({ rescue: false, onLost: () => undefined }));
  return { header: reader.header, compressed };
}

/**
 * Looks at every byte of an image. A special image has no checksums: of it a structure that makes no sense shows, an end
 * that came too early, and fewer clusters than the header says. Rejects with a `CloneError` when it is no image.
 */
export async function verifyImage(
  path: string,
  listener: CloneListener,
  signal: AbortSignal,
): Promise<VerifyResult> {
  const facts = path === STANDARD_STREAM ? undefined : await describePath(path);
  if (facts?.kind === 'file') {
    const image = await openImage(path, facts);
    await using _ = image;
    if (image.compressed !== undefined) return await verifyIndexed(image.compressed, listener, signal);
    await using file = await openImageFile(path, facts);
    const header = await readPlainHeader(file.reader);
    if (header !== undefined) return await verifyPlain(file.reader, header, listener, signal);
  }
  const result = await restoreImage({ image: path, output: undefined, overwrite: false }, listener, signal);
  return {
    ...result,
    damages: [],
    missingClusters: missingClusters(result.header, result),
    isCut: false,
    failure: undefined,
    owners: undefined,
    lostAtSave: RangeSet.EMPTY,
  };
}

async function verifyIndexed(
  image: CompressedImage,
  listener: CloneListener,
  signal: AbortSignal,
): Promise<VerifyResult> {
  const { header } = image;
  listener.image(header, image);
  listener.phase('testing');
  const found = await verifyCompressed(
    image,
    (damage) => listener.damaged(damage),
    (clusters) => listener.progress(clusters, header.usedClusters + 1),
    signal,
  );
  const { lost, clusters, hasTail, isAscending: isOrdered, damages } = found;
  const volume = imageVolume(header, compressedClusters(image));
  const there = clusters - (hasTail ? 1 : 0);
  return {
    header,
    clusters: there,
    hasTail,
    isOrdered,
    damages,
    missingClusters: image.totals === undefined ? 0 : missingClusters(header, { clusters: there, isOrdered }),
    isCut: image.totals === undefined,
    failure: undefined,
    lost,
    owners: await ownersOf(volume, lost, signal),
    lostAtSave: savedLosses(image),
  };
}

async function verifyPlain(
  file: VolumeReader,
  header: ImageHeader,
  listener: CloneListener,
  signal: AbortSignal,
): Promise<VerifyResult> {
  listener.image(header);
  listener.phase('testing');
  const total = header.usedClusters + 1;
  const image = await indexPlainImage(file, header, (clusters) => listener.progress(clusters, total), signal);
  const { index, failure, clusters, hasTail, position, unreadable } = image;
  const damages: ImageDamage[] = [];
  let lost = RangeSet.EMPTY;
  for (const { start, end } of unreadable) {
    const damage = { start, end, what: 'it cannot be read' };
    damages.push(damage);
    listener.damaged(damage);
    lost = lost.union(index.inBytes(0, start, end));
  }
  if (failure !== undefined) {
    lost = lost.union(RangeSet.single(position * header.clusterBytes, cloneBytes(header)));
  }
  const volume = imageVolume(header, plainClusters(file, image));
  return {
    header,
    clusters,
    hasTail,
    isOrdered: index.isAscending,
    damages,
    missingClusters:
      failure === undefined ? missingClusters(header, { clusters, isOrdered: index.isAscending }) : 0,
    isCut: false,
    failure,
    lost,
    owners: await ownersOf(volume, lost, signal),
    lostAtSave: RangeSet.EMPTY,
  };
}

async function ownersOf(
  volume: VolumeReader,
  lost: RangeSet,
  signal: AbortSignal,
): Promise<OwnerReport | undefined> {
  return lost.isEmpty ? undefined : traceOwners(withHoles(volume, lost), lost, { signal });
}
