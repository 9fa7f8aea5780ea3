import { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { namedFiles } from '../ntfs/named-files.ts';
import { openNtfs } from '../ntfs/open-ntfs.ts';
import { surveyVolume, type VolumeSurvey } from '../ntfs/survey.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { type ContentKind, titleOf } from '../probe/content/content.ts';
import { identify } from '../probe/content/identify.ts';
import { type FindAllocation, unsettled } from './allocation.ts';

/** What is to be rescued of one volume, in bytes of the volume. The four sets are disjoint. */
export interface VolumePlan {
  readonly kind: ContentKind;
  readonly label: string | undefined;
  /** Undefined for what is not NTFS. */
  readonly survey: VolumeSurvey | undefined;
  readonly metadata: RangeSet;
  /** Files that were named to come first. */
  readonly first: RangeSet;
  readonly used: RangeSet;
  /** What may be in use, or may not: it comes last. */
  readonly rest: RangeSet;
  /** Words of `--first` that name nothing here. */
  readonly unmatched: readonly string[];
  readonly notes: readonly string[];
}

export interface VolumePlanOptions {
  /** Files and folders to be rescued before others, as `namedFiles` takes them. */
  readonly first: readonly string[];
  readonly signal: AbortSignal;
  /** Finds out what a file system other than NTFS uses; without it, all of it counts as used. */
  readonly findAllocation?: FindAllocation | undefined;
}

/** So much at both ends of a volume is always kept: labels of RAID and LVM, backups of superblocks. */
const EDGE_BYTES = 2 ** 16;

/** NTFS first: what it says about itself decides. `undefined` when nothing of NTFS can be read. */
export async function planNtfs(
  volume: VolumeReader,
  options: VolumePlanOptions,
): Promise<VolumePlan | undefined> {
  const survey = await surveyVolume(volume, options);
  if (!survey) return undefined;
  const metadata = survey.metadata.intersect(survey.used);
  const data = survey.used.subtract(metadata);
  const named = await findFirst(volume, options);
  const first = named.ranges.intersect(data);
  return {
    kind: 'ntfs',
    label: survey.label,
    survey,
    metadata,
    first,
    used: data.subtract(first),
    rest: RangeSet.EMPTY,
    unmatched: named.unmatched,
    notes: [...stateNotes(survey), ...survey.notes.map((note) => note.message)],
  };
}

/**
 * Any volume: NTFS where that is what it holds; other file systems by what `findAllocation` says of them; all
 * sectors of what is not known. `startBytes` is its place in the source.
 */
export async function planVolume(
  volume: VolumeReader,
  startBytes: number,
  options: VolumePlanOptions,
): Promise<VolumePlan> {
  const content = await identify(volume);
  if (content.kind === 'ntfs' || content.kind === 'unknown' || content.kind === 'unreadable') {
    const ntfs = await planNtfs(volume, options);
    if (ntfs) return ntfs;
  }
  const whole = RangeSet.single(0, volume.sizeBytes);
  const plan = {
    kind: content.kind,
    label: content.label,
    survey: undefined,
    metadata: RangeSet.EMPTY,
    first: RangeSet.EMPTY,
    unmatched: options.first,
  };
  const title = titleOf(content.kind);
  const find = HAS_FREE_SPACE.has(content.kind) ? options.findAllocation : undefined;
  if (!find) {
    const notes = HAS_FREE_SPACE.has(content.kind) ? [`${title}: its free space is not told apart.`] : [];
    return { ...plan, used: RangeSet.EMPTY, rest: whole, notes };
  }
  const { used: told, doubt } = await find(content.kind, volume, startBytes);
  const why = doubt ?? (told && (await unsettled(content, volume)));
  if (!told) {
    const notes = [`${title}: what is in use cannot be told, because ${why}; every sector is rescued.`];
    return { ...plan, used: RangeSet.EMPTY, rest: whole, notes };
  }
  const used = told.union(edges(volume.sizeBytes)).intersect(whole);
  if (!why) return { ...plan, used, rest: RangeSet.EMPTY, notes: [] };
  const notes = [`${title}: ${why}, so free space may hold data; it is rescued too, after what is in use.`];
  return { ...plan, used, rest: whole.subtract(used), notes };
}

/** File systems whose free space can be found out. */
const HAS_FREE_SPACE: ReadonlySet<ContentKind> = new Set([
  'ext2',
  'ext3',
  'ext4',
  'fat12',
  'fat16',
  'fat32',
  'exfat',
  'xfs',
  'btrfs',
  'hfsplus',
]);

const edges = (sizeBytes: number): RangeSet =>
  RangeSet.of([
    { start: 0, end: Math.min(sizeBytes, EDGE_BYTES) },
    { start: Math.max(0, sizeBytes - EDGE_BYTES), end: sizeBytes },
  ]);

/** Where the files lie that are wanted first, and what was named of which nothing is there. */
async function findFirst(
  reader: VolumeReader,
  { first, signal }: VolumePlanOptions,
): Promise<{ readonly ranges: RangeSet; readonly unmatched: readonly string[] }> {
  const opened = first.length > 0 ? await openNtfs(reader) : undefined;
  if (opened === undefined) return { ranges: RangeSet.EMPTY, unmatched: first };
  return namedFiles(opened.volume, first, signal);
}

/** What the state of the volume means for whoever uses the clone. */
function stateNotes(survey: VolumeSurvey): string[] {
  const notes: string[] = [];
  if (survey.dirty) {
    notes.push(
      'Windows was not shut down cleanly, or wants to check this volume: its clone will be checked too.',
    );
  }
  if (survey.hibernated) {
    notes.push(
      'A Windows is hibernated on this volume: do not write to the clone before that Windows has been started.',
    );
  }
  return notes;
}

/** Grows every range to whole sectors, cut to the size of the source. */
export function wholeSectors(set: RangeSet, sectorBytes: number, sizeBytes: number): RangeSet {
  const builder = new RangeSetBuilder();
  for (const { start, end } of set) {
    const from = Math.floor(start / sectorBytes) * sectorBytes;
    builder.add(from, Math.min(sizeBytes, Math.ceil(end / sectorBytes) * sectorBytes));
  }
  return builder.build();
}

/** What a plan is made with. */
export interface PlanOptions extends VolumePlanOptions {
  readonly allSectors: boolean;
  /** Whether the source may be divided into partitions; a partition is not looked at in this way. */
  readonly wholeDisk?: boolean | undefined;
}
