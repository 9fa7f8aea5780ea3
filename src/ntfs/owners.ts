import { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { ATTRIBUTE } from './attribute.ts';
import { SYSTEM_RECORD } from './attribute-role.ts';
import { trustedBadClusters } from './bad-clusters.ts';
import { readBitmap } from './bitmap.ts';
import type { OpenVolume } from './file-attributes.ts';
import { withHoles } from './holes.ts';
import { addPiece, emptyTally } from './lost-pieces.ts';
import { type LostRecords, lostRecords } from './lost-records.ts';
import { type NoteBook, noteBook } from './note.ts';
import { openNtfs } from './open-ntfs.ts';
import { nameHolders } from './owner-names.ts';
import type { OwnerReport } from './owner-report.ts';
import {
  holderFor,
  keyOf,
  lostFragments,
  MAX_PIECES_IN_ALL,
  newHolder,
  type Trace,
  traceFragment,
  traceTable,
} from './owner-trace.ts';
import type { VolumeReader } from './volume-reader.ts';

export type { LostHolder, OwnerReport } from './owner-report.ts';

export interface OwnerOptions {
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Says whose the bytes of `lost` are. They are never read, so `reader` may be the damaged disk or the copy with its
 * filler. Rejects only for `signal` and when `reader` does.
 */
export async function traceOwners(
  reader: VolumeReader,
  lost: RangeSet,
  options: OwnerOptions = {},
): Promise<OwnerReport> {
  const book = noteBook();
  const readable = withHoles(reader, lost);
  const opened = await openNtfs(readable, options.signal);
  if (opened !== undefined) {
    book.addAll(opened.notes);
    return traceIn(opened.volume, lost, book, options);
  }
  book.add('mft', 'No boot sector or no $MFT can be read: whose the lost bytes are cannot be told.');
  return {
    files: [],
    omittedFiles: 0,
    omittedBytes: 0,
    freeBytes: 0,
    unknownBytes: lost.totalBytes,
    notes: book.notes(),
  };
}

async function traceIn(
  volume: OpenVolume,
  lost: RangeSet,
  book: NoteBook,
  options: OwnerOptions,
): Promise<OwnerReport> {
  const trace: Trace = {
    volume,
    lost,
    holders: new Map(),
    claimed: new RangeSetBuilder(),
    badRuns: [],
    budget: { left: MAX_PIECES_IN_ALL },
    overflow: emptyTally({ left: 0 }),
    omitted: 0,
  };
  traceTable(trace);
  const records = await lostRecords(volume, lost);
  for await (const chunk of volume.mft.recordChunks()) {
    options.signal?.throwIfAborted();
    for (const [number, state] of chunk) {
      if (state.state === 'unreadable') await records.addLost(number, state.partial);
      const record =
        state.state === 'in-use' ? state.record : state.state === 'unreadable' ? state.partial : undefined;
      if (record === undefined) continue;
      // Lost bytes behind its last used one do not keep us from reading a record, but they break its fixups: no
      // other program will open the file.
      const { position } = record;
      if (state.state === 'in-use' && lost.touches(position, position + volume.boot.recordBytes)) {
        await records.addLost(number, record);
      }
      if (records.mayBeNamedIn(record)) {
        options.signal?.throwIfAborted();
        await records.addNamedIn(record);
      }
      for (const hit of lostFragments(trace, record)) await traceFragment(trace, record, hit);
    }
  }
  await traceExtensions(trace, records);
  const { freeBytes, unknownBytes } = await traceRest(trace, book, options);
  const files = await nameHolders(trace, records, options.signal);
  const omittedFiles = trace.omitted + records.omitted;
  if (omittedFiles > 0) {
    book.add('limit', `So many files are damaged that ${omittedFiles} of them are counted but not named.`);
  }
  return {
    files,
    omittedFiles,
    omittedBytes: trace.overflow.diskBytes,
    freeBytes,
    unknownBytes,
    notes: book.notes(),
  };
}

/** Files that lost the record in which a part of their map was. */
async function traceExtensions(trace: Trace, records: LostRecords): Promise<void> {
  for (const number of records.numbers()) {
    for (const { base, type, name } of records.extensions.get(number) ?? []) {
      const holder = await holderFor(trace, base, type, name, undefined);
      holder.recordLost = true;
    }
  }
}

/** Lost bytes that no record claims: behind the clusters, marked bad, free, or in use by nobody known. */
async function traceRest(
  trace: Trace,
  book: NoteBook,
  options: OwnerOptions,
): Promise<{ freeBytes: number; unknownBytes: number }> {
  const { boot } = trace.volume;
  const backup = RangeSet.single(boot.volumeBytes, boot.volumeBytes + boot.sectorBytes);
  for (const range of trace.lost.intersect(backup)) {
    const length = range.end - range.start;
    const shape = { sizeBytes: boot.sectorBytes, contentBytes: boot.sectorBytes, compressionUnit: 0 };
    const holder = newHolder(trace.budget, SYSTEM_RECORD.BOOT, ATTRIBUTE.DATA, BACKUP_STREAM, shape);
    holder.tally.diskBytes = length;
    holder.tally.lostBytes = length;
    addPiece(holder.tally, { volumeOffset: range.start, fileOffset: undefined, length });
    trace.holders.set(keyOf(SYSTEM_RECORD.BOOT, ATTRIBUTE.DATA, BACKUP_STREAM), holder);
    trace.claimed.add(range.start, range.end);
  }
  const rest = trace.lost.subtract(trace.claimed.build());
  if (rest.isEmpty) return { freeBytes: 0, unknownBytes: 0 };
  const bitmap = await readBitmap(trace.volume, options.signal);
  const bad = trustedBadClusters(trace.badRuns, boot, RangeSet.EMPTY, book);
  const unknown = rest.subtract(bad).intersect(bitmap.used.union(bitmap.unknown));
  return { freeBytes: rest.totalBytes - unknown.totalBytes, unknownBytes: unknown.totalBytes };
}

/** The name under which the boot sector's copy at the end of the volume is reported. */
const BACKUP_STREAM = 'backup boot sector';
