import { describePath } from '../../block/device-facts.ts';
import { checkTarget } from '../../block/guards.ts';
import type { BlockFacts, FileFacts, MissingFacts } from '../../block/path-facts.ts';
import { describeAttached } from '../../probe/attached.ts';
import type { Health } from '../../probe/health/health.ts';
import { askHealth } from '../../probe/health/smartctl.ts';
import { Refusal } from '../refusal.ts';
import type { BootTarget } from './boot-target.ts';
import type { DiskJobs } from './disk-jobs.ts';

/** A source that has nothing in common with any device: the checks of the target alone remain. */
const NO_SOURCE: MissingFacts = {
  kind: 'missing',
  path: 'nothing',
  parent: '/',
  parentExists: true,
  danglingLink: false,
};

/**
 * Refuses to write to what must not be changed: a disk that any job reads from, one that is failing, mounted, in use,
 * the stick of the live image, or still being written by a rescue. Throws a `Refusal`; `force` passes those that a
 * person may pass.
 */
export async function guardRepair(target: BootTarget, jobs: DiskJobs, force: boolean): Promise<void> {
  const { facts } = target;
  refuseSource(target, jobs, force);
  const inUse = await checkTarget(NO_SOURCE, await describePath(target.wholePath), 0);
  if (inUse !== undefined) throw new Refusal(inUse.code, inUse.message, inUse.advice);
  refuseUnfinished(target, jobs, force);
  refuseFailing(target.wholePath, await healthOfDisk(facts));
}

/** A disk that says of itself that it is failing is never written to, whoever insists. Throws a `Refusal`. */
export function refuseFailing(path: string, health: Health | undefined): void {
  if (health?.verdict !== 'failing') return;
  const [reason] = health.reasons;
  throw new Refusal(
    'disk-failing',
    `${path} is failing: ${reason?.message ?? 'it says so itself.'}`,
    'Clone it to a healthy disk, and work on the clone.',
  );
}

function refuseSource({ wholePath }: BootTarget, { asSource }: DiskJobs, force: boolean): void {
  const sure = asSource.find(({ certainty }) => certainty === 'same');
  const [job] = sure === undefined ? asSource : [sure];
  if (job === undefined || (sure === undefined && force)) return;
  const how = sure === undefined ? 'looks like' : 'is';
  throw new Refusal(
    'source-of-job',
    `${wholePath} ${how} the source of the job in ${job.summary.folder}: a source is never written to.`,
    'Mend the copy. If this disk is no source any more, delete the folder of that job.',
    sure === undefined,
  );
}

/** What a rescue still has to write would lie beside, or over, what was mended. */
function refuseUnfinished({ wholePath }: BootTarget, { asTarget }: DiskJobs, force: boolean): void {
  const running = asTarget.find(({ summary }) => summary.state === 'running');
  if (running !== undefined) {
    throw new Refusal(
      'target-of-job',
      `The job in ${running.summary.folder} is writing to ${wholePath} at this moment.`,
      'Wait for it, or stop it first: lifeboat stop.',
    );
  }
  const [latest] = asTarget;
  const isDone =
    latest === undefined || latest.summary.state === 'saved' || latest.summary.state === 'losses';
  if (isDone || force) return;
  throw new Refusal(
    'job-unfinished',
    `The rescue to ${wholePath} (${latest.summary.folder}) is not finished.`,
    'Finish it first: lifeboat resume.',
    true,
  );
}

/** The health of the disk itself; undefined for an image. A disk that does not tell in time has none to tell. */
export async function healthOfDisk(facts: BlockFacts | FileFacts): Promise<Health | undefined> {
  if (facts.kind !== 'block') return undefined;
  const attached = await describeAttached(facts.diskName.replaceAll('/', '!'), undefined);
  return attached && askHealth(attached, new AbortController().signal);
}
