import { ATTRIBUTE, type NonResidentAttribute } from './attribute.ts';
import { joinFragments, positionOf, readAttribute, readRuns } from './attribute-data.ts';
import { type AttributeListEntry, MAX_ATTRIBUTE_LIST_BYTES, parseAttributeList } from './attribute-list.ts';
import type { BootSector } from './boot-sector.ts';
import {
  type FileRecord,
  hasFileSignature,
  ownRecordNumber,
  parseFileRecord,
  type RecordState,
} from './file-record.ts';
import { inHole, readClamped } from './holes.ts';
import { readMirrorRecord } from './mft-mirror.ts';
import { isMapped, readRecord, readRecordChunks } from './mft-table.ts';
import { type NoteBook, type NtfsNote, noteBook } from './note.ts';
import { addRuns, cutRuns, fittingRuns, mappedClusters, type Run } from './run-list.ts';
import type { VolumeReader } from './volume-reader.ts';

/** Where the $MFT lies. */
export interface MftLocation {
  readonly runs: readonly Run[];
  /** By the size in record 0; 0 when record 0 is lost. */
  readonly recordCount: number;
  readonly complete: boolean;
  readonly notes: readonly NtfsNote[];
}

/** A walk without record 0 ends after so many readable bytes, or so many unreadable ones, without a record. */
const WALK_STRANGE_BYTES = 2 ** 20;
const WALK_HOLE_BYTES = 64 * 2 ** 20;
/** The search for lost extension records starts again when it found one, but not more often than this. */
const MAX_SEARCHES = 8;
/** The least that a volume has; those behind record 11 are kept free for later. */
const SYSTEM_RECORDS = 16;
/** So many runs are looked into to tell which of two copies of record 0 is right. */
const MAX_RUNS_TRIED = 64;
/** A record's signature and own number lie before this byte. */
const OWN_NUMBER_END = 0x30;

/**
 * Finds all runs of the $MFT, in four steps:
 *
 * 1. Record 0 tells the first runs. It is read where the boot sector says, else from $MFTMirr.
 * 2. A fragmented $MFT has an attribute list, which names the records that hold the further runs. Those records
 *    lie in the $MFT themselves: each can be read once the runs that hold it are known, so the list is followed
 *    again and again until nothing new comes.
 * 3. Without record 0 the records are walked from the place in the boot sector as long as they are records.
 * 4. If a part is still missing, the records found so far are searched for extension records of record 0.
 */
export async function locateMft(reader: VolumeReader, boot: BootSector): Promise<MftLocation | undefined> {
  const book = noteBook();
  const bases = await readBaseRecords(reader, boot, book);
  let runs: Run[] = [];
  let recordCount = 0;
  let expected = Number.POSITIVE_INFINITY;
  if (bases.length === 0) {
    const walked = await walkRecords(reader, boot);
    if (walked === undefined) return undefined;
    book.add('mft', 'Record 0 of $MFT and its copy are lost; the records behind it were found one by one.');
    runs = [walked];
  } else {
    for (const base of bases) {
      runs = addRuns(runs, joinFragments(tableFragments(base)).runs);
      runs = await followAttributeList(reader, boot, base, runs, book);
    }
    const [told = 0, ...others] = bases.map((base) => recordsTold(boot, base));
    const found = Math.floor((mappedClusters(runs) * boot.clusterBytes) / boot.recordBytes);
    // A second teller may know of more records, but not of more than there is room for.
    recordCount = Math.max(told, ...others.map((count) => Math.min(count, found)));
    // A table that is shorter than its system files is one of which the size is not known.
    if (recordCount >= SYSTEM_RECORDS) {
      expected = Math.ceil((recordCount * boot.recordBytes) / boot.clusterBytes);
    }
  }
  const clustersThere = Math.ceil(reader.sizeBytes / boot.clusterBytes);
  const fitting = (all: readonly Run[]): Run[] => fittingRuns(cutRuns(all, clustersThere), boot.clusterCount);
  runs = fitting(runs);
  if (mappedClusters(runs) < expected) {
    runs = fitting(await searchExtensions(reader, boot, runs));
  }
  const complete = mappedClusters(runs) >= expected;
  if (!complete) {
    book.add('mft-incomplete', 'A part of $MFT could not be found: not all files are known.');
  }
  return { runs, recordCount, complete, notes: book.notes() };
}

