import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readBootId } from '../block/boot-id.ts';
import { describePath } from '../block/device-facts.ts';
import { errnoName } from '../block/errno.ts';
import { checkFolder } from '../block/folder-guard.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { jobFiles } from './job-files.ts';
import { endOf, type JobEnd, recognise } from './job-identity.ts';
import { loadRecord } from './job-load.ts';
import { foldersIn, JOBS_VARIABLE, jobsHome } from './job-registry.ts';
import type { JobPlace } from './job-spec.ts';

/** What the user said of a job's places; what was left open is undefined. */
export interface WantedPlaces {
  readonly source: string;
  readonly target: string;
  readonly map: string | undefined;
  readonly job: string | undefined;
}

/** Where a job keeps its map and its folder. */
export interface JobPlaces {
  readonly map: string;
  readonly job: JobPlace;
}

const MAP = '.map';
const FOLDER = '.lifeboat';

/**
 * Where map and folder of a job are, as far as the user has not said so. The map lies beside a target file, or for a
 * device, whose own folder is no place for it, in the current folder; the job's folder lies beside the map. Where
 * `$LIFEBOAT_JOBS` is set, the folder is in there, and so is the map of a target device. Nothing is made.
 */
export async function placeJob(
  { source, target, map, job }: WantedPlaces,
  env: NodeJS.ProcessEnv = process.env,
): Promise<JobPlaces> {
  if (job !== undefined) return inFolder(job, map, true);
  const targetIsDevice = await isBlockDevice(target);
  const defaultMap = targetIsDevice ? `${basename(source)}-to-${basename(target)}${MAP}` : `${target}${MAP}`;
  if (env[JOBS_VARIABLE]) {
    const folder = await folderInHome(jobsHome(env), source, target);
    if (folder !== undefined)
      return inFolder(folder, map ?? (targetIsDevice ? undefined : defaultMap), false);
  }
  const used = map ?? defaultMap;
  const stem = used.endsWith(MAP) && basename(used) !== MAP ? used.slice(0, -MAP.length) : used;
  return { map: used, job: { folder: `${stem}${FOLDER}`, chosen: false } };
}

async function inFolder(folder: string, map: string | undefined, chosen: boolean): Promise<JobPlaces> {
  const place = { folder, chosen };
  if (map !== undefined) return { map, job: place };
  const loaded = await loadRecord(folder);
  const known = loaded.kind === 'record' ? loaded.record : undefined;
  return { map: (known && (await mapOf(known))) ?? jobFiles(folder).map, job: place };
}

/** Where the map of a job is: where it was, or where it is now by its way from the folder. */
export async function mapOf(record: {
  readonly map: string;
  readonly near: { readonly map?: string };
}): Promise<string> {
  const { map, near } = record;
  if (near.map === undefined || (await describePath(map)).kind === 'file') return map;
  return (await describePath(near.map)).kind === 'file' ? near.map : map;
}

/** The folder of the same source and target, or a new one; undefined when it would be on the source's disk. */
async function folderInHome(home: string, source: string, target: string): Promise<string | undefined> {
  const [from, to] = [await describePath(source), await describePath(target)];
  if (await checkFolder(from, await describePath(home))) return undefined;
  const bootId = await readBootId();
  for (const folder of await foldersIn(home)) {
    const loaded = await loadRecord(folder);
    if (loaded.kind !== 'record') continue;
    const { record } = loaded;
    if (isEnd(record.source, from, bootId) && isEnd(record.target, to, bootId)) return folder;
  }
  const name = `${basename(source)}-to-${basename(target)}`.replaceAll(/[^\w.-]/g, '_').slice(0, 100);
  for (let count = 1; ; count++) {
    const folder = join(home, count === 1 ? name : `${name}-${count}`);
    if ((await describePath(folder)).kind === 'missing') return folder;
  }
}

/** Whether a path is an end of a job. Two files are the same only under one name. */
function isEnd(end: JobEnd, facts: PathFacts, bootId: string): boolean {
  if (facts.kind === 'missing')
    return end.kind === 'file' && end.path === join(facts.parent, basename(facts.path));
  const found = endOf(facts, sizeOf(facts), bootId);
  if (found === undefined) return false;
  if (found.kind === 'file') return found.path === end.path;
  // A disk that does not tell who it is goes by its name as well.
  const certainty = recognise(end, found);
  return certainty === 'same' || (certainty === 'alike' && end.path === found.path);
}

const sizeOf = (facts: PathFacts): number =>
  facts.kind === 'block' || facts.kind === 'file' ? facts.sizeBytes : 0;

async function isBlockDevice(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isBlockDevice();
  } catch (error) {
    // What is wrong with the path is told by the checks of the job.
    if (errnoName(error) === undefined) throw error;
    return false;
  }
}
