import type { BootSector } from './boot-sector.ts';
import type { RecordState } from './file-record.ts';
import { locateMft } from './mft-location.ts';
import { mappedRecordRanges, type RecordChunk, readRecord, readRecordChunks } from './mft-table.ts';
import type { NtfsNote } from './note.ts';
import type { Run } from './run-list.ts';
import type { VolumeReader } from './volume-reader.ts';

/** The master file table of a volume, as far as it could be found. */
export interface Mft {
  /** Where the table lies, ascending by VCN; gaps are parts that could not be found. */
  readonly runs: readonly Run[];
  /** Number of records, those in parts that could not be found included. */
  readonly recordCount: number;
  /** Number of records in parts that could not be found: `records` leaves them out. */
  readonly unmappedRecords: number;
  /** False when a part of the table could not be found. */
  readonly complete: boolean;
  readonly notes: readonly NtfsNote[];
  /** The state of a record; `free` outside the table. */
  record(number: number): Promise<RecordState>;
  /** Every record of the parts that were found, ascending. */
  records(): AsyncIterable<[number, RecordState]>;
  /** The same in chunks of 1 MiB: for walks over the whole table. Each chunk can be gone through once. */
  recordChunks(): AsyncIterable<RecordChunk>;
}

/**
 * Finds the table through record 0, else through $MFTMirr, else by walking the records from where the boot sector
 * says it begins. `undefined` when not one record is found. Never rejects for damage.
 */
export async function openMft(reader: VolumeReader, boot: BootSector): Promise<Mft | undefined> {
  const location = await locateMft(reader, boot);
  if (location === undefined) return undefined;
  const { runs, complete, notes } = location;
  const last = runs.at(-1);
  const mapped = last === undefined ? 0 : (last.vcn + last.length) * boot.clusterBytes;
  const mappedRecords = Math.floor(mapped / boot.recordBytes);
  // The size in a damaged record 0 may be anything: without runs behind it, the volume bounds it.
  const mostRecords = Math.floor(boot.volumeBytes / boot.recordBytes);
  const recordCount = complete
    ? location.recordCount
    : Math.min(Math.max(location.recordCount, mappedRecords), mostRecords);
  let found = 0;
  for (const [from, to] of mappedRecordRanges(runs, boot, recordCount)) found += to - from;
  return {
    runs,
    recordCount,
    unmappedRecords: recordCount - found,
    complete,
    notes,
    record: async (number) =>
      number >= 0 && number < recordCount ? readRecord(reader, boot, runs, number) : { state: 'free' },
    async *records() {
      for await (const chunk of readRecordChunks(reader, boot, runs, recordCount)) yield* chunk;
    },
    recordChunks: () => readRecordChunks(reader, boot, runs, recordCount),
  };
}
