import { readBootId } from '../block/boot-id.ts';
import { describePath } from '../block/device-facts.ts';
import { errnoName } from '../block/errno.ts';
import type { BlockFacts, FileFacts, PathFacts } from '../block/path-facts.ts';
import { findNode } from '../block/sysfs.ts';
import type { Disk, Machine, Partition } from '../probe/machine.ts';
import { onDisk, onVolume } from './end-disk.ts';
import { type Certainty, endOf, type JobEnd } from './job-identity.ts';
import type { JobSummary } from './job-list.ts';
import { loadRecord } from './job-load.ts';
import { type ListedFolder, listedFolders } from './job-registry.ts';
import { Refusal } from './refusal.ts';

/** What a job was made to save, and where the job is kept. */
export interface JobSource {
  readonly folder: string;
  readonly source: JobEnd;
}

/** The code of the refusal of a target that is the source of a job. */
const SOURCE_OF_JOB = 'source-of-job';

const ADVICE = 'Choose another one. If that disk is no source any more, delete the folder of that job.';

/** The sources of all jobs in the list whose folders can be read, and what of the list cannot be, a sentence each. */
async function jobSources(): Promise<{ readonly sources: JobSource[]; readonly notes: string[] }> {
  let listed: ListedFolder[];
  try {
    listed = await listedFolders();
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    const what = `The list of jobs cannot be read: ${(error as Error).message}.`;
    return { sources: [], notes: [`${what} Whether the target is the source of one is not known.`] };
  }
  const folders = listed.filter(({ isAway, problem }) => !isAway && problem === undefined);
  const loaded = await Promise.all(
    folders.map(async ({ folder }) => ({ folder, record: await loadRecord(folder) })),
  );
  return {
    sources: loaded.flatMap(({ folder, record }) =>
      record.kind === 'record' ? [{ folder, source: record.record.source }] : [],
    ),
    notes: listed.flatMap(({ folder, problem }) =>
      problem === undefined ? [] : [`${folder} of the list of jobs is passed over: ${problem}.`],
    ),
  };
}

/** The same of jobs that were listed already. */
export const sourcesOf = (jobs: readonly JobSummary[]): JobSource[] =>
  jobs.flatMap(({ folder, record }) => (record ? [{ folder, source: record.source }] : []));

/**
 * Refuses to write to what any job in the list was made to save, also when it is not being read now: a device on such
 * a disk, the image that was saved, or a file or folder in a mounted volume that was. Throws a `Refusal`. `force`
 * passes what only looks like it (no serial number, the same model and size); nothing passes what it surely is.
 * Resolves to what of the list could not be read, a sentence each.
 */
export async function refuseJobSource(target: PathFacts, force = false): Promise<string[]> {
  const { sources, notes } = await jobSources();
  if (sources.length === 0) return notes;
  const bootId = await readBootId();
  for (const { facts, isHost } of await touched(target)) {
    const here = endOf(facts, facts.sizeBytes, bootId);
    const job = here && jobAt(sources, here, isHost ? onVolume : onDisk);
    if (job === undefined || (job.certainty === 'alike' && (force || isHost))) continue;
    const how = job.certainty === 'same' ? 'is' : 'looks like';
    const where = isHost ? `${target.path} lies on ${facts.path}, which` : target.path;
    throw new Refusal(
      SOURCE_OF_JOB,
      `${where} ${how} the source of the job in ${job.folder}: a source is never written to.`,
      ADVICE,
      job.certainty === 'alike',
    );
  }
  return notes;
}

/** What writing there would change: the device or file itself, and the device of the file system that it lies in. */
async function touched(
  target: PathFacts,
): Promise<{ readonly facts: BlockFacts | FileFacts; readonly isHost: boolean }[]> {
  if (target.kind === 'block') return [{ facts: target, isHost: false }];
  if (target.kind === 'other') return [];
  const itself = target.kind === 'file' ? [{ facts: target, isHost: false }] : [];
  const node = target.hostDevice === undefined ? undefined : await findNode(target.hostDevice);
  const host = node && (await describePath(`/dev/${node.name}`));
  return host?.kind === 'block' ? [...itself, { facts: host, isHost: true }] : itself;
}

/** The same picture, in which disks that a job was made to save cannot be chosen as targets. */
export function withJobSources(machine: Machine, sources: readonly JobSource[]): Machine {
  if (sources.length === 0) return machine;
  return { ...machine, disks: machine.disks.map((disk) => guarded(disk, sources)) };
}

function guarded(disk: Disk, sources: readonly JobSource[]): Disk {
  const job = jobAt(sources, endOfDisk(disk), onDisk);
  if (job?.certainty !== 'same') return disk;
  const notTarget = {
    code: SOURCE_OF_JOB,
    message: 'It is the source of a job: a source is never written to.',
    advice: ADVICE,
    overridable: false,
  };
  const use = (one: Disk | Partition): Disk['use'] => ({ ...one.use, notTarget });
  return {
    ...disk,
    use: use(disk),
    partitions: disk.partitions.map((partition) => ({ ...partition, use: use(partition) })),
  };
}

function endOfDisk({ path, sizeBytes, model, serial, backingFile }: Disk): JobEnd {
  return {
    path,
    kind: 'block',
    sizeBytes,
    ...(model !== undefined && { model }),
    ...(serial !== undefined && { serial }),
    ...(backingFile !== undefined && { backingFile }),
  };
}

/** The job that is surest to have been made to save this; undefined when there is none. */
function jobAt(
  sources: readonly JobSource[],
  here: JobEnd,
  compare: (end: JobEnd, here: JobEnd) => Certainty | undefined,
): { readonly folder: string; readonly certainty: Certainty } | undefined {
  const found = sources.flatMap(({ folder, source }) => {
    const certainty = compare(source, here);
    return certainty === undefined ? [] : [{ folder, certainty }];
  });
  return found.find(({ certainty }) => certainty === 'same') ?? found[0];
}
