import { createHash } from 'node:crypto';
import { ID_BYTES } from './part.ts';
import { LEVELS } from './zstd-codec.ts';

/** What a compressed image says of itself at its start, as JSON. Nothing in it depends on when and where it was saved. */
export interface ImageInfo {
  /** Such as `lifeboat 0.1.0`. */
  readonly program: string;
  readonly level: number;
  /** A frame is ended before it would have more bytes of the special image than this. */
  readonly frameBytes: number;
  /** Frames in each part but the last. */
  readonly partFrames: number;
  /** The volume; missing in an image that was made of another image. */
  readonly volume?: {
    readonly label: string;
    readonly serial: string;
    readonly ntfsVersion: string;
  };
  /** The device or file that it was read from. */
  readonly source?: {
    readonly sizeBytes: number;
    readonly model?: string | undefined;
    readonly serial?: string | undefined;
    readonly partitionStartBytes?: number | undefined;
  };
  /** Which clusters are saved, in which order: a SHA-256. With `table` it tells whether a save can go on. */
  readonly plan?: string;
  /** CRC-32 of the records of $MFT; missing when not all could be read. */
  readonly table?: number;
}

/** Frames of so many bytes, more only for large volumes: the index of all frames must stay small. */
const FRAME_BYTES = 2 ** 20;
const MOST_FRAMES = 2 ** 18;
/** Frames between two moments of safety. */
const PART_FRAMES = 16;

/** Bounds for what may stand in an image; what is outside was not written by this program. */
const LARGEST_FRAME_BYTES = 2 ** 26;
const MOST_PART_FRAMES = 4096;
const LARGEST_INFO_BYTES = 2 ** 16;

/** A frame is ended before it would have more bytes of the special image than this. */
export function frameBytesFor(dataBytes: number): number {
  let bytes = FRAME_BYTES;
  while (dataBytes / bytes > MOST_FRAMES && bytes < LARGEST_FRAME_BYTES) bytes *= 2;
  return bytes;
}

/** Frames that belong to a part. */
export const partFramesFor = (frameBytes: number): number =>
  Math.max(2, (PART_FRAMES * FRAME_BYTES) / frameBytes);

export function encodeInfo(info: ImageInfo): Buffer {
  return Buffer.from(JSON.stringify(info));
}

/** What the body of the frame says; undefined when it makes no sense. */
export function decodeInfo(body: Uint8Array): ImageInfo | undefined {
  if (body.length > LARGEST_INFO_BYTES) return undefined;
  let told: unknown;
  try {
    told = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    // No JSON: damaged, or not ours.
    return undefined;
  }
  if (!isObject(told)) return undefined;
  const info: { [key in keyof ImageInfo]?: unknown } = told;
  const { program, level, frameBytes, partFrames } = info;
  if (typeof program !== 'string' || !isCount(level, LEVELS.highest)) return undefined;
  if (!isCount(frameBytes, LARGEST_FRAME_BYTES) || !isCount(partFrames, MOST_PART_FRAMES)) return undefined;
  const { volume, source, plan, table } = info;
  return {
    program,
    level,
    frameBytes,
    partFrames,
    ...(isObject(volume) && { volume: volumeOf(volume) }),
    ...(isObject(source) && { source: sourceOf(source) }),
    ...(typeof plan === 'string' && { plan }),
    ...(typeof table === 'number' && { table }),
  };
}

/** Tells parts of this image from those of others. */
export function imageId(header: Uint8Array, infoBody: Uint8Array): Buffer {
  return createHash('sha256').update(header).update(infoBody).digest().subarray(0, ID_BYTES);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isCount = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= most;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function volumeOf(volume: object): NonNullable<ImageInfo['volume']> {
  const { label, serial, ntfsVersion } = volume as Record<string, unknown>;
  return { label: text(label), serial: text(serial), ntfsVersion: text(ntfsVersion) };
}

function sourceOf(source: object): NonNullable<ImageInfo['source']> {
  const { sizeBytes, model, serial, partitionStartBytes } = source as Record<string, unknown>;
  return {
    sizeBytes: typeof sizeBytes === 'number' ? sizeBytes : 0,
    ...(typeof model === 'string' && { model }),
    ...(typeof serial === 'string' && { serial }),
    ...(typeof partitionStartBytes === 'number' && { partitionStartBytes }),
  };
}
