import { type AttachedJob, attachJob } from '../jobs/attach.ts';
import type { DoneEvent } from '../jobs/job-events.ts';
import { folderOfJob } from '../jobs/job-name.ts';
import { canAsk, confirmGptFix, confirmHopeless } from './confirm.ts';
import { EXIT, type ExitCode, exitCodeOfRescue } from './exit-codes.ts';
import { viewFor } from './follow.ts';
import { helpFor } from './help.ts';
import { withJob } from './job-commands.ts';
import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';
import type { JobView } from './view.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** `lifeboat attach JOB`: watches a job that another process has started. */
export async function attachCommand(words: readonly string[]): Promise<ExitCode> {
  const wanted = parse(words, 'attach');
  if (wanted.help) return helped('attach');
  return withJob(async () => {
    const job = await attachJob(await folderOfJob(wanted.job));
    let hasLeft = false;
    const leave = (): void => {
      hasLeft = true;
      job.leave();
    };
    for (const signal of SIGNALS) process.on(signal, leave);
    const done = await watch(job, wanted.json, 'Ctrl-C ends the watching; the rescue goes on.');
    if (done) return exitCodeOfRescue(done);
    if (!hasLeft) return died(job);
    process.stderr.write('lifeboat: watched no longer; the rescue goes on.\n');
    return EXIT.stopped;
  });
}

/** `lifeboat stop JOB`: stops a running job, and waits until it has stopped. */
export async function stopCommand(words: readonly string[]): Promise<ExitCode> {
  const wanted = parse(words, 'stop');
  if (wanted.help) return helped('stop');
  return withJob(async () => {
    const job = await attachJob(await folderOfJob(wanted.job));
    job.send({ do: 'stop', skipMarking: wanted.skipMarking });
    return (await watch(job, wanted.json, 'Stopping: the map is saved, unread sectors are marked.'))
      ? EXIT.saved
      : died(job);
  });
}

/** Shows what the job tells until it ends or nothing more is heard of it; its last word, if there was one. */
async function watch(job: AttachedJob, json: boolean, hint: string): Promise<DoneEvent | undefined> {
  const view: JobView = viewFor(json, false);
  if (!json) view.say(hint);
  try {
    for await (const event of job.events) {
      view.show(event);
      if (event.event === 'done') return event;
      if (event.event === 'question' && event.code === 'hopeless-left' && canAsk() && !json) {
        job.send({ do: 'hopeless', try: await confirmHopeless(event) });
      }
      if (event.event === 'question' && event.code === 'gpt-not-right' && canAsk() && !json) {
        job.send({ do: 'fix-gpt', fix: await confirmGptFix(event) });
      }
    }
    return undefined;
  } finally {
    view.close();
  }
}

function died({ pid }: AttachedJob): ExitCode {
  process.stderr.write(
    `lifeboat: the rescue process ${pid} ended unexpectedly; the map holds what was saved. lifeboat resume goes on.\n`,
  );
  return EXIT.failed;
}

function helped(command: string): ExitCode {
  process.stdout.write(helpFor(command) ?? '');
  return EXIT.saved;
}

function parse(words: readonly string[], command: 'attach' | 'stop') {
  const { values, positionals } = parsed(words, command);
  const [job, ...rest] = positionals;
  if (!values.help && !job) throw new UsageError(`say which job: lifeboat ${command} JOB`, command);
  if (rest.length > 0) throw new UsageError(`one job is expected, found also "${rest.join(' ')}"`, command);
  const skipMarking = values['skip-marking'] ?? false;
  if (skipMarking && command === 'attach') throw new UsageError('--skip-marking is for stop', command);
  return { help: values.help ?? false, job: job ?? '', json: values.json ?? false, skipMarking };
}

function parsed(words: readonly string[], command: string) {
  return parseWords(words, command, {
    'skip-marking': { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
}