/**
 * Record 0 as it tells where the $MFT is. The original and its copy in $MFTMirr can both look whole and differ, when
 * one of them was damaged or is stale: then the one whose runs lead to more records is believed, and the other's word is
 * kept for what that one does not know.
 */
async function readBaseRecords(
  reader: VolumeReader,
  boot: BootSector,
  book: NoteBook,
): Promise<readonly FileRecord[]> {
  const position = boot.mftLcn * boot.clusterBytes;
  const chunk = await readClamped(reader, position, boot.recordBytes);
  const primary = parseFileRecord(chunk.bytes.slice(), chunk.holes, 0, boot, position);
  const tells = (record: FileRecord): boolean =>
    tableFragments(record).some((part) => part.lowestVcn === 0 && part.runList.runs[0]?.lcn === boot.mftLcn);
  const original = primary.state === 'in-use' && tells(primary.record) ? primary.record : undefined;
  const mirrored = await readMirrorRecord(reader, boot, 0);
  const copy = mirrored !== undefined && tells(mirrored) ? mirrored : undefined;
  if (original === undefined || copy === undefined) {
    if (copy !== undefined) {
      book.add(
        'mft-mirror',
        `Record 0 of $MFT is ${reason(primary)}; its copy in $MFTMirr is used.`,
        position,
      );
    }
    return [original, copy].filter((one) => one !== undefined);
  }
  if (original.damage === undefined && saysTheSame(original, copy)) return [original];
  book.add(
    'mft-mirror',
    'Record 0 of $MFT and its copy in $MFTMirr do not agree on where $MFT is.',
    position,
  );
  const isOriginalBetter =
    original.damage === undefined &&
    (await worthOf(reader, boot, original)) >= (await worthOf(reader, boot, copy));
  return isOriginalBetter ? [original, copy] : [copy, original];
}

/** What two copies of record 0 tell of the table's place. */
function saysTheSame(a: FileRecord, b: FileRecord): boolean {
  const told = (record: FileRecord): string => {
    const { runs, dataBytes, initializedBytes } = joinFragments(tableFragments(record));
    const lists = record.attributes.filter((one) => one.type === ATTRIBUTE.ATTRIBUTE_LIST);
    const places = lists.map((one) => (one.resident ? [...one.value] : one.runList.runs));
    return JSON.stringify([runs, dataBytes, initializedBytes, places]);
  };
  return told(a) === told(b);
}

/**
 * How far the runs in this copy of record 0 can be believed: a point for each end of a run at which there is the record
 * that belongs there, one less for each at which something else is, half a point for sane sizes.
 */
async function worthOf(reader: VolumeReader, boot: BootSector, record: FileRecord): Promise<number> {
  const { runs, dataBytes, initializedBytes } = joinFragments(tableFragments(record));
  const mapped = mappedClusters(runs) * boot.clusterBytes;
  const isSane = initializedBytes >= SYSTEM_RECORDS * boot.recordBytes && dataBytes <= mapped;
  let worth = isSane ? 0.5 : 0;
  for (const { vcn, length } of runs.slice(0, MAX_RUNS_TRIED)) {
    const first = Math.ceil((vcn * boot.clusterBytes) / boot.recordBytes);
    const end = Math.min((vcn + length) * boot.clusterBytes, Math.max(initializedBytes, 1));
    const last = Math.floor(end / boot.recordBytes) - 1;
    for (const number of new Set([first, Math.max(first, last)])) {
      const offset = number * boot.recordBytes;
      const chunk = await readRuns(reader, runs, boot.clusterBytes, offset, OWN_NUMBER_END);
      if (chunk.holes.length > 0) continue;
      const isRecord = hasFileSignature(chunk.bytes) && (ownRecordNumber(chunk.bytes) ?? number) === number;
      worth += isRecord ? 1 : -1;
    }
  }
  return worth;
}

/** Number of records by the sizes in a copy of record 0. */
function recordsTold(boot: BootSector, base: FileRecord): number {
  const { dataBytes, initializedBytes } = joinFragments(tableFragments(base));
  // Windows writes new records before it lets the initialised size grow; both sizes must cover them.
  return Math.floor((initializedBytes > 0 ? initializedBytes : dataBytes) / boot.recordBytes);
}

function reason(state: RecordState): string {
  return state.state === 'unreadable' ? 'unreadable' : 'damaged';
}

/** The fragments of the unnamed $DATA in a record. */
function tableFragments(record: FileRecord): NonResidentAttribute[] {
  return record.attributes.filter(
    (one): one is NonResidentAttribute => !one.resident && one.type === ATTRIBUTE.DATA && one.name === '',
  );
}

