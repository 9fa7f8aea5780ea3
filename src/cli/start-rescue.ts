import { resolve } from 'node:path';
import { type EngineProcess, startEngine } from '../jobs/engine-process.ts';
import { placeJob } from '../jobs/job-place.ts';
import type { JobSpec } from '../jobs/job-spec.ts';
import type { RescueRequest } from '../tui/rescue/rescue-request.ts';

/** Starts an engine for what was chosen; map and job are put where they are best off. */
export async function startRescue(request: RescueRequest): Promise<EngineProcess> {
  const places = await placeJob({ ...request, map: undefined, job: undefined });
  // The screens tell where it is to somebody who may not know where they are themselves; in a drive it is a path there.
  const map = resolve(places.map);
  return startEngine({ ...request, ...places, map, report: undefined });
}

/** Goes on with a job: somebody is there to be asked, and it goes on by itself when they leave. */
export const resumeRescue = (spec: JobSpec): EngineProcess =>
  startEngine({ ...spec, hopeless: 'ask', detached: true });
