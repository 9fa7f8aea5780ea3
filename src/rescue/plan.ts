import type { RangeSet } from '../block/range-set.ts';
import type { VolumeSurvey } from '../ntfs/survey.ts';
import type { Partition, PartitionTable } from '../partition/partition.ts';
import type { ContentKind } from '../probe/content/content.ts';

/** Parts of a plan, in the order in which they are rescued. */
export type StageName = 'metadata' | 'first' | 'used' | 'free' | 'everything';

/** Sectors of one kind; no sector is in two stages of a plan. */
export interface Stage {
  readonly name: StageName;
  readonly domain: RangeSet;
}

/** One volume of the plan, with its place in the source. */
export interface PlannedVolume {
  /** The partition that holds it; undefined for a volume that fills the source, or that no table names. */
  readonly partition: Partition | undefined;
  readonly startBytes: number;
  /** What of it lies inside of the source. */
  readonly sizeBytes: number;
  readonly kind: ContentKind;
  readonly label: string | undefined;
  /** Undefined for what is not NTFS. */
  readonly survey: VolumeSurvey | undefined;
  /** What is rescued of it, in bytes of the source. */
  readonly domain: RangeSet;
}

/** What is to be rescued, and in which order. */
export interface RescuePlan {
  /** The NTFS volume that fills the source; undefined for whole disks and for everything else. */
  readonly survey: VolumeSurvey | undefined;
  /** How the source is divided; undefined for a source that is one volume. */
  readonly table: PartitionTable | undefined;
  /** What lies in it, by place: one volume, or those in the partitions of a disk. */
  readonly volumes: readonly PlannedVolume[];
  readonly stages: readonly Stage[];
  /** All stages together. */
  readonly domain: RangeSet;
  /** The structures from which the plan was made. */
  readonly structures: RangeSet;
  /** False when some of them could not be read: what they hold is not in the plan yet. */
  readonly complete: boolean;
  /** Bytes of volumes and partitions that lie behind the end of the source: it is cut. */
  readonly missingBytes: number;
  /** Sector size of the smallest of the volumes; undefined when none tells. */
  readonly sectorBytes: number | undefined;
  /** What the user should know of the volume, one sentence each. */
  readonly notes: readonly string[];
}

/** Bytes of a stage; 0 when the plan has none of that name. */
export const stageBytes = (plan: RescuePlan, name: StageName): number =>
  plan.stages.find((stage) => stage.name === name)?.domain.totalBytes ?? 0;

/** Whether nothing of the structures is left to be found. */
export const isComplete = (survey: VolumeSurvey): boolean =>
  survey.mftComplete && survey.recordsUnreadable === 0 && survey.bitmapUnknown.isEmpty;

/** Clusters behind the end of what there is of a volume; a missing backup boot sector alone does not count. */
export const missingOf = ({ boot }: VolumeSurvey, sizeBytes: number): number =>
  Math.max(0, boot.clusterCount * boot.clusterBytes - sizeBytes);

/** What was named to come first, of which nothing is there. */
export function firstNotes(unmatched: readonly string[], where: 'volume' | 'disk'): string[] {
  if (unmatched.length === 0) return [];
  const words = unmatched.map((word) => `"${word}"`).join(', ');
  return [`Nothing on the ${where} is named by --first ${words}, as far as it can be read.`];
}
