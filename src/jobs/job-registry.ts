import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { describePath } from '../block/device-facts.ts';
import { majorMinorOf } from '../block/device-number.ts';
import { replaceFile } from '../block/durable-file.ts';
import { errnoName } from '../block/errno.ts';
import { checkFolder } from '../block/folder-guard.ts';
import { mountOf, readMounts } from '../block/mounts.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { jobFiles } from './job-files.ts';

/** The variable that names the place where the live system keeps its jobs, such as a folder on its stick. */
export const JOBS_VARIABLE = 'LIFEBOAT_JOBS';

/** Where a job is that lies elsewhere, and where the file system on which it lies was mounted. */
interface Pointer {
  readonly folder: string;
  readonly mountPoint: string;
}

const POINTER = '.job';

/**
 * The folder in which all jobs are listed: `$LIFEBOAT_JOBS`, or `lifeboat/jobs` in the user's folder for state
 * (`$XDG_STATE_HOME`, `~/.local/state`). Jobs lie in it, or have a file in it that says where they are.
 */
export function jobsHome(env: NodeJS.ProcessEnv = process.env): string {
  if (env[JOBS_VARIABLE]) return resolve(env[JOBS_VARIABLE]);
  return join(env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'lifeboat/jobs');
}

/** Why a job of that source cannot be put into the list, as a sentence; undefined when it can. */
export async function whyNotListed(folder: string, source: PathFacts): Promise<string | undefined> {
  const home = jobsHome();
  if (dirname(folder) === home || !(await checkFolder(source, await existingAbove(home)))) return undefined;
  return `The list of jobs in ${home} lies on the disk of the source, so this one is not added to it.`;
}

/** Puts the job into the list, unless it lies in it. The list is a convenience, the job is whole without it. */
export async function registerJob(folder: string): Promise<void> {
  const home = jobsHome();
  if (dirname(folder) === home) return;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const facts = await stat(folder, { bigint: true });
  const mount = mountOf(folder, majorMinorOf(facts.dev), await readMounts());
  const pointer: Pointer = { folder, mountPoint: mount?.mountPoint ?? '/' };
  const name = basename(folder)
    .replaceAll(/[^\w.-]/g, '_')
    .slice(0, 80);
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  await replaceFile(join(home, `${name}-${hash}${POINTER}`), Buffer.from(`${JSON.stringify(pointer)}\n`));
}

/**
 * Folder of a job in the list; `isAway` when its drive is not mounted. With a `problem`, a clause, it is not known where
 * the job is: `folder` is the file that should say so.
 */
export interface ListedFolder {
  readonly folder: string;
  readonly isAway: boolean;
  readonly problem?: string;
}

/**
 * The jobs in the list. Files that point to jobs that were deleted are removed on the way. Empty when there is no list
 * yet; rejects when it is there and cannot be read.
 */
export async function listedFolders(home: string = jobsHome()): Promise<ListedFolder[]> {
  const found: ListedFolder[] = (await foldersIn(home)).map((folder) => ({ folder, isAway: false }));
  for (const name of await namesIn(home)) {
    if (!name.endsWith(POINTER)) continue;
    const path = join(home, name);
    const pointer = await readPointer(path);
    if (pointer === undefined) continue;
    if ('problem' in pointer) {
      found.push({ folder: path, isAway: false, problem: pointer.problem });
      continue;
    }
    const isThere = (await describePath(pointer.folder)).kind === 'directory';
    const isMounted = (await readMounts()).some(({ mountPoint }) => mountPoint === pointer.mountPoint);
    if (!isThere && isMounted) await removeIfPossible(path);
    else found.push({ folder: pointer.folder, isAway: !isThere });
  }
  return found;
}

/** Name of a job whose folder is only known by the file in the list that should say where it is. */
export const nameOfPointer = (path: string): string => basename(path, POINTER).replace(/-[0-9a-f]{8}$/, '');

/** The job folders in a folder, and the folder itself if it is one, sorted. */
export async function foldersIn(place: string): Promise<string[]> {
  const names = await namesIn(place);
  const candidates = [place, ...names.sort().map((name) => join(place, name))];
  const checked = await Promise.all(candidates.map(async (each) => ({ each, isJob: await isJob(each) })));
  return checked.filter(({ isJob: yes }) => yes).map(({ each }) => each);
}

/** Whether the folder is one of a job: it has a record, if perhaps a damaged one. */
async function isJob(folder: string): Promise<boolean> {
  return (await describePath(jobFiles(folder).record)).kind === 'file';
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const errno = errnoName(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return [];
    throw error;
  }
}

/** Undefined when it was removed meanwhile. */
async function readPointer(path: string): Promise<Pointer | { readonly problem: string } | undefined> {
  try {
    const pointer = parsePointer(await readFile(path, 'utf8'));
    return pointer ?? { problem: 'it should say where the job is, and does not' };
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    return errno === 'ENOENT'
      ? undefined
      : { problem: `it should say where the job is, and cannot be read (${errno})` };
  }
}

/** A list that can only be read is still a list. */
async function removeIfPossible(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
  }
}

function parsePointer(text: string): Pointer | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof Pointer, unknown>> | null;
    const { folder, mountPoint } = value ?? {};
    return typeof folder === 'string' && typeof mountPoint === 'string' ? { folder, mountPoint } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The facts of the folder, or of the nearest one above it that is there. */
async function existingAbove(path: string): Promise<PathFacts> {
  for (let at = path; ; at = dirname(at)) {
    const facts = await describePath(at);
    if (facts.kind !== 'missing' || dirname(at) === at) return facts;
  }
}
