import { folderOfJob } from '../jobs/job-name.ts';
import { resumeSpec } from '../jobs/resume.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { runInFront } from './follow.ts';
import { helpFor } from './help.ts';
import { withJob } from './job-commands.ts';
import { parseWords } from './parse-words.ts';
import { waitOf } from './rescue-arguments.ts';
import { UsageError } from './usage-error.ts';

/** `lifeboat resume JOB`: goes on with a job, wherever its disks are now. */
export async function resumeCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(words);
  if (values.help) {
    process.stdout.write(helpFor('resume') ?? '');
    return EXIT.saved;
  }
  const [job, ...rest] = positionals;
  if (!job) throw new UsageError('say which job: lifeboat resume JOB', 'resume');
  if (rest.length > 0) throw new UsageError(`one job is expected, found also "${rest.join(' ')}"`, 'resume');
  for (const name of ['source', 'target'] as const) {
    if (values[name] === '') throw new UsageError(`${name} is empty`, 'resume');
  }
  const waitSeconds = waitOf(values.wait, 'resume');
  return withJob(async () => {
    const force = values.force ?? false;
    const spec = await resumeSpec(await folderOfJob(job), {
      source: values.source,
      target: values.target,
      detached: values.detach ?? false,
      overwrite: force || (values.yes ?? false),
      force,
    });
    return runInFront({ ...spec, waitSeconds }, values.json ?? false);
  });
}

function parse(words: readonly string[]) {
  return parseWords(words, 'resume', {
    source: { type: 'string' },
    target: { type: 'string' },
    wait: { type: 'string' },
    detach: { type: 'boolean' },
    json: { type: 'boolean' },
    yes: { type: 'boolean', short: 'y' },
    force: { type: 'boolean', short: 'f' },
    help: { type: 'boolean', short: 'h' },
  });
}
