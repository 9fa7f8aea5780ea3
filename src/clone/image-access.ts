import { describePath } from '../block/device-facts.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { withHoles } from '../ntfs/holes.ts';
import { u32 } from '../ntfs/little-endian.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { plural } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { CloneError } from './clone-error.ts';
import { isUnfinished } from './compressed/begun-image.ts';
import { compressedClusters } from './compressed/compressed-clusters.ts';
import { type CompressedImage, openCompressedImage, readImageInfo } from './compressed/compressed-image.ts';
import { isSkippable, ZSTD_MAGIC } from './compressed/zstd-frame.ts';
import { type ImageFile, openImageFile } from './image-file.ts';
import type { ImageHeader } from './image-header.ts';
import { type ClusterSource, imageVolume } from './image-volume.ts';
import { forecastPlainImage } from './plain-forecast.ts';
import { indexPlainImage, plainClusters, readPlainHeader } from './plain-image.ts';

/** The volume in an image, to be read at any place without restoring it. */
export interface ImageAccess {
  readonly reader: VolumeReader;
  /** What the image has not, and what could not be read when it was saved: bytes of the volume. */
  readonly missing: RangeSet;
  /** What the user should know, one sentence each. */
  readonly notes: readonly string[];
  /** Of an image without its end: how much of what is in use can be found in it, and should be there, in bytes. */
  readonly cut: { readonly presentBytes: number; readonly usedBytes: number } | undefined;
  /** Lets go of the file. */
  readonly close: () => Promise<void>;
}

type Contents = Omit<ImageAccess, 'close'>;

/**
 * Opens the volume in an image; undefined when the file is none. Of an image that is not compressed all commands must be
 * gone through first; `onIndexing` is told how far that is, from 0 to 1. Rejects with a `CloneError`.
 */
export async function openImageAccess(
  path: string,
  facts: PathFacts,
  onIndexing: (share: number) => void,
): Promise<ImageAccess | undefined> {
  if (facts.kind !== 'file') return undefined;
  const file = await openImageFile(path, facts);
  const close = async (): Promise<void> => file[Symbol.asyncDispose]();
  const access = (await compressedAccess(file)) ?? (await plainAccess(file, onIndexing));
  if (access !== undefined) return { ...access, close };
  await close();
  return undefined;
}

async function compressedAccess({ path, reader: file }: ImageFile): Promise<Contents | undefined> {
  const { bytes } = await file.read(0, Math.min(4, file.sizeBytes));
  const magic = u32(bytes, 0);
  const image = await openCompressedImage(file);
  if (image !== undefined) {
    const lost = savedLosses(image);
    const notes = [...image.problems];
    if (image.totals === undefined) {
      notes.push(
        'The image has no end (its save was interrupted, or it was cut): what is behind counts as missing.',
      );
    }
    if (!lost.isEmpty) {
      notes.push(`${plural(lost.count, 'place')} could not be read when the image was saved.`);
    }
    return accessTo(image.header, compressedClusters(image), lost, notes, image.totals === undefined);
  }
  if (magic !== ZSTD_MAGIC && !isSkippable(magic)) return undefined;
  throw new CloneError(
    'refused',
    `${path} is compressed, but not in a way that lets single files be found`,
    `Convert it: lifeboat image convert ${path} NEW`,
  );
}

async function plainAccess(
  { reader: file }: ImageFile,
  onIndexing: (share: number) => void,
): Promise<Contents | undefined> {
  const header = await readPlainHeader(file);
  if (header === undefined) return undefined;
  const tell = (clusters: number): void => onIndexing(Math.min(1, clusters / (header.usedClusters + 1)));
  const image =
    (await forecastPlainImage(file, header)) ?? (await indexPlainImage(file, header, tell, undefined));
  const notes = image.failure === undefined ? [] : [`${image.failure.message}. ${image.failure.advice}`];
  return accessTo(header, plainClusters(file, image), RangeSet.EMPTY, notes, image.failure !== undefined);
}

function accessTo(
  header: ImageHeader,
  clusters: ClusterSource,
  lost: RangeSet,
  notes: readonly string[],
  isCut: boolean,
): Contents {
  const reader = imageVolume(header, clusters);
  const whole = RangeSet.single(0, reader.sizeBytes);
  const present = clusters.index.present();
  const missing = whole.subtract(present).union(lost);
  const usedBytes = header.usedClusters * header.clusterBytes;
  const cut = isCut ? { presentBytes: Math.min(present.totalBytes, usedBytes), usedBytes } : undefined;
  return { reader: withHoles(reader, lost), missing, notes, cut };
}

/** Whether a path is a compressed image whose save was interrupted. */
export async function isBegunImage(path: string, facts: PathFacts): Promise<boolean> {
  if (facts.kind !== 'file' || facts.sizeBytes === 0) return false;
  await using file = await openImageFile(path, facts);
  return await isUnfinished(file.reader);
}

/** What an image is, for "it holds …": `an image of the NTFS volume "Photos"`; undefined when it is none. */
export async function imageDescription(path: string): Promise<string | undefined> {
  const facts = await describePath(path);
  if (facts.kind !== 'file' || facts.sizeBytes === 0) return undefined;
  await using file = await openImageFile(path, facts);
  try {
    const info = await readImageInfo(file.reader);
    const label = info?.volume?.label;
    if (info !== undefined) return `an image of an NTFS volume${label ? ` "${safeText(label)}"` : ''}`;
    return (await readPlainHeader(file.reader)) === undefined ? undefined : 'an image of an NTFS volume';
  } catch (error) {
    if (!(error instanceof CloneError)) throw error;
    return 'a damaged image';
  }
}

/** What could not be read when an image was saved, in bytes of the volume. */
export function savedLosses({ parts }: CompressedImage): RangeSet {
  const lost = new RangeSetBuilder();
  for (const part of parts) for (const { start, end } of part.lost) lost.add(start, end);
  return lost.build();
}
