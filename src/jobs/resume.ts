import { readBootId } from '../block/boot-id.ts';
import { describePath } from '../block/device-facts.ts';
import { endAt, type FoundEnd, findEnd } from './find-end.ts';
import {
  asTarget,
  type Certainty,
  type Difference,
  differences,
  endOf,
  type JobEnd,
  recognise,
} from './job-identity.ts';
import { readJob } from './job-list.ts';
import { mapOf } from './job-place.ts';
import type { JobSpec } from './job-spec.ts';
import { isMapThere } from './map-store.ts';
import { Refusal } from './refusal.ts';

/** What may be said when a job is gone on with. */
export interface ResumeWishes {
  /** Where source and target are now; found by what the job knows of them. Of a file in a drive: the drive. */
  readonly source: string | undefined;
  readonly target: string | undefined;
  readonly detached: boolean;
  readonly overwrite: boolean;
  readonly force: boolean;
}

/** A job that cannot be gone on with because something else is attached. */
export class WrongDisk extends Refusal {
  /** The path of what is there now. */
  readonly path: string;
  readonly differences: readonly Difference[];

  constructor(message: string, advice: string, path: string, differences: readonly Difference[]) {
    super('wrong-disk', message, advice);
    this.path = path;
    this.differences = differences;
  }
}

/**
 * The specification with which the job in `folder` goes on: its own options, and source and target wherever they are
 * now. Throws a `Refusal`, a `WrongDisk` with the differences when another disk is attached; nothing is opened for
 * writing.
 */
export async function resumeSpec(
  folder: string,
  wishes: ResumeWishes,
): Promise<Omit<JobSpec, 'waitSeconds'>> {
  const job = await readJob(folder);
  if (job.record === undefined) {
    throw new Refusal(
      'damaged-job',
      `The job cannot be gone on with: ${job.problem}.`,
      'Its map has all that counts: give the command lifeboat rescue with source, target and --map.',
    );
  }
  const { record } = job;
  const map = await mapOf(record);
  // In a drive that is not mounted yet it is looked for when it is.
  if (!record.mapOnDrive && (record.progress?.savedBytes ?? 0) > 0 && !(await isMapThere(map))) {
    throw new Refusal(
      'map-missing',
      `The map ${map} of the job is not there; without it the rescue would begin anew.`,
      'Attach the drive on which it lies, or give the command lifeboat rescue with --force to begin anew.',
    );
  }
  const taken = new Set<string>();
  const source = await placeOfEnd('source', record.source, wishes.source, record.near.source, taken);
  const sourceFacts = await describePath(source.path);
  if (sourceFacts.kind === 'block') taken.add(sourceFacts.majorMinor);
  const { on } = record.target;
  const target = await placeOfEnd('target', on ?? record.target, wishes.target, record.near.target, taken);
  if (source.certainty === 'alike' && target.certainty === 'alike') {
    await refuseTwins(on ?? record.target, source.path, target.path);
  }
  return {
    ...record.options,
    source: source.path,
    target: on ? record.target.path : target.path,
    map,
    on: on && { path: target.path, holdsMap: record.mapOnDrive ?? false },
    job: { folder, chosen: true },
    detached: wishes.detached,
    overwrite: wishes.overwrite,
    force: wishes.force,
  };
}

type Placed = Extract<FoundEnd, { kind: 'found' }>;

async function placeOfEnd(
  what: 'source' | 'target',
  recorded: JobEnd,
  wanted: string | undefined,
  near: string | undefined,
  taken: ReadonlySet<string>,
): Promise<Placed> {
  if (wanted !== undefined) {
    await recogniseAt(what, recorded, wanted);
    // Who names it is sure of it.
    return { kind: 'found', path: wanted, certainty: 'same' };
  }
  const found = await findEnd(recorded, near, taken);
  if (found.kind === 'found') return found;
  if (found.kind === 'unsure') {
    throw new Refusal(
      'unsure-disk',
      `Which of ${found.paths.join(', ')} is the ${what} of this job cannot be told: they say nothing of themselves.`,
      `Name it with --${what}, when you are sure.`,
    );
  }
  const { path } = recorded;
  const advice = `Check cable and power of the ${what}; if it is attached under another name, name it with --${what}.`;
  if (found.differences.length === 0) {
    throw new Refusal(`${what}-missing`, `The ${what} of this job is not there: it was ${path}.`, advice);
  }
  const message = `The ${what} of this job is not attached; ${path} is another one now.`;
  throw new WrongDisk(message, advice, path, found.differences);
}

/**
 * How sure it is that what was named is that end of the job. Throws a `WrongDisk` when it is another one; what is not
 * there speaks for itself later.
 */
export async function recogniseAt(
  what: 'source' | 'target',
  recorded: JobEnd,
  path: string,
): Promise<Certainty> {
  const end = await endAt(path, await readBootId());
  if (end === undefined) return 'alike';
  const found = what === 'target' ? asTarget(end, recorded) : end;
  const different = differences(recorded, found);
  if (different.length === 0) return recognise(recorded, found) ?? 'alike';
  throw new WrongDisk(
    `${path} is not the ${what} of this job.`,
    `Attach the ${what} of the job, or name it with --${what}.`,
    path,
    different,
  );
}

/** Two devices of one size that say nothing of themselves: to take one for the other would overwrite the source. */
async function refuseTwins(recorded: JobEnd, source: string, target: string): Promise<void> {
  const facts = await describePath(source);
  if (facts.kind !== 'block') return;
  const end = endOf(facts, facts.sizeBytes, await readBootId());
  if (end === undefined || recognise(recorded, end) === undefined) return;
  throw new Refusal(
    'unsure-disk',
    `Which of ${source} and ${target} is the source of this job cannot be told: they are of one size and say nothing of themselves.`,
    'Name both with --source and --target, when you are sure.',
  );
}
