import type { RangeSet } from '../../block/range-set.ts';
import { RangeSetBuilder } from '../../block/range-set.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import type { CompressedImage } from './compressed-image.ts';
import { openCompressedImage } from './compressed-image.ts';
import type { BegunImage } from './compressed-writer.ts';
import { type DataFrame, dataFrames, positionAfter, readFrame } from './frame-list.ts';
import { type ImageInfo, imageId } from './info.ts';
import { clustersOf } from './part.ts';
import { type LocatedPart, readPartChain } from './part-chain.ts';

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
  const { headerFrame, headerBytes: header, infoBody, info, dataStart } = image;
  const chain = await readPartChain(file, imageId(header, infoBody), file.sizeBytes);
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
    begun: { headerFrame, header, infoBody, parts: safe.map(({ body }) => body) },
    keptBytes: last?.end ?? dataStart,
    clusters: last === undefined ? 0 : last.clustersBefore + sum(last.frames.map(clustersOf)),
    position: last === undefined ? 0 : positionAfter(last.frames.at(-1)?.runs ?? [], last.position),
    lost: lost.build(),
  };
}

/** Takes parts away from the end until the last ones are what they should be. */
async function dropUnsound(image: CompressedImage, parts: LocatedPart[]): Promise<void> {
  const isSound = async (frame: DataFrame): Promise<boolean> =>
    (await readFrame(image, frame)).state === 'sound';
  let sound = 0;
  for (let at = parts.length - 1; at >= 0 && sound < CHECKED_PARTS; at--) {
    const frames = [...dataFrames({ ...image, parts: parts.slice(at, at + 1) })];
    const found = await Promise.all(frames.map(isSound));
    if (found.every(Boolean)) sound++;
    else {
      parts.length = at;
      sound = 0;
    }
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
