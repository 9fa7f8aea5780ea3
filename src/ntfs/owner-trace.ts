import type { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { ATTRIBUTE, type NonResidentAttribute } from './attribute.ts';
import { isBadClusterMap, SYSTEM_RECORD } from './attribute-role.ts';
import { fileAttribute, type OpenVolume } from './file-attributes.ts';
import type { FileRecord } from './file-record.ts';
import { type ContentShape, emptyTally, type PieceBudget, type Tally, tallyRuns } from './lost-pieces.ts';
import type { Run } from './run-list.ts';

/** A holder while it is being counted. */
export interface Holder {
  readonly record: number;
  readonly type: number;
  readonly stream: string;
  readonly shape: ContentShape & { readonly sizeBytes: number };
  readonly tally: Tally;
  recordLost: boolean;
}

export interface Trace {
  readonly volume: OpenVolume;
  readonly lost: RangeSet;
  readonly holders: Map<string, Holder>;
  readonly claimed: RangeSetBuilder;
  readonly badRuns: Run[];
  readonly budget: PieceBudget;
  /** Counts what holders lost for which there was no room. */
  readonly overflow: Tally;
  omitted: number;
}

/** Bounds of memory, for a disk on which every other file is hit: some 100 MB with what naming them takes. */
const MAX_HOLDERS = 25_000;
export const MAX_PIECES_IN_ALL = 300_000;
const MAX_BAD_RUNS = 100_000;

/** What $MFT itself lost: by its runs as they were found, which need no record 0. */
export function traceTable(trace: Trace): void {
  const { boot, mft } = trace.volume;
  const sizeBytes = mft.recordCount * boot.recordBytes;
  const shape = { sizeBytes, contentBytes: sizeBytes, compressionUnit: 0 };
  const holder: Holder = newHolder(trace.budget, SYSTEM_RECORD.MFT, ATTRIBUTE.DATA, '', shape);
  tallyRuns(holder.tally, mft.runs, shape, boot.clusterBytes, trace.lost, (a, b) => trace.claimed.add(a, b));
  if (holder.tally.pieceCount > 0) trace.holders.set(keyOf(SYSTEM_RECORD.MFT, ATTRIBUTE.DATA, ''), holder);
}

/** The fragments in a record that lost something. The map of bad clusters is put aside: nothing is in those. */
export function lostFragments(trace: Trace, record: FileRecord): NonResidentAttribute[] {
  const { clusterBytes } = trace.volume.boot;
  const base = record.base?.record ?? record.number;
  const found: NonResidentAttribute[] = [];
  for (const one of record.attributes) {
    if (one.resident) continue;
    // $MFT is traced by its own runs already.
    if (base === SYSTEM_RECORD.MFT && one.type === ATTRIBUTE.DATA && one.name === '') continue;
    const { runs } = one.runList;
    if (isBadClusterMap(base, one.type, one.name)) {
      const room = MAX_BAD_RUNS - trace.badRuns.length;
      trace.badRuns.push(...runs.filter((run) => run.lcn !== undefined).slice(0, Math.max(0, room)));
      continue;
    }
    const isHit = runs.some(
      ({ lcn, length }) =>
        lcn !== undefined && trace.lost.touches(lcn * clusterBytes, (lcn + length) * clusterBytes),
    );
    if (isHit) found.push(one);
  }
  return found;
}

/** Counts what one fragment of an attribute lost. */
export async function traceFragment(
  trace: Trace,
  record: FileRecord,
  fragment: NonResidentAttribute,
): Promise<void> {
  const base = record.base?.record ?? record.number;
  const holder = await holderFor(trace, base, fragment.type, fragment.name, fragment);
  const { clusterBytes } = trace.volume.boot;
  tallyRuns(holder.tally, fragment.runList.runs, holder.shape, clusterBytes, trace.lost, (start, end) =>
    trace.claimed.add(start, end),
  );
}

/** The holder of an attribute; its sizes come from the fragment that has them, wherever that is. */
export async function holderFor(
  trace: Trace,
  base: number,
  type: number,
  name: string,
  fragment: NonResidentAttribute | undefined,
): Promise<Holder> {
  const key = keyOf(base, type, name);
  const known = trace.holders.get(key);
  if (known !== undefined) return known;
  const holder = newHolder(
    trace.budget,
    base,
    type,
    name,
    await shapeOf(trace.volume, base, type, name, fragment),
  );
  if (trace.holders.size < MAX_HOLDERS) {
    trace.holders.set(key, holder);
    return holder;
  }
  trace.omitted++;
  return { ...holder, tally: trace.overflow };
}

async function shapeOf(
  volume: OpenVolume,
  base: number,
  type: number,
  name: string,
  fragment: NonResidentAttribute | undefined,
): Promise<Holder['shape']> {
  if (fragment?.lowestVcn === 0) return shapeFrom(fragment);
  const state = await volume.mft.record(base);
  const data = state.state === 'in-use' ? await fileAttribute(volume, state.record, type, name) : undefined;
  if (data !== undefined && 'runs' in data && data.dataBytes > 0) return shapeFrom(data);
  // Without its first fragment the size is not known: everything may have been content.
  return { sizeBytes: 0, contentBytes: Number.MAX_SAFE_INTEGER, compressionUnit: 0 };
}

function shapeFrom(sizes: {
  dataBytes: number;
  initializedBytes: number;
  compressionUnit: number;
}): Holder['shape'] {
  return {
    sizeBytes: sizes.dataBytes,
    contentBytes: Math.min(sizes.dataBytes, sizes.initializedBytes),
    compressionUnit: sizes.compressionUnit,
  };
}

export function newHolder(
  budget: PieceBudget,
  record: number,
  type: number,
  stream: string,
  shape: Holder['shape'],
): Holder {
  return { record, type, stream, shape, tally: emptyTally(budget), recordLost: false };
}

export function keyOf(record: number, type: number, stream: string): string {
  return `${record}/${type}/${stream}`;
}
