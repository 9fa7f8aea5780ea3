import type { ByteRange } from '../block/range.ts';
import type { NonResidentAttribute } from './attribute.ts';
import { mergeHoles, readClamped } from './holes.ts';
import { addRuns, type Run, runIndexAt } from './run-list.ts';
import type { Chunk, VolumeReader } from './volume-reader.ts';

/** The content of an attribute, put together from all its fragments. */
export type AttributeData = ResidentData | NonResidentData;

interface Sizes {
  readonly dataBytes: number;
  /** Bytes that were ever written; what follows reads as zeros whatever the clusters hold. */
  readonly initializedBytes: number;
}

export interface ResidentData extends Sizes {
  readonly value: Uint8Array;
}

export interface NonResidentData extends Sizes {
  /** Ascending by VCN, disjoint; gaps are fragments that could not be read. */
  readonly runs: readonly Run[];
  /** Clusters of a compression unit; 0 when not compressed. */
  readonly compressionUnit: number;
}

/** Joins the fragments of one attribute; sizes come from the fragment with VCN 0, and are 0 without it. */
export function joinFragments(fragments: readonly NonResidentAttribute[]): NonResidentData {
  const ascending = [...fragments].sort((a, b) => a.lowestVcn - b.lowestVcn);
  const runs = addRuns(
    [],
    ascending.flatMap((fragment) => fragment.runList.runs),
  );
  const first = ascending.find((fragment) => fragment.lowestVcn === 0);
  return {
    runs,
    dataBytes: first?.dataBytes ?? 0,
    initializedBytes: Math.min(first?.initializedBytes ?? 0, first?.dataBytes ?? 0),
    compressionUnit: first?.compressionUnit ?? 0,
  };
}

/**
 * Reads a stretch of clusters' content by VCN order, as stored on the volume: sparse runs are zeros; gaps, clusters
 * outside the volume and unreadable sectors are holes. `offset` and `length` in bytes. The result is a copy.
 */
export async function readRuns(
  reader: VolumeReader,
  runs: readonly Run[],
  clusterBytes: number,
  offset: number,
  length: number,
): Promise<Chunk> {
  const bytes = new Uint8Array(length);
  const holes: ByteRange[] = [];
  let at = 0;
  let index = runIndexAt(runs, Math.floor(offset / clusterBytes));
  while (at < length) {
    const run = runs[index];
    const runStart = run === undefined ? Number.POSITIVE_INFINITY : run.vcn * clusterBytes;
    if (run === undefined || runStart > offset + at) {
      const end = Math.min(length, runStart - offset);
      holes.push({ start: at, end });
      at = end;
      continue;
    }
    const end = Math.min(length, runStart + run.length * clusterBytes - offset);
    if (run.lcn !== undefined) {
      const position = run.lcn * clusterBytes + (offset + at - runStart);
      const chunk = await readClamped(reader, position, end - at);
      bytes.set(chunk.bytes, at);
      for (const hole of chunk.holes) holes.push({ start: at + hole.start, end: at + hole.end });
    } else if (run.outside) {
      holes.push({ start: at, end });
    }
    at = end;
    index++;
  }
  return { bytes, holes: mergeHoles(holes) };
}

/**
 * Reads a stretch of an attribute's content; zeros behind its initialised bytes. Not for compressed attributes,
 * whose clusters hold compressed bytes.
 */
export async function readAttribute(
  reader: VolumeReader,
  data: AttributeData,
  clusterBytes: number,
  offset: number,
  length: number,
): Promise<Chunk> {
  if ('value' in data) {
    const bytes = new Uint8Array(length);
    bytes.set(data.value.subarray(offset, offset + length));
    return { bytes, holes: [] };
  }
  const written = Math.max(0, Math.min(length, data.initializedBytes - offset));
  const chunk = await readRuns(reader, data.runs, clusterBytes, offset, written);
  if (written === length) return chunk;
  const bytes = new Uint8Array(length);
  bytes.set(chunk.bytes);
  return { bytes, holes: chunk.holes };
}

/** The place of byte `offset` of the content on the volume; 0 where it has none, for error messages. */
export function positionOf(runs: readonly Run[], clusterBytes: number, offset: number): number {
  const run = runs[runIndexAt(runs, Math.floor(offset / clusterBytes))];
  if (run?.lcn === undefined) return 0;
  return (run.lcn - run.vcn) * clusterBytes + offset;
}
