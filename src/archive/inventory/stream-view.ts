import { createHash } from 'node:crypto';
import type { ByteRange } from '../../block/range.ts';
import { type NonResidentData, readRuns } from '../../ntfs/attribute-data.ts';
import type { OpenVolume } from '../../ntfs/file-attributes.ts';
import type { ObjectStream } from '../../ntfs/file-object.ts';
import type { Chunk } from '../../ntfs/volume-reader.ts';

/** The bytes of a stream as they are archived and put back. */
export interface StreamView {
  readonly sizeBytes: number;
  read(offset: number, length: number): Promise<Chunk>;
  /** The first byte at or after `offset` that is not zero by the run list; `sizeBytes` when none is. */
  nextStored(offset: number): number;
}

const PIECE_BYTES = 2 ** 20;
/** Encryption works on units of this size. */
const CIPHER_UNIT_BYTES = 512;
const TRAILER_BYTES = 2;

/**
 * How a stream is read. Encrypted content is shown as ntfs-3g does with `efs_raw`, and takes back: whole units of
 * cipher text, and behind them, in two bytes, how many of the last bytes are padding (measured).
 */
export function streamView(volume: OpenVolume, stream: ObjectStream): StreamView {
  const { content, data } = stream;
  if (!stream.encrypted || data === undefined || 'value' in data) return content;
  return cipherView(volume, data);
}

function cipherView(volume: OpenVolume, data: NonResidentData): StreamView {
  const units = Math.ceil(data.dataBytes / CIPHER_UNIT_BYTES) * CIPHER_UNIT_BYTES;
  const padding = units - data.dataBytes;
  const sizeBytes = units + TRAILER_BYTES;
  return {
    sizeBytes,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      const cipher = Math.max(0, Math.min(length, units - offset));
      const chunk =
        cipher === 0
          ? undefined
          : await readRuns(volume.reader, data.runs, volume.boot.clusterBytes, offset, cipher);
      if (chunk !== undefined) bytes.set(chunk.bytes);
      for (let at = Math.max(units, offset); at < offset + length; at++) {
        bytes[at - offset] = at === units ? padding & 0xff : padding >>> 8;
      }
      return { bytes, holes: chunk?.holes ?? [] };
    },
    nextStored: (offset) => offset,
  };
}

/** What reading a whole stream gave. */
export interface StreamReading {
  /** MD5, 32 hexadecimal digits; lost bytes count as zeros. */
  readonly sum: string;
  readonly lost: readonly ByteRange[];
}

/** More lost stretches than this are told as one. */
const MAX_LOST = 10_000;

/**
 * Reads a whole stream. `onPiece` gets every stretch that is stored, `onHole` the length of every stretch of zeros that
 * is not. Rejects with the signal's reason.
 */
export async function readStream(
  view: StreamView,
  signal: AbortSignal | undefined,
  onPiece?: (offset: number, bytes: Uint8Array) => Promise<void>,
  onBytes?: (bytes: number) => void,
): Promise<StreamReading> {
  const hash = createHash('md5');
  const lost: ByteRange[] = [];
  for (let at = 0; at < view.sizeBytes; ) {
    signal?.throwIfAborted();
    const next = Math.min(view.sizeBytes, view.nextStored(at));
    if (next > at) {
      for (let zeros = next - at; zeros > 0; zeros -= ZEROS.length) {
        signal?.throwIfAborted();
        hash.update(zeros >= ZEROS.length ? ZEROS : ZEROS.subarray(0, zeros));
        onBytes?.(Math.min(zeros, ZEROS.length));
      }
      at = next;
      continue;
    }
    const { bytes, holes } = await view.read(at, Math.min(PIECE_BYTES, view.sizeBytes - at));
    for (const hole of holes) addLost(lost, at + hole.start, at + hole.end);
    hash.update(bytes);
    await onPiece?.(at, bytes);
    onBytes?.(bytes.length);
    at += bytes.length;
  }
  return { sum: hash.digest('hex'), lost };
}

const ZEROS = new Uint8Array(PIECE_BYTES);

function addLost(lost: ByteRange[], start: number, end: number): void {
  const last = lost.at(-1);
  if (last !== undefined && (start <= last.end || lost.length >= MAX_LOST)) {
    lost[lost.length - 1] = { start: last.start, end: Math.max(last.end, end) };
  } else {
    lost.push({ start, end });
  }
}

/** Of a file in more pieces only its content is kept, not the places of its holes. */
const MAX_STRETCHES = 100_000;

/**
 * Of a sparse stream: the stretches that have clusters, as `[start, end]` in bytes, ascending. Undefined for others, and
 * for compressed ones, whose clusters depend on who compressed them.
 */
export function storedStretches(volume: OpenVolume, stream: ObjectStream): [number, number][] | undefined {
  const { data, sparse, compressed } = stream;
  if (!sparse || compressed || data === undefined || 'value' in data) return undefined;
  const { clusterBytes } = volume.boot;
  const stretches: [number, number][] = [];
  if (data.runs.length > MAX_STRETCHES) return undefined;
  for (const run of data.runs) {
    if (run.lcn === undefined && !run.outside) continue;
    const start = run.vcn * clusterBytes;
    const end = start + run.length * clusterBytes;
    const last = stretches.at(-1);
    if (last !== undefined && last[1] === start) last[1] = end;
    else stretches.push([start, end]);
  }
  return stretches;
}

/** Bytes of the clusters that a stream has. */
export function clustersOf(volume: OpenVolume, { data }: ObjectStream): number {
  if (data === undefined || 'value' in data) return 0;
  const clusters = data.runs.reduce((sum, { lcn, length }) => sum + (lcn === undefined ? 0 : length), 0);
  return clusters * volume.boot.clusterBytes;
}
