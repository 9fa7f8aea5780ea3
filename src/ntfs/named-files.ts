import type { RangeSet } from '../block/range-set.ts';
import { ATTRIBUTE } from './attribute.ts';
import { FIRST_USER_RECORD, SYSTEM_RECORD } from './attribute-role.ts';
import type { BootSector } from './boot-sector.ts';
import type { OpenVolume } from './file-attributes.ts';
import type { FileName } from './file-name.ts';
import type { FileRecord } from './file-record.ts';
import { type PathPatterns, type PatternState, pathPatterns } from './path-pattern.ts';
import { patternsFor } from './personal-folders.ts';
import { type RangeCollector, rangeCollector } from './range-collector.ts';
import { namesIn } from './record-names.ts';
import type { Reference } from './reference.ts';

/** Where the files lie that somebody named. */
export interface NamedFiles {
  /** Bytes of the volume; more than their own clusters only when they are in very many pieces. */
  readonly ranges: RangeSet;
  /** Words that match nothing on the volume, as far as it can be read. */
  readonly unmatched: readonly string[];
}

interface Folder {
  readonly parent: Reference;
  readonly sequence: number;
  readonly name: string;
}

/** Bounds of memory: some 100 MB. What lies in further folders is found by patterns that begin anywhere. */
const MAX_FOLDERS = 1_000_000;
const MAX_SPREAD_FILES = 1_000_000;
/** Deeper than this is a loop. */
const MAX_DEPTH = 1024;

/**
 * Finds the clusters of all files that `words` (paths with wildcards, or `personal`) name. Goes by what each file's record
 * says of its name and folder, so that no folder's index has to be read: over $MFT twice, and a third time when wanted
 * files are spread over several records.
 */
export async function namedFiles(
  volume: OpenVolume,
  words: readonly string[],
  signal?: AbortSignal,
): Promise<NamedFiles> {
  const sets = words.map(patternsFor);
  const wordOf = sets.flatMap((patterns, word) => patterns.map(() => word));
  const patterns = pathPatterns(sets.flat());
  const folders = await readFolders(volume, signal);
  const states = folderStates(folders, patterns);
  const isWanted = (name: FileName): boolean => patterns.step(states(name.parent), name.name).isWanted;

  const ranges = rangeCollector();
  const spread = new Set<number>();
  const addSpread = (base: number): void => {
    if (spread.size < MAX_SPREAD_FILES) spread.add(base);
  };
  for await (const record of recordsOf(volume, signal)) {
    // Hard links count under each of their names; the further ones may be in extension records.
    const wanted = namesIn(record).filter(isWanted).length > 0;
    if (!wanted) continue;
    addClusters(ranges, volume.boot, record);
    const isSpread = record.attributes.some((one) => one.type === ATTRIBUTE.ATTRIBUTE_LIST);
    if (record.base !== undefined) addSpread(record.base.record);
    else if (isSpread) addSpread(record.number);
  }
  if (spread.size > 0) {
    for await (const record of recordsOf(volume, signal)) {
      if (spread.has(record.base?.record ?? record.number)) addClusters(ranges, volume.boot, record);
    }
  }
  const found = new Set([...patterns.matched].map((pattern) => wordOf[pattern]));
  return { ranges: ranges.build(), unmatched: words.filter((_, word) => !found.has(word)) };
}

/** All records of people's files that are in use, as far as they can be read; extension records too. */
async function* recordsOf(volume: OpenVolume, signal: AbortSignal | undefined): AsyncGenerator<FileRecord> {
  for await (const chunk of volume.mft.recordChunks()) {
    signal?.throwIfAborted();
    for (const [number, state] of chunk) {
      const record =
        state.state === 'in-use' ? state.record : state.state === 'unreadable' ? state.partial : undefined;
      if (record === undefined || number < FIRST_USER_RECORD) continue;
      if ((record.base?.record ?? number) >= FIRST_USER_RECORD) yield record;
    }
  }
}

async function readFolders(
  volume: OpenVolume,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<number, Folder>> {
  const folders = new Map<number, Folder>();
  for await (const record of recordsOf(volume, signal)) {
    if (!record.isDirectory || record.base !== undefined || folders.size >= MAX_FOLDERS) continue;
    const names = namesIn(record);
    const name = names.find((one) => !one.isDosAlias) ?? names[0];
    if (name === undefined) continue;
    folders.set(record.number, { parent: name.parent, sequence: record.sequence, name: name.name });
  }
  return folders;
}

/** How far the path of a folder fulfils the patterns; each folder is worked out once. */
function folderStates(
  folders: ReadonlyMap<number, Folder>,
  patterns: PathPatterns,
): (folder: Reference) => PatternState {
  const known = new Map<number, PatternState>();
  return (reference) => {
    const chain: [number, Folder][] = [];
    let at = reference;
    let state: PatternState | undefined;
    while (state === undefined) {
      const folder = folders.get(at.record);
      const isReused = folder !== undefined && at.sequence !== 0 && folder.sequence !== at.sequence;
      if (at.record === SYSTEM_RECORD.ROOT) state = patterns.root;
      else if (folder === undefined || isReused || chain.length >= MAX_DEPTH) state = patterns.anywhere;
      else {
        state = known.get(at.record);
        if (state === undefined) chain.push([at.record, folder]);
        at = folder.parent;
      }
    }
    for (const [number, { name }] of chain.reverse()) {
      state = patterns.step(state, name);
      known.set(number, state);
    }
    return state;
  };
}

function addClusters(ranges: RangeCollector, boot: BootSector, record: FileRecord): void {
  for (const one of record.attributes) {
    if (one.resident) continue;
    for (const { lcn, length } of one.runList.runs) {
      if (lcn !== undefined) ranges.add(lcn * boot.clusterBytes, (lcn + length) * boot.clusterBytes);
    }
  }
}
