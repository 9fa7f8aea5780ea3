import { readBootId } from '../../block/boot-id.ts';
import { describePath } from '../../block/device-facts.ts';
import type { BlockFacts, FileFacts } from '../../block/path-facts.ts';
import { onDisk } from '../end-disk.ts';
import { type Certainty, endOf } from '../job-identity.ts';
import { type JobSummary, listJobs, readJob } from '../job-list.ts';
import type { PlacedRecord } from '../job-record.ts';

/** A job that has to do with a disk. */
export interface DiskJob {
  readonly summary: JobSummary;
  readonly record: PlacedRecord;
  /** How sure it is that it is this disk. */
  readonly certainty: Certainty;
  /** Where in the disk that end of the job lies, in bytes. */
  readonly startBytes: number;
}

/** The jobs that read from a disk, or have written to it; the latest first. */
export interface DiskJobs {
  readonly asSource: readonly DiskJob[];
  readonly asTarget: readonly DiskJob[];
}

/** Looks through all jobs that are known, and the one beside an image, for a disk (or for partitions of it). */
export async function jobsOfDisk(facts: BlockFacts | FileFacts): Promise<DiskJobs> {
  const here = endOf(facts, facts.sizeBytes, await readBootId());
  if (here === undefined) return { asSource: [], asTarget: [] };
  const jobs = await listJobs();
  const beside = facts.kind === 'file' ? `${facts.realPath.replace(/\.map$/, '')}.lifeboat` : undefined;
  if (beside !== undefined && !jobs.some(({ folder }) => folder === beside)) {
    if ((await describePath(beside)).kind === 'directory') jobs.push(await readJob(beside));
  }
  const find = (which: 'source' | 'target'): DiskJob[] =>
    jobs.flatMap((summary) => {
      const { record } = summary;
      const certainty = record && onDisk(record[which], here);
      if (record === undefined || certainty === undefined) return [];
      return [{ summary, record, certainty, startBytes: record[which].partitionStartBytes ?? 0 }];
    });
  return { asSource: find('source'), asTarget: find('target') };
}
