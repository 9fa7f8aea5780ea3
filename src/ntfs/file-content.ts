import type { ByteRange } from '../block/range.ts';
import type { RangeSet } from '../block/range-set.ts';
import { type AttributeData, type NonResidentData, readAttribute } from './attribute-data.ts';
import { compressedUnits } from './compressed-content.ts';
import type { OpenVolume } from './file-attributes.ts';
import { mergeHoles } from './holes.ts';
import { type Run, runIndexAt } from './run-list.ts';
import type { Chunk } from './volume-reader.ts';

/** The content of a file or stream, as whoever wrote it knew it. */
export interface FileContent {
  readonly sizeBytes: number;
  /** Bytes from `offset` on, within the content; what cannot be had is zero and named as holes. */
  read(offset: number, length: number): Promise<Chunk>;
  /** The first byte at or after `offset` that is stored, or lost: all before it is zero. `sizeBytes` when none is. */
  nextStored(offset: number): number;
  /** How many bytes of content are missing when the bytes `lost` of the volume are. */
  missingBytes(lost: RangeSet): Promise<number>;
}

/** Makes the content of an attribute readable. A size that the volume cannot hold is cut to what is known. */
export function fileContent(volume: OpenVolume, data: AttributeData): FileContent {
  if ('value' in data) return residentContent(data.value);
  const shape = shapeOf(volume, data);
  return data.compressionUnit > 0 ? compressedContent(volume, shape) : plainContent(volume, shape);
}

/** The content of a file that is known by its size alone: all of it is missing. */
export function lostContent(sizeBytes: number): FileContent {
  return {
    sizeBytes,
    read: async (_offset, length) => ({ bytes: new Uint8Array(length), holes: wholeHole(length) }),
    nextStored: (offset) => offset,
    missingBytes: async () => sizeBytes,
  };
}

function residentContent(value: Uint8Array): FileContent {
  return {
    sizeBytes: value.length,
    read: async (offset, length) => {
      const bytes = new Uint8Array(length);
      bytes.set(value.subarray(offset, offset + length));
      return { bytes, holes: [] };
    },
    nextStored: (offset) => offset,
    missingBytes: async () => 0,
  };
}

interface Shape {
  readonly data: NonResidentData;
  readonly clusterBytes: number;
  readonly sizeBytes: number;
  /** Behind these only zeros follow. */
  readonly writtenBytes: number;
}

function shapeOf(volume: OpenVolume, data: NonResidentData): Shape {
  const { clusterBytes, clusterCount } = volume.boot;
  const last = data.runs.at(-1);
  const known = last === undefined ? 0 : (last.vcn + last.length) * clusterBytes;
  const unmapped = gapsIn(data.runs, Math.ceil(data.initializedBytes / clusterBytes));
  // More lost clusters than the volume has: the size is what is damaged.
  const sizeBytes = unmapped > clusterCount ? Math.min(known, data.dataBytes) : data.dataBytes;
  return { data, clusterBytes, sizeBytes, writtenBytes: Math.min(sizeBytes, data.initializedBytes) };
}

/** Clusters below `end` to which no run gives a place. */
function gapsIn(runs: readonly Run[], end: number): number {
  let covered = 0;
  for (const run of runs) covered += Math.max(0, Math.min(end, run.vcn + run.length) - run.vcn);
  return end - covered;
}

function plainContent(volume: OpenVolume, shape: Shape): FileContent {
  const { data, clusterBytes, sizeBytes, writtenBytes } = shape;
  return {
    sizeBytes,
    read: (offset, length) => readAttribute(volume.reader, data, clusterBytes, offset, length),
    nextStored: (offset) => nextStored(shape, offset),
    missingBytes: async (lost) => {
      let missing = 0;
      for (const part of lostParts(shape, lost)) missing += Math.min(part.end, writtenBytes) - part.start;
      return missing;
    },
  };
}