async function followAttributeList(
  reader: VolumeReader,
  boot: BootSector,
  base: FileRecord,
  firstRuns: readonly Run[],
  book: NoteBook,
): Promise<Run[]> {
  let runs = [...firstRuns];
  const entries = await readTableList(reader, boot, base, book);
  let pending = [...new Set(entries.map((entry) => entry.reference.record))].filter((number) => number !== 0);
  for (let before = -1; pending.length > 0 && pending.length !== before; ) {
    before = pending.length;
    const waiting: number[] = [];
    const found: Run[] = [];
    for (const number of pending) {
      if (!isMapped(runs, boot, number)) {
        waiting.push(number);
        continue;
      }
      const state = await readRecord(reader, boot, runs, number);
      const record = state.state === 'in-use' ? state.record : undefined;
      if (record?.base?.record === 0) found.push(...joinFragments(tableFragments(record)).runs);
      else book.add('mft', `Record ${number}, which tells where a part of $MFT is, is lost.`);
    }
    runs = addRuns(runs, found);
    pending = waiting;
  }
  return runs;
}

/** The entries of record 0's attribute list that speak of the table's own runs. */
async function readTableList(
  reader: VolumeReader,
  boot: BootSector,
  base: FileRecord,
  book: NoteBook,
): Promise<AttributeListEntry[]> {
  const list = base.attributes.find((one) => one.type === ATTRIBUTE.ATTRIBUTE_LIST);
  if (list === undefined) return [];
  const data = list.resident
    ? { value: list.value, dataBytes: list.value.length, initializedBytes: list.value.length }
    : joinFragments([list]);
  const length = Math.min(data.dataBytes, MAX_ATTRIBUTE_LIST_BYTES);
  const chunk = await readAttribute(reader, data, boot.clusterBytes, 0, length);
  const position = 'runs' in data ? positionOf(data.runs, boot.clusterBytes, 0) : base.position;
  const { entries, damage } = parseAttributeList(chunk.bytes, chunk.holes, position);
  if (damage !== undefined) book.add('attribute-list', damage.message, damage.position);
  return entries.filter((entry) => entry.type === ATTRIBUTE.DATA && entry.name === '');
}

/** Looks for records that extend record 0 in the parts of the table that are known, until none is new. */
async function searchExtensions(
  reader: VolumeReader,
  boot: BootSector,
  firstRuns: readonly Run[],
): Promise<Run[]> {
  let runs = [...firstRuns];
  for (let search = 0; search < MAX_SEARCHES; search++) {
    const found: Run[] = [];
    for await (const chunk of readRecordChunks(reader, boot, runs, Number.MAX_SAFE_INTEGER)) {
      for (const [number, state] of chunk) {
        if (number === 0 || state.state !== 'in-use' || state.record.base?.record !== 0) continue;
        found.push(...joinFragments(tableFragments(state.record)).runs);
      }
    }
    const grown = addRuns(runs, found);
    if (grown.length === runs.length) break;
    runs = grown;
  }
  return runs;
}

/** The stretch of records that begins where the boot sector says; `undefined` when there is not one. */
async function walkRecords(reader: VolumeReader, boot: BootSector): Promise<Run | undefined> {
  const start = boot.mftLcn * boot.clusterBytes;
  const limit = Math.min(reader.sizeBytes, boot.clusterCount * boot.clusterBytes) - start;
  let found = 0;
  let strange = 0;
  let lost = 0;
  for (let at = 0; at < limit && strange < WALK_STRANGE_BYTES && lost < WALK_HOLE_BYTES; ) {
    const length = Math.min(WALK_STRANGE_BYTES, limit - at);
    const chunk = await readClamped(reader, start + at, length);
    for (let i = 0; i + boot.recordBytes <= length; i += boot.recordBytes) {
      const bytes = chunk.bytes.subarray(i, i + boot.recordBytes);
      const number = (at + i) / boot.recordBytes;
      if (inHole(chunk.holes, i, i + 48)) {
        lost += boot.recordBytes;
      } else if (hasFileSignature(bytes) && (ownRecordNumber(bytes) ?? number) === number) {
        found = at + i + boot.recordBytes;
        strange = 0;
        lost = 0;
      } else {
        strange += boot.recordBytes;
      }
    }
    at += length;
  }
  if (found === 0) return undefined;
  return { vcn: 0, lcn: boot.mftLcn, length: Math.ceil(found / boot.clusterBytes) };
}
