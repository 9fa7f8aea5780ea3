import { RangeSet } from '../block/range-set.ts';
import type { Attribute } from './attribute.ts';
import { isBadClusterMap, isMetadata } from './attribute-role.ts';
import { trustedBadClusters } from './bad-clusters.ts';
import { readBitmap } from './bitmap.ts';
import type { BootSector } from './boot-sector.ts';
import type { OpenVolume } from './file-attributes.ts';
import type { FileRecord, RecordState } from './file-record.ts';
import { readClamped } from './holes.ts';
import { mirrorRecordCount } from './mft-mirror.ts';
import { type NoteBook, type NtfsNote, noteBook } from './note.ts';
import { type OpenedNtfs, openNtfs } from './open-ntfs.ts';
import { type RangeCollector, rangeCollector } from './range-collector.ts';
import { extendWatch } from './record-names.ts';
import type { Run } from './run-list.ts';
import { isHibernated, isHibernationFile, readVolumeFacts } from './volume-facts.ts';
import type { VolumeReader } from './volume-reader.ts';

/** What is known of a volume: above all, which of its bytes have to be rescued. All sets in bytes of the volume. */
export interface VolumeSurvey {
  readonly boot: BootSector;
  readonly bootFrom: 'primary' | 'backup';
  /** False when a part of $MFT could not be found. */
  readonly mftComplete: boolean;
  readonly recordCount: number;
  readonly recordsInUse: number;
  /** Records that lie in holes, or in parts of $MFT that could not be found. */
  readonly recordsUnreadable: number;
  /** Records that contradict themselves, in whole or in part. */
  readonly recordsCorrupt: number;
  /** The file system's own structures: to be read first. Not the log's data. */
  readonly metadata: RangeSet;
  /** Clusters of the readable records in use. */
  readonly owned: RangeSet;
  readonly bitmapUsed: RangeSet;
  readonly bitmapUnknown: RangeSet;
  /** Clusters that NTFS has taken out of use, as far as that is believable. */
  readonly badClusters: RangeSet;
  /** What must be rescued. */
  readonly used: RangeSet;
  /** Clusters of files that $Bitmap says are free. */
  readonly ownedButFree: RangeSet;
  /** Clusters that $Bitmap says are used, of no readable record. */
  readonly allocatedButUnowned: RangeSet;
  readonly label: string | undefined;
  /** NTFS version such as `3.1`. */
  readonly version: string | undefined;
  readonly dirty: boolean | undefined;
  /** Whether a Windows sleeps on the volume; `undefined` when that cannot be told. */
  readonly hibernated: boolean | undefined;
  readonly notes: readonly NtfsNote[];
}

export interface SurveyOptions {
  /** Rejects the survey with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called from time to time during the walk over $MFT. */
  readonly onProgress?: (recordsDone: number, recordCount: number) => void;
}

/** $Boot has this length whatever the cluster size (measured). */
const BOOT_AREA_BYTES = 8192;
/** So much behind the last cluster is kept: devices are longer than their volumes, by a cylinder at times. */
const TAIL_BYTES = 2 ** 20;

/**
 * Reads the structures of a volume in the order of their worth: boot sectors, $MFTMirr, the whole $MFT, $Bitmap.
 * Reading them through `reader` is what rescues them. `undefined` when nothing of NTFS can be read. Rejects only
 * for `signal` and when `reader` does.
 */
export async function surveyVolume(
  reader: VolumeReader,
  options: SurveyOptions = {},
): Promise<VolumeSurvey | undefined> {
  await readClamped(reader, 0, BOOT_AREA_BYTES);
  const opened = await openNtfs(reader, options.signal);
  if (opened === undefined) return undefined;
  const { boot } = opened.volume;
  const mirrorBytes = mirrorRecordCount(boot) * boot.recordBytes;
  await readClamped(reader, boot.mftMirrLcn * boot.clusterBytes, mirrorBytes);
  return surveyMft(opened, options);
}

async function surveyMft(opened: OpenedNtfs, options: SurveyOptions): Promise<VolumeSurvey> {
  const { volume, found } = opened;
  const { reader, boot, mft } = volume;
  const book = noteBook();
  book.addAll(opened.notes);
  const walk = await walkRecords(volume, book, options);
  const bitmap = await readBitmap(volume, options.signal);
  book.addAll(bitmap.notes);
  const facts = await readVolumeFacts(volume);
  const hibernated = await hibernation(volume, walk);

  const whole = RangeSet.single(0, reader.sizeBytes);
  const owned = walk.owned.build().intersect(whole);
  if (walk.owned.coarse) {
    book.add('coarse', 'The files are in so many pieces that the smallest gaps between them count as used.');
  }
  const bitmapUsed = bitmap.used.intersect(whole);
  const bitmapUnknown = bitmap.unknown.intersect(whole);
  const badClusters = trustedBadClusters(walk.badRuns, boot, owned, book).intersect(whole);
  const metadata = walk.metadata.build().intersect(whole);
  const allocated = bitmapUsed.union(bitmapUnknown);
  const used = owned.union(allocated).subtract(badClusters).union(tail(reader, boot)).union(metadata);
  return {
    boot,
    bootFrom: found.from,
    mftComplete: mft.complete,
    recordCount: mft.recordCount,
    recordsInUse: walk.inUse,
    recordsUnreadable: walk.unreadable + mft.unmappedRecords,
    recordsCorrupt: walk.corrupt,
    metadata,
    owned,
    bitmapUsed,
    bitmapUnknown,
    badClusters,
    used,
    ownedButFree: owned.subtract(allocated),
    allocatedButUnowned: bitmapUsed.subtract(owned).subtract(badClusters),
    ...facts,
    hibernated,
    notes: book.notes(),
  };
}

