import { resolve } from 'node:path';
import { attachJob } from '../jobs/attach.ts';
import { type EngineProcess, startEngine } from '../jobs/engine-process.ts';
import { type InquiryAnswer, inquire } from '../jobs/inquiry.ts';
import type { JobPlaces } from '../jobs/job-place.ts';
import type { JobSpec } from '../jobs/job-spec.ts';
import { Refusal } from '../jobs/refusal.ts';
import type { RescueRequest } from '../tui/rescue/rescue-request.ts';
import type { JobLink } from '../tui/rescue/watched-job.ts';

/** Finds out where map and job of what was chosen are best off; a drive that hangs holds up a process of its own. */
export const placeRescue = ({ source, target, on }: RescueRequest): Promise<InquiryAnswer<'place'>> =>
  inquire({ ask: 'place', source, target, on });

/** Starts an engine for what was chosen. */
export function startRescue(request: RescueRequest, { map, job, on }: JobPlaces): EngineProcess {
  // The screens tell where it is to somebody who may not know where they are themselves; in a drive it is a path there.
  return startEngine({ ...request, map: resolve(map), job, on, report: undefined });
}

/** Goes on with a job: somebody is there to be asked, and it goes on by itself when they leave. */
export const resumeRescue = (spec: JobSpec): EngineProcess =>
  startEngine({ ...spec, hopeless: 'ask', detached: true });

/** Begins to watch a running job, as `attachJob` does. */
export const attachRescue = (folder: string): Promise<JobLink> =>
  attachJob(folder, async () => {
    const found = await inquire({ ask: 'holder', folder });
    if (found.kind === 'answer') return found.answer ?? undefined;
    const { message, advice } = found.refusal;
    throw new Refusal('not-watchable', message, advice);
  });
