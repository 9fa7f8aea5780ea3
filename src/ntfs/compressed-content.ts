import { type NonResidentData, readRuns } from './attribute-data.ts';
import { decompressLznt1 } from './lznt1.ts';
import { type Run, runIndexAt } from './run-list.ts';
import type { Chunk, VolumeReader } from './volume-reader.ts';

/** The compression units of an attribute, expanded one by one. */
export interface CompressedUnits {
  readonly unitBytes: number;
  /** The content of a unit, `unitBytes` long. */
  read(unit: number): Promise<Chunk>;
}

/** Windows compresses in units of at most 64 KiB; larger ones than this are damage. */
const MAX_UNIT_BYTES = 2 ** 20;

/**
 * Opens the units of a compressed attribute. Each is stored in one of three ways (specification): not at all when it is
 * zeros, as it is when its clusters are all there, else compressed in its first clusters, with a sparse run behind.
 */
export function compressedUnits(
  reader: VolumeReader,
  data: NonResidentData,
  clusterBytes: number,
): CompressedUnits {
  const clusters = data.compressionUnit;
  const isSane = clusters * clusterBytes <= MAX_UNIT_BYTES;
  const unitBytes = isSane ? clusters * clusterBytes : MAX_UNIT_BYTES;
  return {
    unitBytes,
    async read(unit) {
      const first = unit * clusters;
      const place = isSane ? placeOf(data.runs, first, clusters) : undefined;
      if (place === undefined)
        return { bytes: new Uint8Array(unitBytes), holes: [{ start: 0, end: unitBytes }] };
      if (place.stored === 0) return { bytes: new Uint8Array(unitBytes), holes: [] };
      const length = place.stored * clusterBytes;
      const chunk = await readRuns(reader, data.runs, clusterBytes, first * clusterBytes, length);
      return place.stored === clusters ? chunk : decompressLznt1(chunk.bytes, unitBytes, chunk.holes);
    },
  };
}

/** How many clusters at the beginning of a unit are stored; `undefined` when a lost run leaves that open. */
function placeOf(
  runs: readonly Run[],
  first: number,
  clusters: number,
): { readonly stored: number } | undefined {
  const end = first + clusters;
  let at = first;
  let hasGap = false;
  for (let i = runIndexAt(runs, first); at < end; i++) {
    const run = runs[i];
    if (run === undefined || run.vcn > at) hasGap = true;
    if (run === undefined || run.vcn >= end) break;
    // Everything before the first sparse cluster counts, what cannot be read of it too.
    if (run.lcn === undefined && !run.outside) return { stored: Math.max(run.vcn, first) - first };
    at = run.vcn + run.length;
  }
  return hasGap ? undefined : { stored: clusters };
}
