import { OpenError } from '../block/open-error.ts';
import { folderOfJob } from '../jobs/job-name.ts';
import { Refusal } from '../jobs/refusal.ts';
import { verifyJob } from '../jobs/verify-job.ts';
import type { CheckedTarget } from '../rescue/verify.ts';
import { verifyLines } from '../telling/verify-lines.ts';
import { percentText } from '../text/quantity.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { withJob } from './job-commands.ts';
import { parseWords } from './parse-words.ts';
import { UsageError } from './usage-error.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const LINE_MS = 5000;

/** `lifeboat verify JOB`: compares a target with what was read from its source. */
export async function verifyCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(words);
  if (values.help) {
    process.stdout.write(helpFor('verify') ?? '');
    return EXIT.saved;
  }
  const [job, ...rest] = positionals;
  if (!job) throw new UsageError('say which job: lifeboat verify JOB', 'verify');
  if (rest.length > 0) throw new UsageError(`one job is expected, found also "${rest.join(' ')}"`, 'verify');
  let isStopped = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // A target that hangs is left behind at the second time.
      if (isStopped) process.exit(EXIT.stopped);
      isStopped = true;
    });
  }
  const json = values.json ?? false;
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  let toldMs = 0;
  return withJob(async () => {
    const checked = await opening(async () =>
      verifyJob(await folderOfJob(job), {
        target: values.target,
        isStopped: () => isStopped,
        emit: (event) => {
          if (json) return print(JSON.stringify(event));
          if (event.event !== 'verify' || performance.now() - toldMs < LINE_MS) return;
          toldMs = performance.now();
          print(`checking: ${percentText(event.doneBytes, event.totalBytes)}`);
        },
      }),
    );
    if (json) print(JSON.stringify({ event: 'verified', ...checked }));
    else for (const line of verifyLines(checked)) print(line);
    return exitOf(checked);
  });
}

async function opening<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OpenError) throw new Refusal(error.code, error.message, error.advice);
    throw error;
  }
}

function exitOf({ differentBytes, stopped, failure, problem, uncheckedBytes }: CheckedTarget): ExitCode {
  if (differentBytes > 0 || failure || problem !== undefined) return EXIT.failed;
  if (stopped) return EXIT.stopped;
  return uncheckedBytes > 0 ? EXIT.losses : EXIT.saved;
}

function parse(words: readonly string[]) {
  return parseWords(words, 'verify', {
    target: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  });
}