function nextStored({ data, clusterBytes, sizeBytes, writtenBytes }: Shape, offset: number): number {
  let at = offset;
  for (let i = runIndexAt(data.runs, Math.floor(at / clusterBytes)); at < writtenBytes; i++) {
    const run = data.runs[i];
    const isZeros = run !== undefined && run.lcn === undefined && !run.outside;
    if (!isZeros || run.vcn * clusterBytes > at) return at;
    at = (run.vcn + run.length) * clusterBytes;
  }
  return sizeBytes;
}

/** Stretches of the written content, ascending, whose bytes on the volume are in `lost` or have no known place. */
function* lostParts(shape: Shape, lost: RangeSet): Generator<ByteRange> {
  const { data, clusterBytes, writtenBytes } = shape;
  let at = 0;
  for (const run of data.runs) {
    const start = run.vcn * clusterBytes;
    if (start >= writtenBytes) break;
    if (start > at) yield { start: at, end: start };
    at = start + run.length * clusterBytes;
    if (run.outside) yield { start, end: Math.min(at, writtenBytes) };
    if (run.lcn === undefined) continue;
    const shift = run.lcn * clusterBytes - start;
    for (const range of lost.within(start + shift, Math.min(at, writtenBytes) + shift)) {
      yield { start: range.start - shift, end: range.end - shift };
    }
  }
  if (at < writtenBytes) yield { start: at, end: writtenBytes };
}

function compressedContent(volume: OpenVolume, shape: Shape): FileContent {
  const { data, clusterBytes, sizeBytes, writtenBytes } = shape;
  const units = compressedUnits(volume.reader, data, clusterBytes);
  const { unitBytes } = units;
  const read = async (offset: number, length: number): Promise<Chunk> => {
    const bytes = new Uint8Array(length);
    const holes: ByteRange[] = [];
    const end = Math.min(offset + length, writtenBytes);
    for (let at = offset; at < end; ) {
      const unit = Math.floor(at / unitBytes);
      const unitStart = unit * unitBytes;
      const to = Math.min(end, unitStart + unitBytes);
      const chunk = await units.read(unit);
      bytes.set(chunk.bytes.subarray(at - unitStart, to - unitStart), at - offset);
      for (const hole of chunk.holes) {
        const start = Math.max(at, unitStart + hole.start);
        const stop = Math.min(to, unitStart + hole.end);
        if (start < stop) holes.push({ start: start - offset, end: stop - offset });
      }
      at = to;
    }
    return { bytes, holes: mergeHoles(holes) };
  };
  return {
    sizeBytes,
    read,
    nextStored: (offset) => {
      // The sparse end of a unit belongs to its compressed beginning.
      const stored = nextStored(shape, Math.floor(offset / unitBytes) * unitBytes);
      return stored === sizeBytes ? stored : Math.max(offset, Math.floor(stored / unitBytes) * unitBytes);
    },
    // How much a lost sector costs shows only when the rest of its unit is expanded.
    missingBytes: async (lost) => {
      let missing = 0;
      let done = 0;
      // Compressed clusters may lie behind the place of their content's end, but never behind that of their unit's.
      const reach = Math.ceil(writtenBytes / unitBytes) * unitBytes;
      for (const part of lostParts({ ...shape, writtenBytes: reach }, lost)) {
        let unit = Math.max(done, Math.floor(part.start / unitBytes));
        while (unit * unitBytes < Math.min(part.end, writtenBytes)) {
          const from = unit * unitBytes;
          const wholeUnits = from < part.start ? 0 : Math.floor((part.end - from) / unitBytes);
          if (wholeUnits > 0) {
            // Nothing of these units is there; damage can make them more than could ever be gone through.
            missing += Math.min(wholeUnits * unitBytes, writtenBytes - from);
            unit += wholeUnits;
            continue;
          }
          const { holes } = await read(from, Math.min(unitBytes, writtenBytes - from));
          for (const hole of holes) missing += hole.end - hole.start;
          unit++;
        }
        done = Math.max(done, unit);
      }
      return missing;
    },
  };
}

const wholeHole = (length: number): ByteRange[] => (length > 0 ? [{ start: 0, end: length }] : []);
