import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { CloneError } from '../clone-error.ts';
import { decodeImageHeader, type ImageHeader, OLD_HEADER_BYTES } from '../image-header.ts';
import type { PartLimits } from './decode-part.ts';
import type { ImageTotals } from './ending.ts';
import { findLastOwnFrame, findOwnFrame, readOwnFrame, searchBudget } from './find-own-frame.ts';
import { FrameBuilder } from './frame-builder.ts';
import { decodeInfo, frameBytesFor, type ImageInfo, imageId } from './info.ts';
import { readSeekTable } from './listed-frames.ts';
import { isNewerFrame } from './own-frame.ts';
import { type LocatedPart, readPartChain } from './part-chain.ts';
import { type Ending, type LimitsOf, readEnding } from './read-ending.ts';
import { expandFrame } from './zstd-codec.ts';
import { contentBytes, FrameWalker } from './zstd-frame.ts';

/** A compressed image in a file, open for reading at any place. */
export interface CompressedImage {
  readonly file: VolumeReader;
  readonly header: ImageHeader;
  /** All bytes before the first command. */
  readonly headerBytes: Uint8Array;
  readonly info: ImageInfo;
  readonly infoBody: Uint8Array;
  /** The frame with the header, as far as it is whole. */
  readonly headerFrame: Uint8Array | undefined;
  /** What its parts can have. */
  readonly limits: PartLimits;
  /** Where the first frame of a part begins in the file. */
  readonly dataStart: number;
  /** Ascending; without those whose index cannot be read. */
  readonly parts: readonly LocatedPart[];
  /** What it came to; undefined when it was never finished, or its end is damaged or cut off. */
  readonly totals: ImageTotals | undefined;
  /** Whether the file ends as a finished image does, with a sound seek table. */
  readonly isFinished: boolean;
  /** What is wrong with header, info, last frames: a sentence each. Nothing else was looked at. */
  readonly problems: readonly string[];
}

/** The frames before the data are shorter. */
const HEAD_BYTES = 2 ** 17;
/** More than this before the first command makes no sense. */
const LARGEST_HEADER_BYTES = 2 ** 16;
/** How far from the end the last frames are searched for when the seek table is damaged. */
const TAIL_BYTES = 2 ** 27;

/**
 * Opens a compressed image. `undefined` when the file is none of ours. Everything is found without its end (a save that
 * was interrupted), and without its start, but not without both.
 */
export async function openCompressedImage(file: VolumeReader): Promise<CompressedImage | undefined> {
  const head = await readHead(file);
  const tail = await readTail(file, head?.id);
  if (head === undefined && tail === undefined) return undefined;
  const problems = [
    ...(head === undefined
      ? ['The start of the image is damaged; what it held stands at the end as well.']
      : []),
    ...(tail === undefined || tail.isListed ? [] : ['The seek table at the end is damaged.']),
  ];
  const { headerBytes, infoBody, headerFrame, dataStart } = head ?? fromTail(tail as Tail);
  const info = decodeInfo(infoBody);
  if (info === undefined) return undefined;
  const header = decodeHeader(headerBytes);
  const limits = limitsFor(header, info);
  const parts =
    tail !== undefined
      ? locateParts(tail)
      : await readPartChain(file, imageId(headerBytes, infoBody), limits);
  return {
    file,
    header,
    headerBytes,
    info,
    infoBody,
    headerFrame,
    limits,
    dataStart,
    parts,
    totals: tail?.totals,
    isFinished: tail?.isListed === true,
    problems,
  };
}

/**
 * What a compressed image says of itself, by its start alone where that is whole: for lists of many images. `undefined`
 * when the file is none of ours.
 */
export async function readImageInfo(file: VolumeReader): Promise<ImageInfo | undefined> {
  const head = await readHead(file);
  return head === undefined ? (await openCompressedImage(file))?.info : decodeInfo(head.infoBody);
}

/** The first two frames. */
interface Head {
  readonly headerFrame: Uint8Array | undefined;
  readonly headerBytes: Uint8Array;
  readonly infoBody: Uint8Array;
  readonly id: Uint8Array | undefined;
  readonly dataStart: number;
}