interface Walk {
  inUse: number;
  unreadable: number;
  corrupt: number;
  readonly owned: RangeCollector;
  readonly metadata: RangeCollector;
  readonly badRuns: Run[];
  hibernationFile: number | undefined;
}

/** More runs of bad clusters than this are not believable. */
const MAX_BAD_RUNS = 100_000;

async function walkRecords(volume: OpenVolume, book: NoteBook, options: SurveyOptions): Promise<Walk> {
  const { boot, mft } = volume;
  const walk: Walk = {
    inUse: 0,
    unreadable: 0,
    corrupt: 0,
    owned: rangeCollector(),
    metadata: rangeCollector(),
    badRuns: [],
    hibernationFile: undefined,
  };
  // The places of $Boot, $MFTMirr and $MFT are known even when the records that say so are lost.
  const mirror = boot.mftMirrLcn * boot.clusterBytes;
  walk.metadata.add(0, BOOT_AREA_BYTES);
  walk.metadata.add(mirror, mirror + mirrorRecordCount(boot) * boot.recordBytes);
  for (const run of mft.runs) take(walk.metadata, boot, run);
  for (const run of mft.runs) take(walk.owned, boot, run);
  const isInExtend = extendWatch();
  for await (const chunk of mft.recordChunks()) {
    options.signal?.throwIfAborted();
    let done = 0;
    for (const [number, state] of chunk) {
      takeRecord(walk, boot, number, state, isInExtend, book);
      done = number + 1;
    }
    options.onProgress?.(done, mft.recordCount);
  }
  options.onProgress?.(mft.recordCount, mft.recordCount);
  return walk;
}

function takeRecord(
  walk: Walk,
  boot: BootSector,
  number: number,
  state: RecordState,
  isInExtend: (record: FileRecord) => boolean,
  book: NoteBook,
): void {
  if (state.state === 'free') return;
  if (state.state === 'corrupt') {
    walk.corrupt++;
    book.add('record', state.error.message, state.error.position);
    return;
  }
  if (state.state === 'unreadable') walk.unreadable++;
  else walk.inUse++;
  const record = state.state === 'in-use' ? state.record : state.partial;
  if (record === undefined) return;
  if (record.damage !== undefined && state.state === 'in-use') {
    walk.corrupt++;
    book.add('record', `$MFT record ${number}: ${record.damage.message}`, record.damage.position);
  }
  if (walk.hibernationFile === undefined && isHibernationFile(record)) walk.hibernationFile = number;
  const base = record.base?.record ?? number;
  const inExtend = isInExtend(record);
  for (const attribute of record.attributes) takeAttribute(walk, boot, base, inExtend, attribute);
}

function takeAttribute(
  walk: Walk,
  boot: BootSector,
  base: number,
  inExtend: boolean,
  attribute: Attribute,
): void {
  if (attribute.resident) return;
  const { type, name } = attribute;
  const isBadMap = isBadClusterMap(base, type, name);
  const structural = isMetadata(base, inExtend, type, name);
  for (const run of attribute.runList.runs) {
    if (isBadMap) {
      if (run.lcn !== undefined && walk.badRuns.length <= MAX_BAD_RUNS) walk.badRuns.push(run);
      continue;
    }
    take(walk.owned, boot, run);
    if (structural) take(walk.metadata, boot, run);
  }
}

function take(ranges: RangeCollector, boot: BootSector, run: Run): void {
  if (run.lcn === undefined) return;
  ranges.add(run.lcn * boot.clusterBytes, (run.lcn + run.length) * boot.clusterBytes);
}

async function hibernation(volume: OpenVolume, walk: Walk): Promise<boolean | undefined> {
  if (walk.hibernationFile !== undefined) return isHibernated(volume, walk.hibernationFile);
  return volume.mft.complete && walk.unreadable === 0 && walk.corrupt === 0 ? false : undefined;
}

/** What lies behind the last cluster: spare sectors, and the backup boot sector wherever the device ends. */
function tail(reader: VolumeReader, boot: BootSector): RangeSet {
  const end = boot.clusterCount * boot.clusterBytes;
  const kept = Math.min(reader.sizeBytes, end + Math.max(boot.clusterBytes, TAIL_BYTES));
  const lastSector = Math.max(0, reader.sizeBytes - boot.sectorBytes);
  return RangeSet.of([
    { start: end, end: kept },
    { start: lastSector, end: reader.sizeBytes },
  ]);
}
