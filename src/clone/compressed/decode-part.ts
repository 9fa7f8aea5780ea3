import type { ByteRange } from '../../block/range.ts';
import { signed, u32, u64 } from '../../ntfs/little-endian.ts';
import { CloneError } from '../clone-error.ts';
import type { ClusterRun } from '../cluster-bitmap.ts';
import { GAP_BYTES } from '../image-writer.ts';
import { FRAME_BYTES, FRAMES_AT, frameHead, ID_AT, ID_BYTES, type Part, type PartFrame } from './part.ts';
import { VarintReader } from './varint.ts';
import { mostPackedBytes } from './zstd-codec.ts';

/** What an image says of itself, and its parts have to keep to. */
export interface PartLimits {
  readonly clusterBytes: number;
  readonly clusterCount: number;
  /** The most bytes of content that a frame can have. */
  readonly frameBytes: number;
  /** The most frames that a part can have. */
  readonly partFrames: number;
}

/**
 * Commands that only step take nine bytes of a frame each, so a frame could have any number of them; no image of a volume
 * has two of them one behind the other.
 */
const MOST_RUNS = 2 ** 18;

/** Which image the body of a part is of. */
export const partId = (body: Uint8Array): Uint8Array => body.subarray(ID_AT, ID_AT + ID_BYTES);

/** The CRC-32 of the frames of a part; undefined when its body makes no sense. Its lists are not looked at. */
export function frameCrcs(body: Uint8Array): number[] | undefined {
  const count = u32(body, 4);
  if (FRAMES_AT + count * FRAME_BYTES > body.length) return undefined;
  return Array.from({ length: count }, (_, i) => u32(body, FRAMES_AT + i * FRAME_BYTES + 8));
}

/** An index that nobody has written by mistake: its checksum is right, and it says what cannot be. */
export function senselessIndex(where: string, expected: string, found: string): CloneError {
  return new CloneError(
    'source',
    `The index of the image makes no sense ${where}: expected ${expected}, found ${found}.`,
    'Take another copy of the image.',
  );
}

/**
 * Reads the body of a part, whose checksum is right, and keeps it. `where` says where it stands, for messages: `at byte
 * 17`. Throws a `CloneError` for what its image cannot have; nothing is kept that takes more memory than the body.
 */
export function decodePart(body: Uint8Array, limits: PartLimits, where: string): Part {
  const number = u32(body, 0);
  const refuse = (expected: string, found: string): never => {
    throw senselessIndex(`${where} (part ${number})`, expected, found);
  };
  if (body.length < FRAMES_AT) refuse(`a head of ${FRAMES_AT} bytes`, `${body.length}`);
  const frameCount = u32(body, 4);
  if (frameCount > limits.partFrames) refuse(`at most ${limits.partFrames} frames`, `${frameCount}`);
  if (FRAMES_AT + frameCount * FRAME_BYTES > body.length)
    refuse(`room for ${frameCount} frames`, `${body.length} bytes`);
  const [fileStart, previousStart, plainStart] = [u64(body, 8), u64(body, 16), u64(body, 24)];
  const [position, clustersBefore] = [signed(body, 32, 8), u64(body, 40)];
  const isSmall = [fileStart, previousStart, plainStart, position, clustersBefore].every(
    (one) => one !== undefined,
  );
  if (!isSmall) refuse('places below 2^53', 'a larger one');
  const begin = position ?? 0;
  const checked = check(body, begin, limits, refuse);
  return {
    number,
    id: partId(body),
    fileStart: fileStart ?? 0,
    previousStart: previousStart ?? 0,
    plainStart: plainStart ?? 0,
    position: begin,
    clustersBefore: clustersBefore ?? 0,
    body,
    frameCount,
    ...checked,
    frames: { [Symbol.iterator]: () => framesOf(body, begin) },
    lost: { [Symbol.iterator]: () => lostOf(new VarintReader(body, checked.lostAt)) },
  };
}

type Refuse = (expected: string, found: string) => never;

/** Goes through the lists of a part once, making nothing of them. */
function check(
  body: Uint8Array,
  begin: number,
  limits: PartLimits,
  refuse: Refuse,
): Pick<Part, 'packedBytes' | 'clusters' | 'endPosition'> & { lostAt: number } {
  const { clusterBytes, clusterCount, frameBytes } = limits;
  const mostPacked = mostPackedBytes(frameBytes);
  const count = u32(body, 4);
  const reader = new VarintReader(body, FRAMES_AT + count * FRAME_BYTES);
  let [packedBytes, clusters, endPosition] = [0, 0, begin];
  try {
    for (let i = 0; i < count; i++) {
      const { packedBytes: packed, plainBytes: plain } = frameHead(body, i);
      if (packed < 1 || packed > mostPacked) refuse(`frames of 1 to ${mostPacked} bytes`, `one of ${packed}`);
      if (plain > frameBytes) refuse(`frames that hold up to ${frameBytes} bytes`, `one with ${plain}`);
      const runs = reader.next();
      if (runs > MOST_RUNS) refuse(`at most ${MOST_RUNS} runs in a frame`, `${runs}`);
      let needed = 0;
      for (let run = 0; run < runs; run++) {
        const step = reader.nextSigned();
        const length = reader.next();
        const end = endPosition + step + length;
        if (endPosition + step < 0 || end > clusterCount + 1)
          refuse(`clusters up to ${clusterCount}`, `${length} from cluster ${endPosition + step} on`);
        if (step === 0 && length === 0) refuse('a step or clusters', 'neither');
        needed += (step === 0 ? 0 : GAP_BYTES) + length * (1 + clusterBytes);
        // What is behind the last cluster may be shorter than one.
        if (needed > plain + clusterBytes) refuse(`clusters that fit into ${plain} bytes`, `${needed} bytes`);
        clusters += length;
        endPosition = end;
      }
      packedBytes += packed;
    }
    const lostAt = reader.position;
    const volumeBytes = (clusterCount + 1) * clusterBytes;
    let lostBytes = 0;
    for (const { start, end } of lostOf(reader)) {
      if (start < 0 || end <= start || end > volumeBytes)
        refuse(`lost bytes of ${volumeBytes}`, `bytes ${start} to ${end}`);
      lostBytes += end - start;
      if (lostBytes > clusters * clusterBytes) refuse(`at most ${clusters} lost clusters`, 'more bytes');
    }
    if (reader.position !== body.length)
      refuse(`an end at its byte ${reader.position}`, `${body.length} bytes`);
    return { packedBytes, clusters, endPosition, lostAt };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refuse('whole numbers below 2^53', error.message);
  }
}

function* framesOf(body: Uint8Array, begin: number): IterableIterator<PartFrame> {
  const count = u32(body, 4);
  const reader = new VarintReader(body, FRAMES_AT + count * FRAME_BYTES);
  let position = begin;
  for (let i = 0; i < count; i++) {
    const runs: ClusterRun[] = [];
    for (let left = reader.next(); left > 0; left--) {
      const lcn = position + reader.nextSigned();
      const length = reader.next();
      runs.push({ lcn, length });
      position = lcn + length;
    }
    yield { ...frameHead(body, i), runs };
  }
}

function* lostOf(reader: VarintReader): IterableIterator<ByteRange> {
  let end = 0;
  for (let left = reader.next(); left > 0; left--) {
    const start = end + reader.nextSigned();
    end = start + reader.next();
    yield { start, end };
  }
}
