import { placeJob } from '../jobs/job-place.ts';
import { canAsk } from './confirm.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { runInFront } from './follow.ts';
import { helpFor } from './help.ts';
import { parseRescueArguments } from './rescue-arguments.ts';

/** `lifeboat rescue`: saves a source to a target. */
export async function rescueCommand(words: readonly string[]): Promise<ExitCode> {
  const { help, json, plain, job, on, spec } = parseRescueArguments(words);
  if (help) {
    process.stdout.write(helpFor('rescue') ?? '');
    return EXIT.saved;
  }
  const places = await placeJob({ ...spec, job, on });
  const asks = canAsk() && !json && !spec.detached;
  const hopeless = spec.hopeless ?? (asks ? 'ask' : 'try');
  const fixGpt = spec.fixGpt ?? (asks ? 'ask' : 'no');
  return runInFront({ ...spec, ...places, hopeless, fixGpt }, json, plain);
}
