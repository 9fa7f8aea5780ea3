import { existsSync } from 'node:fs';
import { errnoName } from '../block/errno.ts';
import { type JobSummary, listJobs } from '../jobs/job-list.ts';
import { jobsHome } from '../jobs/job-registry.ts';
import { jobLines } from '../telling/job-lines.ts';
import { safeText } from '../text/safe.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { helpFor } from './help.ts';
import { parseWords } from './parse-words.ts';

/** `lifeboat jobs`: what was begun, how far it is, and what can be done next. */
export async function jobsCommand(words: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = parse(words);
  if (values.help) {
    process.stdout.write(helpFor('jobs') ?? '');
    return EXIT.saved;
  }
  const missing = positionals.find((place) => !existsSync(place));
  if (missing !== undefined) {
    process.stderr.write(`lifeboat: there is no folder ${safeText(missing)}. See all jobs: lifeboat jobs\n`);
    return EXIT.refused;
  }
  let jobs: JobSummary[];
  try {
    jobs = await listJobs(positionals);
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    process.stderr.write(`lifeboat: the jobs cannot be listed: ${(error as Error).message}\n`);
    return EXIT.refused;
  }
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  if (values.json) {
    for (const job of jobs) print(JSON.stringify(jsonOf(job)));
  } else if (jobs.length === 0) {
    const places = positionals.length > 0 ? positionals : [jobsHome()];
    print(`There are no jobs in ${places.join(', ')}.`);
  } else {
    for (const line of jobs.flatMap((job) => jobLines(job))) print(line);
  }
  return EXIT.saved;
}

/** A job for other programs: docs/jobs.md has the fields. */
function jsonOf({ folder, name, state, record, holder, map, problem }: JobSummary): object {
  return {
    folder,
    name,
    state,
    problem,
    pid: holder?.pid,
    since: holder?.since,
    created: record?.created,
    updated: record?.updated,
    source: record?.source,
    target: record?.target,
    label: record?.label,
    runs: record?.runs,
    progress: record?.progress,
    options: record?.options,
    map: map ?? (record && { path: record.map }),
  };
}

function parse(words: readonly string[]) {
  return parseWords(words, 'jobs', { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } });
}
