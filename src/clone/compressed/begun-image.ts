import type { RangeSet } from '../../block/range-set.ts';
import { RangeSetBuilder } from '../../block/range-set.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import type { CompressedImage } from './compressed-image.ts';
import { openCompressedImage } from './compressed-image.ts';
import type { BegunImage } from './compressed-writer.ts';
import { dataFrames, readFrame } from './frame-list.ts';
import { type ImageInfo, imageId } from './info.ts';
import { orderedWork } from './ordered-work.ts';
import { type LocatedPart, readPartChain } from './part-chain.ts';
import { workersFor } from './workers.ts';

/** So many of the last parts are read again: a drive may have lost what it said was safe. */
const CHECKED_PARTS = 2;

/** An image whose save was interrupted, and what of it can be gone on with. */
export interface UnfinishedImage {
  readonly info: ImageInfo;
  readonly begun: BegunImage;
  /** Bytes of the file that stay. */
  readonly keptBytes: number;
  /** Clusters that are saved. */
  readonly clusters: number;
  /** The cluster behind the last one. */
  readonly position: number;
  /** What could not be read of them. */
  readonly lost: RangeSet;
}

/** Whether a file is an image of ours that does not end as a finished one does. */
export async function isUnfinished(file: VolumeReader): Promise<boolean> {
  const image = await openCompressedImage(file);
  return image !== undefined && !image.isFinished;
}

/** Looks how far the save of an image has come; undefined when the file is no such image. */
export async function readUnfinished(file: VolumeReader): Promise<UnfinishedImage | undefined> {
  const image = await openCompressedImage(file);
  if (image?.headerFrame === undefined || image.isFinished) return undefined;
  const { headerFrame, headerBytes: header, infoBody, info, dataStart, limits } = image;
  const chain = await readPartChain(file, imageId(header, infoBody), limits);
  const safe: LocatedPart[] = [];
  let end = dataStart;
  for (const part of chain) {
    if (part.number !== safe.length || part.fileStart !== end) break;
    safe.push(part);
    end = part.end;
  }
  await dropUnsound(image, safe);
  const lost = new RangeSetBuilder();
  for (const part of safe) for (const range of part.lost) lost.add(range.start, range.end);
  const last = safe.at(-1);
  return {
    info,
    begun: { headerFrame, header, infoBody, parts: safe },
    keptBytes: last?.end ?? dataStart,
    clusters: last === undefined ? 0 : last.clustersBefore + last.clusters,
    position: last === undefined ? 0 : last.endPosition,
    lost: lost.build(),
  };
}

/** Takes parts away from the end until the last ones are what they should be. */
async function dropUnsound(image: CompressedImage, parts: LocatedPart[]): Promise<void> {
  let sound = 0;
  for (let at = parts.length - 1; at >= 0 && sound < CHECKED_PARTS; at--) {
    if (await isSound({ ...image, parts: parts.slice(at, at + 1) })) sound++;
    else {
      parts.length = at;
      sound = 0;
    }
  }
}

/** Whether all frames of an image are what they should be. */
async function isSound(image: CompressedImage): Promise<boolean> {
  const contents = orderedWork(dataFrames(image), workersFor(image.info.frameBytes), (frame) =>
    readFrame(image, frame),
  );
  for await (const { state } of contents) if (state !== 'sound') return false;
  return true;
}
