import { type RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { ATTRIBUTE } from './attribute.ts';
import { attributeListOf, type OpenVolume } from './file-attributes.ts';
import type { FileName } from './file-name.ts';
import type { FileRecord } from './file-record.ts';
import { directoryEntries } from './index.ts';
import { openMftBitmap } from './mft-bitmap.ts';
import { namesIn } from './record-names.ts';

/** An attribute whose map of clusters was, in part, in a lost extension record. */
export interface LostExtension {
  readonly base: number;
  readonly type: number;
  readonly name: string;
}

/** What the walk over $MFT and the directories tell of the records that are lost. */
export interface LostRecords {
  /** Records that were in use, or that a directory still names. */
  numbers(): readonly number[];
  /** Names of lost records; also of some that turn out to be whole. */
  readonly names: ReadonlyMap<number, readonly FileName[]>;
  /** Attributes that a lost record held a part of. */
  readonly extensions: ReadonlyMap<number, readonly LostExtension[]>;
  /** Lost records that were not kept, because there are too many. */
  readonly omitted: number;
  /** Takes a record that cannot be read. */
  addLost(number: number, partial: FileRecord | undefined): Promise<void>;
  /** Whether the record is a directory or has an attribute list, and a part of $MFT is lost. */
  mayBeNamedIn(record: FileRecord): boolean;
  /** Looks for lost records in the directory and the attribute list of a readable record. */
  addNamedIn(record: FileRecord): Promise<void>;
}

const MAX_RECORDS = 25_000;
const MAX_NAMES_EACH = 16;
const MAX_EXTENSIONS_EACH = 16;

/**
 * Collects the lost records of a volume. Directories and attribute lists are read only when a part of $MFT itself
 * is in `lost`.
 */
export async function lostRecords(volume: OpenVolume, lost: RangeSet): Promise<LostRecords> {
  const inTable = lostInTable(volume, lost);
  const { recordBytes } = volume.boot;
  const isWanted = (number: number): boolean =>
    inTable.touches(number * recordBytes, (number + 1) * recordBytes);
  const inUse = await openMftBitmap(volume);
  const names = new Map<number, FileName[]>();
  const extensions = new Map<number, LostExtension[]>();
  const used: number[] = [];
  const unsure: number[] = [];
  let omitted = 0;

  const addName = (number: number, name: FileName): void => {
    const known = names.get(number);
    if (known === undefined) {
      if (names.size < MAX_RECORDS) names.set(number, [name]);
    } else if (known.length < MAX_NAMES_EACH) {
      known.push(name);
    }
  };
  const addExtension = (number: number, extension: LostExtension): void => {
    const known = extensions.get(number) ?? [];
    const isKnown = known.some((one) => one.type === extension.type && one.name === extension.name);
    if (isKnown || known.length >= MAX_EXTENSIONS_EACH || extensions.size >= MAX_RECORDS) return;
    extensions.set(number, [...known, extension]);
  };

  return {
    names,
    extensions,
    get omitted() {
      return omitted;
    },
    numbers: () => [...used, ...unsure.filter((number) => names.has(number) || extensions.has(number))],
    async addLost(number, partial) {
      const use = partial === undefined ? await inUse(number) : true;
      if (use === false) return;
      if (used.length + unsure.length >= MAX_RECORDS) omitted++;
      else if (use) used.push(number);
      else unsure.push(number);
      if (partial === undefined) return;
      if (partial.base === undefined) {
        for (const name of namesIn(partial)) addName(number, name);
        return;
      }
      const base = partial.base.record;
      for (const { type, name } of partial.attributes) addExtension(number, { base, type, name });
    },
    mayBeNamedIn(record) {
      if (inTable.isEmpty || record.base !== undefined) return false;
      return record.isDirectory || record.attributes.some((one) => one.type === ATTRIBUTE.ATTRIBUTE_LIST);
    },
    async addNamedIn(record) {
      if (record.attributes.some((one) => one.type === ATTRIBUTE.ATTRIBUTE_LIST)) {
        for (const { reference, type, name } of await attributeListOf(volume, record)) {
          if (reference.record === record.number || !isWanted(reference.record)) continue;
          addExtension(reference.record, { base: record.number, type, name });
        }
      }
      if (!record.isDirectory) return;
      for await (const entry of directoryEntries(volume, record)) {
        if (isWanted(entry.file.record)) addName(entry.file.record, entry.name);
      }
    },
  };
}

/** The lost bytes of $MFT, counted from its start. */
function lostInTable(volume: OpenVolume, lost: RangeSet): RangeSet {
  const { clusterBytes } = volume.boot;
  const builder = new RangeSetBuilder();
  for (const run of volume.mft.runs) {
    if (run.lcn === undefined) continue;
    const start = run.lcn * clusterBytes;
    const shift = run.vcn * clusterBytes - start;
    for (const range of lost.within(start, start + run.length * clusterBytes)) {
      builder.add(range.start + shift, range.end + shift);
    }
  }
  return builder.build();
}
