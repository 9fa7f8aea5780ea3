import type { ByteRange } from '../block/range.ts';
import { positionOf, readRuns } from './attribute-data.ts';
import type { BootSector } from './boot-sector.ts';
import { parseFileRecord, type RecordState } from './file-record.ts';
import { holesWithin } from './holes.ts';
import { mirrorRecordCount, orFromMirror } from './mft-mirror.ts';
import { type Run, runIndexAt } from './run-list.ts';
import type { Chunk, VolumeReader } from './volume-reader.ts';

/** How much of the table is read at once, in bytes. */
const CHUNK_BYTES = 2 ** 20;

/** One record of a table that lies in `runs`. */
export async function readRecord(
  reader: VolumeReader,
  boot: BootSector,
  runs: readonly Run[],
  number: number,
): Promise<RecordState> {
  const offset = number * boot.recordBytes;
  const chunk = await readRuns(reader, runs, boot.clusterBytes, offset, boot.recordBytes);
  const state = parseAt(boot, runs, number, chunk.bytes, chunk.holes);
  return orFromMirror(reader, boot, number, state);
}

/** Some records of a table, ascending, each parsed when its turn comes. */
export interface RecordChunk extends Iterable<[number, RecordState]> {
  /** Their bytes; parsing undoes the fixups in them. */
  readonly bytes: Uint8Array;
  /** What of them could not be read. */
  readonly holes: readonly ByteRange[];
}

/**
 * All records below `recordCount` that `runs` give a place to, ascending, in chunks of 1 MiB: walking a million
 * records with a promise for each would take several times as long.
 */
export async function* readRecordChunks(
  reader: VolumeReader,
  boot: BootSector,
  runs: readonly Run[],
  recordCount: number,
): AsyncGenerator<RecordChunk> {
  const { clusterBytes, recordBytes } = boot;
  const perChunk = CHUNK_BYTES / recordBytes;
  const mirrored = mirrorRecordCount(boot);
  for (const [from, to] of mappedRecordRanges(runs, boot, recordCount)) {
    for (let first = from; first < to; first += perChunk) {
      const count = Math.min(to - first, perChunk);
      const chunk = await readRuns(reader, runs, clusterBytes, first * recordBytes, count * recordBytes);
      const ready: RecordState[] = [];
      for (let number = first; number < Math.min(first + count, mirrored); number++) {
        ready.push(await orFromMirror(reader, boot, number, parseIn(boot, runs, chunk, first, number)));
      }
      yield {
        ...chunk,
        *[Symbol.iterator]() {
          for (let number = first; number < first + count; number++) {
            yield [number, ready[number - first] ?? parseIn(boot, runs, chunk, first, number)];
          }
        },
      };
    }
  }
}

/** Record `number` in a chunk that begins with record `first`. */
function parseIn(
  boot: BootSector,
  runs: readonly Run[],
  chunk: Chunk,
  first: number,
  number: number,
): RecordState {
  const start = (number - first) * boot.recordBytes;
  const end = start + boot.recordBytes;
  const holes = chunk.holes.length === 0 ? chunk.holes : holesWithin(chunk.holes, start, end);
  return parseAt(boot, runs, number, chunk.bytes.subarray(start, end), holes);
}

/** The stretches of record numbers below `recordCount` that lie whole in mapped clusters, as `[from, to)`. */
export function* mappedRecordRanges(
  runs: readonly Run[],
  boot: BootSector,
  recordCount: number,
): IterableIterator<[number, number]> {
  const { clusterBytes, recordBytes } = boot;
  let start = 0;
  let end = 0;
  const stretch = (): [number, number] => [
    Math.ceil((start * clusterBytes) / recordBytes),
    Math.min(recordCount, Math.floor((end * clusterBytes) / recordBytes)),
  ];
  for (const run of runs) {
    if (run.lcn === undefined) continue;
    if (run.vcn !== end) {
      const [from, to] = stretch();
      if (from < to) yield [from, to];
      start = run.vcn;
    }
    end = run.vcn + run.length;
  }
  const [from, to] = stretch();
  if (from < to) yield [from, to];
}

/** Whether every cluster of the record has a place on the volume. */
export function isMapped(runs: readonly Run[], boot: BootSector, number: number): boolean {
  const last = Math.floor(((number + 1) * boot.recordBytes - 1) / boot.clusterBytes);
  for (let vcn = Math.floor((number * boot.recordBytes) / boot.clusterBytes); vcn <= last; vcn++) {
    const run = runs[runIndexAt(runs, vcn)];
    if (run === undefined || run.vcn > vcn || run.lcn === undefined) return false;
  }
  return true;
}

function parseAt(
  boot: BootSector,
  runs: readonly Run[],
  number: number,
  bytes: Uint8Array,
  holes: readonly ByteRange[],
): RecordState {
  const position = positionOf(runs, boot.clusterBytes, number * boot.recordBytes);
  return parseFileRecord(bytes, holes, number, boot, position);
}
