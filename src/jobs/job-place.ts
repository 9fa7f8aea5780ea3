import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readBootId } from '../block/boot-id.ts';
import { describePath } from '../block/device-facts.ts';
import { errnoName } from '../block/errno.ts';
import { checkFolder } from '../block/folder-guard.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { jobFiles } from './job-files.ts';
import { endOf, type JobEnd, recognise } from './job-identity.ts';
import { loadRecord } from './job-load.ts';
import { foldersIn, JOBS_VARIABLE, jobsHome } from './job-registry.ts';
import type { JobPlace, TargetDrive } from './job-spec.ts';
import { isMapThere } from './map-store.ts';

/** What the user said of a job's places; what was left open is undefined. */
export interface WantedPlaces {
  readonly source: string;
  readonly target: string;
  readonly map: string | undefined;
  readonly job: string | undefined;
  /** The drive in which `target` is a path. */
  readonly on: string | undefined;
}

/** Where a job keeps its map and its folder. */
export interface JobPlaces {
  readonly map: string;
  readonly job: JobPlace;
  readonly on: TargetDrive | undefined;
}

const MAP = '.map';
const FOLDER = '.lifeboat';

/**
 * Where map and folder of a job are, as far as the user has not said so. The map lies beside a target file, or for a
 * device, whose own folder is no place for it, in the current folder; the job's folder lies beside the map. Where
 * `$LIFEBOAT_JOBS` is set, the folder is in there, and so is the map of a target device. A drive that is mounted for the
 * job alone takes the map, so that it is with the copy, but not the folder, which is looked at when it is away. Nothing
 * is made.
 */
export async function placeJob(
  wanted: WantedPlaces,
  env: NodeJS.ProcessEnv = process.env,
): Promise<JobPlaces> {
  const { source, target, map, job, on } = wanted;
  if (on !== undefined) return placeOnDrive({ ...wanted, on }, env);
  if (job !== undefined) return inFolder(job, map, true);
  const targetIsDevice = await isBlockDevice(target);
  const defaultMap = targetIsDevice ? `${basename(source)}-to-${basename(target)}${MAP}` : `${target}${MAP}`;
  if (env[JOBS_VARIABLE]) {
    const to = await describePath(target);
    const folder = await folderInHome(jobsHome(env), source, target, (end, bootId) => isEnd(end, to, bootId));
    if (folder !== undefined)
      return inFolder(folder, map ?? (targetIsDevice ? undefined : defaultMap), false);
  }
  const used = map ?? defaultMap;
  const stem = used.endsWith(MAP) && basename(used) !== MAP ? used.slice(0, -MAP.length) : used;
  return { map: used, job: { folder: `${stem}${FOLDER}`, chosen: false }, on: undefined };
}

async function placeOnDrive(
  { source, target, map, job, on }: WantedPlaces & { readonly on: string },
  env: NodeJS.ProcessEnv,
): Promise<JobPlaces> {
  if (job !== undefined) {
    const known = map === undefined ? await mapIn(job) : { path: map, isOnDrive: false };
    return {
      map: known.path,
      job: { folder: job, chosen: true },
      on: { path: on, holdsMap: known.isOnDrive },
    };
  }
  const inside = resolve('/', target);
  const place = { path: on, holdsMap: map === undefined };
  const used = map ?? `${inside}${MAP}`;
  const drive = await describePath(on);
  const isThis = (end: JobEnd, bootId: string): boolean =>
    end.path === inside && end.on !== undefined && isEnd(end.on, drive, bootId);
  const here = (): Promise<string | undefined> =>
    folderInHome(resolve('.'), source, `${target}${FOLDER}`, isThis);
  const folder = env[JOBS_VARIABLE]
    ? ((await folderInHome(jobsHome(env), source, target, isThis)) ?? (await here()))
    : await here();
  // Where it may not be made, that is told when the job begins.
  const name = `${basename(source)}-to-${basename(target)}${FOLDER}`;
  return { map: used, job: { folder: folder ?? name, chosen: false }, on: place };
}

async function inFolder(folder: string, map: string | undefined, chosen: boolean): Promise<JobPlaces> {
  return { map: map ?? (await mapIn(folder)).path, job: { folder, chosen }, on: undefined };
}

/** The map of the job in a folder: the one that it knows of, or its own. */
async function mapIn(folder: string): Promise<{ readonly path: string; readonly isOnDrive: boolean }> {
  const loaded = await loadRecord(folder);
  if (loaded.kind !== 'record') return { path: jobFiles(folder).map, isOnDrive: false };
  return { path: await mapOf(loaded.record), isOnDrive: loaded.record.mapOnDrive ?? false };
}

/** Where the map of a job is: where it was, or where it is now by its way from the folder; in a drive, its path there. */
export async function mapOf(record: {
  readonly map: string;
  readonly mapOnDrive?: true;
  readonly near: { readonly map?: string };
}): Promise<string> {
  const { map, near, mapOnDrive } = record;
  if (mapOnDrive || near.map === undefined || (await isMapThere(map))) return map;
  return (await isMapThere(near.map)) ? near.map : map;
}

/** The folder of the same source and target, or a new one; undefined when it would be on the source's disk. */
async function folderInHome(
  home: string,
  source: string,
  target: string,
  isTarget: (end: JobEnd, bootId: string) => boolean,
): Promise<string | undefined> {
  const from = await describePath(source);
  if (await checkFolder(from, await describePath(home))) return undefined;
  const bootId = await readBootId();
  for (const folder of await jobsIn(home)) {
    const loaded = await loadRecord(folder);
    if (loaded.kind !== 'record') continue;
    const { record } = loaded;
    if (isEnd(record.source, from, bootId) && isTarget(record.target, bootId)) return folder;
  }
  const name = `${basename(source)}-to-${basename(target)}`.replaceAll(/[^\w.-]/g, '_').slice(0, 100);
  for (let count = 1; ; count++) {
    const folder = join(home, count === 1 ? name : `${name}-${count}`);
    if ((await describePath(folder)).kind === 'missing') return folder;
  }
}

/** None when the list cannot be read: a new folder in it is then refused in words. */
async function jobsIn(home: string): Promise<string[]> {
  try {
    return await foldersIn(home);
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return [];
  }
}

/** Whether a path is an end of a job. Two files are the same only under one name. */
function isEnd(end: JobEnd, facts: PathFacts, bootId: string): boolean {
  if (end.on !== undefined) return false;
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
