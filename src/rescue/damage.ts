import { RangeSet } from '../block/range-set.ts';
import type { NtfsNote } from '../ntfs/note.ts';
import { type LostHolder, type OwnerReport, traceOwners } from '../ntfs/owners.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { partOf, shifted } from './part-of.ts';
import type { PartitionFacts } from './partition-facts.ts';
import type { RescuePlan } from './plan.ts';

/** One hurt file (or folder, or system file) in a line. */
export interface DamagedItem {
  /** The partition that holds it, on a disk with a table; missing for a source that is one volume. */
  readonly partition?: number | undefined;
  readonly path: string;
  /** Name of the alternate stream; empty for the file's main content. */
  readonly stream: string;
  readonly attribute: string;
  readonly kind: LostHolder['kind'];
  readonly sizeBytes: number;
  readonly lostBytes: number;
  readonly pieceCount: number;
  /** Offset of the first lost stretch in the file; undefined when its place in the file is not known. */
  readonly firstOffset: number | undefined;
  /** The file's own record is lost, and with it the way to its content. */
  readonly recordLost: boolean;
}

/** What was lost, in numbers and in its worst examples. */
export interface DamageSummary {
  /** Whether the lost sectors could be traced: not without a readable NTFS structure. */
  readonly traced: boolean;
  readonly damagedFiles: number;
  readonly lostFiles: number;
  readonly damagedDirectories: number;
  readonly damagedSystemFiles: number;
  /** Files that only lost bytes behind their end, where nothing was. */
  readonly unhurtFiles: number;
  readonly freeBytes: number;
  readonly unknownBytes: number;
  /** What each partition of a disk has lost; only those that lost something. Missing for a single volume. */
  readonly partitions?: readonly PartitionLoss[];
  /** Bytes lost in the table of a disk and between its partitions. Missing for a single volume. */
  readonly outsideBytes?: number;
  /** The worst first; not more than `MAX_ITEMS`. */
  readonly items: readonly DamagedItem[];
  readonly notes: readonly string[];
}

/** What a partition has lost. */
export interface PartitionLoss
  extends Pick<PartitionFacts, 'number' | 'startBytes' | 'fileSystem' | 'label'> {
  readonly lostBytes: number;
}

/** A holder, and in which part of a disk it is; without the latter in a source that is one volume. */
export type DamagedHolder = LostHolder & {
  readonly partition?: number | undefined;
  /** Where its volume begins in the source. */
  readonly volumeStartBytes?: number;
};

/** What was lost, whole, for the report, and in short. */
export interface Damage {
  readonly summary: DamageSummary;
  readonly owners: Omit<OwnerReport, 'files'> & { readonly files: readonly DamagedHolder[] };
}

const MAX_ITEMS = 100;

/**
 * Traces every lost byte to the file that held it, in each NTFS volume of the plan. `reader` gives the source as far
 * as it is saved.
 */
export async function describeDamage(
  reader: VolumeReader,
  lost: RangeSet,
  plan: RescuePlan | undefined,
): Promise<Damage> {
  if (plan?.table) return describeDisk(reader, lost, plan);
  const traceable = plan?.survey !== undefined;
  const owners = traceable && !lost.isEmpty ? await traceOwners(reader, lost) : nobody(lost.totalBytes);
  return { owners, summary: summariseDamage(owners, traceable) };
}

/** All that is hurt, the worst first. */
export const worstItems = (holders: readonly LostHolder[]): DamagedItem[] =>
  worstHolders(holders).map(itemOf);

/** The same with their holes. */
export const worstHolders = <Holder extends LostHolder>(holders: readonly Holder[]): Holder[] =>
  holders.filter(isHurt).sort(worstFirst);

async function describeDisk(reader: VolumeReader, lost: RangeSet, plan: RescuePlan): Promise<Damage> {
  const owners = { ...nobody(0), files: [] as DamagedHolder[], notes: [] as NtfsNote[] };
  const losses: PartitionLoss[] = [];
  let left = lost;
  for (const { partition, startBytes, sizeBytes, kind, label, survey } of plan.volumes) {
    const whole = RangeSet.single(startBytes, startBytes + sizeBytes);
    const own = left.intersect(whole);
    left = left.subtract(whole);
    if (own.isEmpty) continue;
    const number = partition?.number;
    losses.push({
      number,
      startBytes,
      fileSystem: kind,
      label: label || undefined,
      lostBytes: own.totalBytes,
    });
    const found = survey
      ? await traceOwners(partOf(reader, startBytes, sizeBytes), shifted(own, -startBytes))
      : nobody(own.totalBytes);
    for (const holder of found.files)
      owners.files.push({ ...holder, partition: number, volumeStartBytes: startBytes });
    owners.omittedFiles += found.omittedFiles;
    owners.omittedBytes += found.omittedBytes;
    owners.freeBytes += found.freeBytes;
    owners.unknownBytes += found.unknownBytes;
    owners.notes.push(...found.notes);
  }
  const traced = plan.volumes.some(({ survey }) => survey !== undefined);
  const summary = summariseDamage(owners, traced);
  return { owners, summary: { ...summary, partitions: losses, outsideBytes: left.totalBytes } };
}

const nobody = (unknownBytes: number): Damage['owners'] & { files: [] } => ({
  files: [],
  omittedFiles: 0,
  omittedBytes: 0,
  freeBytes: 0,
  unknownBytes,
  notes: [],
});

const isHurt = (holder: LostHolder): boolean => holder.lostBytes > 0 || holder.recordLost === true;

/** What was lost, in short; `traced` says whether it is an NTFS volume at all. */
export function summariseDamage(owners: Damage['owners'], traced: boolean): DamageSummary {
  const hurt = owners.files.filter(isHurt);
  const recordsOf = (holders: readonly DamagedHolder[]): number =>
    new Set(holders.map((each) => `${each.record} at ${each.volumeStartBytes}`)).size;
  const lostFiles = hurt.filter((holder) => holder.kind === 'file' && holder.recordLost);
  return {
    traced,
    damagedFiles: recordsOf(hurt.filter((holder) => holder.kind === 'file' && !holder.recordLost)),
    lostFiles: recordsOf(lostFiles),
    damagedDirectories: recordsOf(hurt.filter((holder) => holder.kind === 'directory')),
    damagedSystemFiles: recordsOf(hurt.filter((holder) => holder.kind === 'system')),
    unhurtFiles: recordsOf(owners.files.filter((holder) => !isHurt(holder))),
    freeBytes: owners.freeBytes,
    unknownBytes: owners.unknownBytes,
    items: worstItems(owners.files).slice(0, MAX_ITEMS),
    notes: owners.notes.map((note) => note.message),
  };
}

/** People's files before folders and system files; whole losses first, then by bytes lost. */
function worstFirst(a: LostHolder, b: LostHolder): number {
  const rank = (holder: LostHolder): number =>
    ['file', 'directory', 'system'].indexOf(holder.kind) * 2 + (holder.recordLost ? 0 : 1);
  return rank(a) - rank(b) || b.lostBytes - a.lostBytes || (a.path < b.path ? -1 : 1);
}

const itemOf = (holder: DamagedHolder): DamagedItem => ({
  ...(holder.partition !== undefined && { partition: holder.partition }),
  path: holder.path,
  stream: holder.stream,
  attribute: holder.attribute,
  kind: holder.kind,
  sizeBytes: holder.sizeBytes,
  lostBytes: holder.lostBytes,
  pieceCount: holder.pieceCount,
  firstOffset: holder.pieces[0]?.fileOffset,
  recordLost: holder.recordLost === true,
});
