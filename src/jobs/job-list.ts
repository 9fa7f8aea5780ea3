import { basename } from 'node:path';
import { errnoName } from '../block/errno.ts';
import { MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import type { Verdict } from './job-events.ts';
import { jobFiles } from './job-files.ts';
import { loadRecord } from './job-load.ts';
import { type Holder, readHolder } from './job-lock.ts';
import { mapOf } from './job-place.ts';
import type { PlacedRecord } from './job-record.ts';
import { foldersIn, type ListedFolder, listedFolders, nameOfPointer } from './job-registry.ts';
import { MapStore } from './map-store.ts';
import { whyNoMap } from './map-text.ts';

/**
 * Where a job stands: `running`; how its last run ended; `interrupted` when that was without a word (a crash, a power
 * cut); `damaged` when its folder cannot be made out; `away` when the drive with its folder is not mounted.
 */
export type JobState = 'running' | 'interrupted' | 'damaged' | 'away' | Verdict;

/** A job in a list. */
export interface JobSummary {
  readonly folder: string;
  /** The folder's last part without its ending: enough to name it in a list. */
  readonly name: string;
  readonly state: JobState;
  /** Undefined for jobs that are damaged or away. */
  readonly record: PlacedRecord | undefined;
  /** Who works on it now. */
  readonly holder: Holder | undefined;
  /** What the map says; undefined when it cannot be read. */
  readonly map: MapSums | undefined;
  /** What is wrong with folder or map, as a sentence. */
  readonly problem: string | undefined;
}

/** Bytes of a map by what they are. */
export interface MapSums {
  readonly path: string;
  readonly savedBytes: number;
  readonly badBytes: number;
}

/**
 * All jobs that are known, the latest first: those of the list (`jobsHome`), or those in the folders that are named.
 * Whatever is wrong with one of them is told in its summary; rejects only when a folder cannot be read at all.
 */
export async function listJobs(places: readonly string[] = []): Promise<JobSummary[]> {
  const listed: ListedFolder[] =
    places.length === 0
      ? await listedFolders()
      : (await Promise.all(places.map(foldersIn))).flat().map((folder) => ({ folder, isAway: false }));
  const jobs = await Promise.all(listed.map(readListed));
  const when = (job: JobSummary): string => job.record?.updated ?? '';
  return jobs.sort((a, b) => (when(a) < when(b) ? 1 : -1));
}

async function readListed({ folder, isAway, problem }: ListedFolder): Promise<JobSummary> {
  if (problem !== undefined) return unknownJob(folder, nameOf(nameOfPointer(folder)), 'damaged', problem);
  if (isAway) return unknownJob(folder, nameOf(folder), 'away', 'the drive with its folder is not mounted');
  return readJob(folder);
}

/** What is known of the job in `folder`. */
export async function readJob(folder: string): Promise<JobSummary> {
  const [loaded, holder] = [await loadRecord(folder), await readHolder(jobFiles(folder).lock)];
  const name = nameOf(folder);
  if (loaded.kind !== 'record') {
    const problem = loaded.kind === 'none' ? `there is no job in ${folder}` : loaded.problem;
    const state = holder === undefined ? 'damaged' : 'running';
    return { folder, name, state, record: undefined, holder, map: undefined, problem };
  }
  const { record } = loaded;
  // What its drive holds is looked at when that is mounted for the job.
  const sums = record.mapOnDrive ? sumsToldBy(record) : await sumsOf(record);
  return {
    folder,
    name,
    state: stateOf(record, holder),
    record,
    holder,
    map: typeof sums === 'string' ? undefined : sums,
    problem: typeof sums === 'string' ? sums : undefined,
  };
}

function stateOf(record: PlacedRecord, holder: Holder | undefined): JobState {
  if (holder !== undefined) return 'running';
  return record.state === 'running' ? 'interrupted' : record.state;
}

const unknownJob = (folder: string, name: string, state: JobState, problem: string): JobSummary => ({
  folder,
  name,
  state,
  record: undefined,
  holder: undefined,
  map: undefined,
  problem,
});

const nameOf = (folder: string): string => basename(folder).replace(/\.lifeboat$/, '');

function sumsToldBy({ map, progress, target }: PlacedRecord): MapSums | undefined {
  if (progress === undefined) return undefined;
  const { savedBytes, badBytes } = progress;
  return { path: `${target.on?.path ?? ''}:${map}`, savedBytes, badBytes };
}

async function sumsOf(record: PlacedRecord): Promise<MapSums | string> {
  const path = await mapOf(record);
  try {
    const text = await new MapStore(path).load();
    if (text === undefined) return `its map ${path} is not there`;
    const { map } = parseMapfile(text, record.source.sizeBytes);
    return {
      path,
      savedBytes: map.bytesWith('+').totalBytes,
      badBytes: map.bytesWith('-').totalBytes,
    };
  } catch (error) {
    if (error instanceof MapfileError) return `the map ${path} is damaged: ${whyNoMap(error)}`;
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    return `its map ${path} cannot be read (${errno})`;
  }
}
