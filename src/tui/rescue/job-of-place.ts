import type { JobEnd } from '../../jobs/job-identity.ts';
import type { JobSummary } from '../../jobs/job-list.ts';
import type { Place } from '../disks/place.ts';
import { WORDS } from '../words.ts';

/** What a rescue that is known has to do with a disk or partition now, for people; undefined when nothing. */
export function rescueOf(place: Place, jobs: readonly JobSummary[]): string | undefined {
  const words = WORDS.disks.rescue;
  const running = jobs.filter(({ state }) => state === 'running');
  if (running.some(({ record }) => record && isAt(record.source, place))) return words.running;
  if (running.some(({ record }) => record && isAt(record.target.on ?? record.target, place)))
    return words.target;
  const isUnfinished = ({ state }: JobSummary): boolean => UNFINISHED.has(state);
  const begun = jobs.some((job) => isUnfinished(job) && job.record && isAt(job.record.source, place));
  return begun ? words.begun : undefined;
}

const UNFINISHED: ReadonlySet<JobSummary['state']> = new Set([
  'interrupted',
  'stopped',
  'source-gone',
  'failed',
]);

/** Whether an end of a job is that disk or partition, or a part of that disk: by serial number, else by path and size. */
function isAt(end: JobEnd, { disk, partition }: Place): boolean {
  if (end.kind !== 'block') return false;
  const parts = partition ? [partition] : [disk, ...disk.partitions];
  if (end.serial !== undefined && disk.serial !== undefined) {
    if (end.serial !== disk.serial) return false;
    if (!partition) return true;
    const { startBytes, sizeBytes } = partition;
    return (
      end.partitionStartBytes === undefined ||
      (end.partitionStartBytes === startBytes && end.sizeBytes === sizeBytes)
    );
  }
  return parts.some(({ path, sizeBytes }) => path === end.path && sizeBytes === end.sizeBytes);
}
