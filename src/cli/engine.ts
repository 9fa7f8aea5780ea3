import { createInterface } from 'node:readline';
import { lockAllAgain } from '../block/unlocked-target.ts';
import type { CloneEvent } from '../jobs/clone-events.ts';
import { runCloneJob } from '../jobs/clone-job.ts';
import type { CloneCommand, CloneSpec } from '../jobs/clone-spec.ts';
import { runJob } from '../jobs/engine.ts';
import type { EngineHost } from '../jobs/engine-host.ts';
import type { JobEvent } from '../jobs/job-events.ts';
import type { EngineCommand, JobSpec } from '../jobs/job-spec.ts';
import { EXIT } from './exit-codes.ts';

/**
 * The body of an engine process: the job, a rescue or a clone, comes in as the first line on standard input, commands
 * follow, events go out on standard output. The end of standard input means that whoever started the job is gone: the
 * job then stops in good order, as it does on SIGTERM; unless it is a detached one that has begun, which goes on.
 */
export async function engineCommand(): Promise<number> {
  const stopping = onceOnly();
  const skipping = onceOnly();
  const pausing = pauseWishes();
  let confirm: () => void = () => undefined;
  const [hopeless, fixGpt] = [answers(), answers()];
  const confirmed = new Promise<void>((resolve) => {
    confirm = resolve;
  });
  const stop = (): void => stopping.happen();
  let isOnItsOwn = false;
  /** Whoever started the job is gone. */
  const leftAlone = (): void => {
    if (!isOnItsOwn) stop();
  };
  process.on('SIGTERM', stop);
  // Ctrl-C reaches the whole process group; the front end decides what it means.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', leftAlone);
  // A front end that is gone cannot be told so; the end of its input stops the job.
  process.stdout.on('error', leftAlone);

  const obey = (command: EngineCommand | CloneCommand): void => {
    switch (command.do) {
      case 'confirm':
        confirm();
        break;
      case 'hopeless':
        hopeless.give(command.try);
        break;
      case 'fix-gpt':
        fixGpt.give(command.fix);
        break;
      case 'pause':
      case 'resume':
        pausing.wish(command.do === 'pause');
        break;
      case 'stop':
        stop();
        if ('skipMarking' in command && command.skipMarking) skipping.happen();
        break;
    }
  };
  const input = createInterface({ input: process.stdin });
  const first = new Promise<JobSpec | CloneSpec | undefined>((resolve) => {
    let spec: JobSpec | CloneSpec | undefined;
    input.on('line', (line) => {
      if (spec === undefined) {
        spec = JSON.parse(line) as JobSpec | CloneSpec;
        resolve(spec);
        return;
      }
      obey(JSON.parse(line) as EngineCommand);
    });
    input.on('close', () => {
      resolve(undefined);
      leftAlone();
    });
  });
  const spec = await first;
  if (!spec) return EXIT.usage;
  if ('task' in spec) {
    await runCloneJob(spec, { emit, confirmed: () => confirmed, onStop: stopping.listen });
    return EXIT.saved;
  }
  // Ctrl-Z reaches the whole group as well: the front end asks for a pause, in which the map is still saved, and stops
  // itself. A clone is simply stopped with it.
  process.on('SIGTSTP', () => undefined);
  const host: EngineHost = {
    emit: (event) => {
      // Only what can be watched and stopped from elsewhere may be left alone.
      if (event.event === 'start') isOnItsOwn = spec.detached && event.job !== undefined;
      emit(event);
    },
    obey,
    confirmed: () => confirmed,
    hopelessAnswer: hopeless.ask,
    fixGptAnswer: fixGpt.ask,
    onStop: stopping.listen,
    onSkipMarking: skipping.listen,
    onPause: pausing.listen,
  };
  try {
    await runJob(spec, host);
  } finally {
    // Who stops a job while it is being prepared leaves behind what it has just opened.
    await lockAllAgain();
  }
  return EXIT.saved;
}

/** A front end that does not keep up misses pictures of the progress, never anything else. */
function emit(event: JobEvent | CloneEvent): void {
  if (process.stdout.destroyed) return;
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

/** Answers to a question that may be asked more than once: each time one of its own is waited for. */
function answers(): { ask(): Promise<boolean>; give(answer: boolean): void } {
  let give: (answer: boolean) => void = () => undefined;
  return {
    ask: () =>
      new Promise((resolve) => {
        give = resolve;
      }),
    give: (answer) => give(answer),
  };
}

/** Whether there shall be a pause; who listens late hears the latest wish at once. */
function pauseWishes(): { wish(pause: boolean): void; listen(listener: (pause: boolean) => void): void } {
  let latest: boolean | undefined;
  let tell: (pause: boolean) => void = () => undefined;
  return {
    wish: (pause) => {
      latest = pause;
      tell(pause);
    },
    listen: (listener) => {
      tell = listener;
      if (latest !== undefined) listener(latest);
    },
  };
}
