import { resolve } from 'node:path';
import { describePath } from '../block/device-facts.ts';
import { listJobs } from './job-list.ts';
import { loadRecord } from './job-load.ts';
import { Refusal } from './refusal.ts';

/**
 * The folder of the job that the user means: by its folder, by its target file or map, or by its name in the list.
 * Throws a `Refusal` when there is none, or more than one.
 */
export async function folderOfJob(word: string): Promise<string> {
  const beside = word.endsWith('.map') ? word.slice(0, -'.map'.length) : word;
  for (const folder of [word, `${word}.lifeboat`, `${beside}.lifeboat`].map((each) => resolve(each))) {
    if ((await describePath(folder)).kind !== 'directory') continue;
    if ((await loadRecord(folder)).kind !== 'none') return folder;
  }
  const named = (await listJobs()).filter((job) => job.name === word || job.folder === resolve(word));
  const [only] = named;
  const advice = 'Name one from the list of lifeboat jobs, or its folder.';
  if (only === undefined) throw new Refusal('no-job', `There is no job ${word}.`, advice);
  if (named.length > 1) {
    const folders = named.map(({ folder }) => folder).join(', ');
    throw new Refusal('no-job', `Several jobs are named ${word}: ${folders}.`, 'Name its folder.');
  }
  if (only.state === 'away') {
    throw new Refusal(
      'no-job',
      `The job is in ${only.folder}, and ${only.problem}.`,
      'Mount that drive first.',
    );
  }
  return only.folder;
}
