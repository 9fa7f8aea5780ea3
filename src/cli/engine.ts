import { createInterface } from 'node:readline';
import { runJob } from '../jobs/engine.ts';
import type { JobEvent } from '../jobs/job-events.ts';
import type { EngineCommand, JobSpec } from '../jobs/job-spec.ts';
import { EXIT } from './exit-codes.ts';

/**
 * The body of an engine process: the job comes in as the first line on standard input, commands follow, events go out
 * on standard output. The end of standard input means that whoever started the job is gone: the job then stops in
 * good order, as it does on SIGTERM.
 */
export async function engineCommand(): Promise<number> {
  const stopping = onceOnly();
  const skipping = onceOnly();
  let confirm: () => void = () => undefined;
  let answerHopeless: (go: boolean) => void = () => undefined;
  const hopelessAnswer = new Promise<boolean>((resolve) => {
    answerHopeless = resolve;
  });
  const confirmed = new Promise<void>((resolve) => {
    confirm = resolve;
  });
  const stop = (): void => stopping.happen();
  process.on('SIGTERM', stop);
  // Ctrl-C reaches the whole process group; the front end decides what it means.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', stop);
  // A front end that is gone cannot be told so; the end of its input stops the job.
  process.stdout.on('error', stop);

  const input = createInterface({ input: process.stdin });
  const first = new Promise<JobSpec | undefined>((resolve) => {
    let spec: JobSpec | undefined;
    input.on('line', (line) => {
      if (spec === undefined) {
        spec = JSON.parse(line) as JobSpec;
        resolve(spec);
        return;
      }
      const command = JSON.parse(line) as EngineCommand;
      if (command.do === 'confirm') confirm();
      else if (command.do === 'hopeless') answerHopeless(command.try);
      else {
        stop();
        if (command.skipMarking) skipping.happen();
      }
    });
    input.on('close', () => {
      resolve(undefined);
      stop();
    });
  });
  const spec = await first;
  if (!spec) return EXIT.usage;
  await runJob(spec, {
    emit,
    confirmed: () => confirmed,
    hopelessAnswer: () => hopelessAnswer,
    onStop: stopping.listen,
    onSkipMarking: skipping.listen,
  });
  return EXIT.saved;
}

/** A front end that does not keep up misses pictures of the progress, never anything else. */
function emit(event: JobEvent): void {
  if (event.event === 'progress' && process.stdout.writableNeedDrain) return;
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** Something that happens once, and that those who come later hear of at once. */
function onceOnly(): { happen(): void; listen(listener: () => void): void } {
  let happened = false;
  const listeners: (() => void)[] = [];
  return {
    happen: () => {
      if (happened) return;
      happened = true;
      for (const listener of listeners) listener();
    },
    listen: (listener) => {
      listeners.push(listener);
      if (happened) listener();
    },
  };
}
