import { type ContentKind, titleOf } from '../probe/content/content.ts';
import type { RescuePlan } from './plan.ts';

/** A part of a disk, as events, reports and maps name it. */
export interface PartitionFacts {
  /** As the kernel counts; missing for a volume that no table names. */
  readonly number: number | undefined;
  readonly startBytes: number;
  /** What of it lies on the disk. */
  readonly sizeBytes: number;
  /** The type in the table in words, or as the table has it. */
  readonly type: string | undefined;
  /** Its name in a GPT. */
  readonly name: string | undefined;
  readonly fileSystem: ContentKind;
  readonly label: string | undefined;
  /** Bytes of it that are to be rescued. */
  readonly domainBytes: number;
}

/** The partitions of a disk and what they hold, by place; empty for a source that is one volume. */
export function partitionFacts(plan: RescuePlan): PartitionFacts[] {
  if (!plan.table) return [];
  return plan.volumes.map(({ partition, startBytes, sizeBytes, kind, label, domain }) => ({
    number: partition?.number,
    startBytes,
    sizeBytes,
    type: partition && (partition.typeName ?? partition.type),
    name: partition?.name || undefined,
    fileSystem: kind,
    label: label || undefined,
    domainBytes: domain.totalBytes,
  }));
}

/** `partition 2 (NTFS "Windows")`. */
export function partitionTitle({
  number,
  startBytes,
  fileSystem,
  label,
}: Pick<PartitionFacts, 'number' | 'startBytes' | 'fileSystem' | 'label'>): string {
  const name = number === undefined ? `volume at byte ${startBytes}` : `partition ${number}`;
  return `${name} (${titleOf(fileSystem)}${label ? ` "${label}"` : ''})`;
}

const PREFIX = 'Partition: ';

/** The comment lines of a map that carry them, for whoever looks at the map later. */
export const partitionComments = (partitions: readonly PartitionFacts[]): string[] =>
  partitions.map((one) => `${PREFIX}${JSON.stringify(one)}`);

/** What `partitionComments` wrote, as far as it makes sense for a source of `sizeBytes`. */
export function partitionsFromComments(comments: readonly string[], sizeBytes: number): PartitionFacts[] {
  return comments.flatMap((comment) => {
    if (!comment.startsWith(PREFIX)) return [];
    try {
      const value = JSON.parse(comment.slice(PREFIX.length)) as PartitionFacts | null;
      const isPlace = (at: unknown): at is number => Number.isSafeInteger(at) && (at as number) >= 0;
      const fits = isPlace(value?.startBytes) && isPlace(value.sizeBytes);
      return fits && value.startBytes + value.sizeBytes <= sizeBytes ? [value] : [];
    } catch (error) {
      // Some other program's comment may begin like ours.
      if (error instanceof SyntaxError) return [];
      throw error;
    }
  });
}