async function readHead(file: VolumeReader): Promise<Head | undefined> {
  const { bytes, holes } = await file.read(0, Math.min(HEAD_BYTES, file.sizeBytes));
  const walker = new FrameWalker();
  const length = walker.take(bytes);
  if (length === undefined || !walker.isDone || (holes[0]?.start ?? length) < length) return undefined;
  const headerFrame = bytes.slice(0, length);
  if (isNewerFrame(bytes.subarray(length))) {
    throw new CloneError(
      'refused',
      'The image was made by a newer version of Lifeboat.',
      'Use that one; zstd -dc makes an image for ntfsclone of it.',
    );
  }
  const info = await readOwnFrame(file, 'INFO', length, file.sizeBytes);
  const size = contentBytes(headerFrame);
  if (info === undefined || size === undefined || size > LARGEST_HEADER_BYTES) return undefined;
  const headerBytes = await expandFrame(headerFrame, size);
  if (headerBytes === undefined) return undefined;
  const id = imageId(headerBytes, info.body);
  return { headerFrame, headerBytes, infoBody: info.body, id, dataStart: info.end };
}

/** The last frames. */
interface Tail extends Ending {
  /** Where the frame with totals and index begins. */
  readonly start: number;
  /** Whether the seek table is sound. */
  readonly isListed: boolean;
}

async function readTail(file: VolumeReader, id: Uint8Array | undefined): Promise<Tail | undefined> {
  const { sizeBytes } = file;
  const table = await readSeekTable(file);
  const listed = table && (await findOwnFrame(file, 'DONE', table.end - table.lastBytes, table.end));
  if (listed !== undefined) {
    const ending = await readEnding(file, listed, limitsOf);
    if (ending !== undefined) return { ...ending, start: listed.start, isListed: true };
  }
  if (id === undefined) return undefined;
  const ours: LimitsOf = (totals) => {
    const known = limitsOf(totals);
    return known !== undefined && Buffer.compare(known.id, id) === 0 ? known : undefined;
  };
  const stretch = { from: Math.max(0, sizeBytes - TAIL_BYTES), limit: sizeBytes };
  return findLastOwnFrame(file, 'DONE', stretch, searchBudget(file), async (start) => {
    const place = await findOwnFrame(file, 'DONE', start, sizeBytes);
    const ending = place && (await readEnding(file, place, ours));
    return ending && { ...ending, start, isListed: false };
  });
}

/** What the image with these totals can have, by what they repeat of its start. */
const limitsOf: LimitsOf = (totals) => {
  const [headerBytes, infoBody] = [totals.header, totals.info].map((text) => Buffer.from(text, 'base64'));
  const info = infoBody && decodeInfo(infoBody);
  if (headerBytes === undefined || infoBody === undefined || info === undefined) return undefined;
  return { id: imageId(headerBytes, infoBody), limits: limitsFor(decodeHeader(headerBytes), info) };
};

/** What the parts of an image can have. Throws a `CloneError` for frames that no image of such a volume has. */
function limitsFor({ clusterBytes, clusterCount, usedClusters }: ImageHeader, info: ImageInfo): PartLimits {
  const { frameBytes, partFrames } = info;
  const most = frameBytesFor(usedClusters * clusterBytes);
  if (frameBytes > most) {
    throw new CloneError(
      'source',
      `What the image says of itself makes no sense: expected frames of up to ${most} bytes, found ${frameBytes}.`,
      'Take another copy of the image.',
    );
  }
  return {
    clusterBytes,
    clusterCount,
    partFrames,
    frameBytes: FrameBuilder.memoryBytes(clusterBytes, frameBytes),
  };
}

function locateParts({ parts, start: tailStart }: Tail): LocatedPart[] {
  return parts.map((part, i) => {
    const start = part.fileStart + part.packedBytes;
    // In a file from which something was taken out nothing fits; the checksums tell.
    return { ...part, start, end: Math.max(start, parts[i + 1]?.fileStart ?? tailStart) };
  });
}

function fromTail({ totals, parts, start }: Tail): Head {
  return {
    headerFrame: undefined,
    headerBytes: Buffer.from(totals.header, 'base64'),
    infoBody: Buffer.from(totals.info, 'base64'),
    id: undefined,
    dataStart: parts[0]?.fileStart ?? start,
  };
}

function decodeHeader(bytes: Uint8Array): ImageHeader {
  if (bytes.length < OLD_HEADER_BYTES || bytes.length > LARGEST_HEADER_BYTES) {
    throw new CloneError('refused', 'The header of the image is damaged.', 'Take another copy of the image.');
  }
  return decodeImageHeader(bytes);
}
