import { RangeSet } from '../block/range-set.ts';
import { ATTRIBUTE } from './attribute.ts';
import { type AttributeData, readAttribute } from './attribute-data.ts';
import { SYSTEM_RECORD } from './attribute-role.ts';
import { fileAttribute, type OpenVolume } from './file-attributes.ts';
import { inHole } from './holes.ts';
import { u8 } from './little-endian.ts';
import { type NtfsNote, noteBook } from './note.ts';
import { rangeCollector } from './range-collector.ts';
import type { Run } from './run-list.ts';

/** What $Bitmap says of the volume, in bytes of the volume. */
export interface BitmapReading {
  readonly used: RangeSet;
  /** Clusters whose bits cannot be read, or that $Bitmap is too short for. */
  readonly unknown: RangeSet;
  readonly notes: readonly NtfsNote[];
}

const CHUNK_BYTES = 256 * 1024;
/** Bits in a hole are unknown in pieces of this many bytes of $Bitmap: holes are whole sectors. */
const HOLE_STEP = 512;

/**
 * Reads $Bitmap in pieces, so that a volume of many TB with small clusters needs no more memory than one of a few
 * GB. Bits behind the last cluster are ignored.
 */
export async function readBitmap(volume: OpenVolume, signal?: AbortSignal): Promise<BitmapReading> {
  const { reader, boot, mft } = volume;
  const book = noteBook();
  const state = await mft.record(SYSTEM_RECORD.BITMAP);
  const record = state.state === 'in-use' ? state.record : undefined;
  const found = record && (await fileAttribute(volume, record, ATTRIBUTE.DATA, ''));
  // $Bitmap is never sparse: a run without a place is damage, and its zeros would call clusters free.
  const data = found && ('runs' in found ? { ...found, runs: found.runs.map(asLost) } : found);
  const endOfClusters = boot.clusterCount * boot.clusterBytes;
  if (data === undefined || (data.dataBytes === 0 && boot.clusterCount > 0)) {
    book.add('bitmap', '$Bitmap cannot be found: which clusters are used is not known.');
    return { used: RangeSet.EMPTY, unknown: RangeSet.single(0, endOfClusters), notes: book.notes() };
  }
  const used = rangeCollector();
  const unknown = rangeCollector();
  // A damaged boot sector may tell of any number of clusters; behind the end of the device none can be had.
  const clustersThere = Math.min(boot.clusterCount, Math.ceil(reader.sizeBytes / boot.clusterBytes));
  const bytesNeeded = Math.ceil(clustersThere / 8);
  // What is not initialised would read as zeros, that is as free: $Bitmap is always initialised in full.
  const bytesThere = Math.min(bytesNeeded, data.initializedBytes);
  for (let at = 0; at < bytesThere; at += CHUNK_BYTES) {
    signal?.throwIfAborted();
    const chunk = await readBits(volume, data, at, Math.min(CHUNK_BYTES, bytesThere - at));
    for (let step = 0; step < chunk.bytes.length; step += HOLE_STEP) {
      const end = Math.min(step + HOLE_STEP, chunk.bytes.length);
      if (inHole(chunk.holes, step, end)) {
        const clusters = Math.min((at + end) * 8, boot.clusterCount);
        unknown.add((at + step) * 8 * boot.clusterBytes, clusters * boot.clusterBytes);
      } else {
        addBits(chunk.bytes.subarray(step, end), (at + step) * 8, boot.clusterCount, (from, to) =>
          used.add(from * boot.clusterBytes, to * boot.clusterBytes),
        );
      }
    }
  }
  unknown.add(bytesThere * 8 * boot.clusterBytes, endOfClusters);
  const unknownSet = unknown.build();
  if (!unknownSet.isEmpty) {
    book.add('bitmap', `$Bitmap cannot be read for ${unknownSet.totalBytes} bytes: they count as used.`);
  }
  if (used.coarse) {
    book.add('coarse', 'The free space is in so many pieces that the smallest of them count as used.');
  }
  if (reader.sizeBytes < endOfClusters) {
    book.add('short-device', 'Clusters behind the end of the device cannot be had.', reader.sizeBytes);
  }
  return { used: used.build(), unknown: unknownSet, notes: book.notes() };
}

const asLost = (run: Run): Run => (run.lcn === undefined ? { ...run, outside: true } : run);

function readBits(volume: OpenVolume, data: AttributeData, offset: number, length: number) {
  return readAttribute(volume.reader, data, volume.boot.clusterBytes, offset, length);
}

/** Calls `add` with each stretch of set bits; bit 0 of `bytes` is cluster `first`. */
function addBits(
  bytes: Uint8Array,
  first: number,
  clusterCount: number,
  add: (from: number, to: number) => void,
): void {
  let start = -1;
  const flush = (end: number): void => {
    if (start >= 0) add(Math.min(start, clusterCount), Math.min(end, clusterCount));
    start = -1;
  };
  for (let i = 0; i < bytes.length; i++) {
    const byte = u8(bytes, i);
    const cluster = first + 8 * i;
    if (byte === 0xff) {
      if (start < 0) start = cluster;
    } else if (byte === 0) {
      if (start >= 0) flush(cluster);
    } else {
      for (let bit = 0; bit < 8; bit++) {
        if ((byte & (1 << bit)) === 0) flush(cluster + bit);
        else if (start < 0) start = cluster + bit;
      }
    }
  }
  flush(first + 8 * bytes.length);
}
