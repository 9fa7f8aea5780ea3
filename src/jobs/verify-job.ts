import { resolve } from 'node:path';
import { describePath } from '../block/device-facts.ts';
import { replaceFile } from '../block/durable-file.ts';
import { errnoName } from '../block/errno.ts';
import type { ByteRange } from '../block/range.ts';
import { inspectTarget } from '../block/target-content.ts';
import { formatMapfile, type Mapfile, MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import type { CheckedTarget } from '../rescue/verify.ts';
import { bytesText } from '../text/quantity.ts';
import { mountDrive } from './drive/mounted-drive.ts';
import { findEnd } from './find-end.ts';
import { targetChanges } from './gpt-fix.ts';
import type { JobEvent } from './job-events.ts';
import { jobFiles } from './job-files.ts';
import type { Certainty, JobEnd } from './job-identity.ts';
import { loadRecord } from './job-load.ts';
import { JobLock, readHolder } from './job-lock.ts';
import { mapOf } from './job-place.ts';
import { formatRecord, type PlacedRecord, verifiedOf } from './job-record.ts';
import { keepAside } from './map-aside.ts';
import { MapStore } from './map-store.ts';
import { whyNoMap } from './map-text.ts';
import { Refusal } from './refusal.ts';
import { driveNow } from './report-places.ts';
import { recogniseAt } from './resume.ts';
import { verifyCopy } from './verify.ts';

/** What is said about the look at the target of a job. */
export interface VerifyWishes {
  /**
   * Where the target, or the drive with it, is now; compared with what the job knows of it, and found by that when left
   * out.
   */
  readonly target: string | undefined;
  readonly emit: (event: JobEvent) => void;
  readonly isStopped: () => boolean;
}

/**
 * Compares the target of the job in `folder` with its checksums; the source is not needed. What differs is set back in
 * the map, so that the rescue reads it again; where most differs, the map as it was stays beside it. A target that drops
 * out ends it, and nothing is said of the rest. Throws a `Refusal` when that cannot be done, or the job is busy.
 */
export async function verifyJob(folder: string, wishes: VerifyWishes): Promise<CheckedTarget> {
  const files = jobFiles(folder);
  const loaded = await loadRecord(folder);
  if (loaded.kind !== 'record') {
    const why = loaded.kind === 'damaged' ? loaded.problem : `there is no job in ${folder}`;
    throw new Refusal(
      'damaged-job',
      `The target cannot be checked: ${why}.`,
      'lifeboat rescue mends the folder.',
    );
  }
  if ((await describePath(files.sums)).kind !== 'file') {
    const advice =
      'They are kept from the beginning of a rescue on; a copy that was made without cannot be checked.';
    throw new Refusal('no-checksums', `There are no checksums in ${folder}.`, advice);
  }
  const lock = await JobLock.take(files.lock);
  if (lock === undefined) {
    const holder = await readHolder(files.lock);
    throw new Refusal(
      'job-busy',
      `Process ${holder?.pid ?? ''} is working on the job in ${folder} at this moment.`,
      'Wait for it, or stop it first: lifeboat stop.',
    );
  }
  try {
    await lock.sign(undefined);
    const { record } = loaded;
    return await inItsDrive(record, wishes, (copy) => verifyLocked(folder, record, copy, wishes));
  } finally {
    await lock.release();
  }
}

/** Where the copy of a job is now, and how sure it is that it is that one. */
interface FoundCopy {
  readonly target: string;
  readonly map: string;
  readonly certainty: Certainty;
}

/**
 * Calls `work` with the target and the map of the job, whose drive is mounted for that time if need be. Throws a
 * `WrongDisk` when another target was named.
 */
async function inItsDrive<T>(
  record: PlacedRecord,
  { target: named }: VerifyWishes,
  work: (copy: FoundCopy) => Promise<T>,
): Promise<T> {
  const map = await mapOf(record);
  const { on } = record.target;
  if (on === undefined) {
    const target = named ?? (await targetOf(record.target, record.near.target));
    const certainty = await recogniseAt('target', record.target, target);
    return work({ target, map, certainty: resolve(target) === record.near.target ? 'same' : certainty });
  }
  // For writing: what differs is set back in the map.
  const now = named === undefined ? await driveNow(on) : { path: named, away: undefined };
  if (now.away !== undefined)
    throw new Refusal('target-missing', now.away, 'Attach it, or name it with --target.');
  const certainty = await recogniseAt('target', on, now.path);
  const drive = await mountDrive(now.path, { writable: true });
  try {
    const inside = record.mapOnDrive ? await drive.inside(map) : map;
    return await work({ target: await drive.inside(record.target.path), map: inside, certainty });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(error.code, drive.told(error.message), drive.told(error.advice));
  } finally {
    await drive.putAway();
  }
}

async function verifyLocked(
  folder: string,
  record: PlacedRecord,
  { target, map: mapPath, certainty }: FoundCopy,
  { emit, isStopped }: VerifyWishes,
): Promise<CheckedTarget> {
  const store = new MapStore(mapPath);
  const { map, comments, text: mapText } = await mapIn(store, record.source.sizeBytes);
  // A table that was made to fit the target, and what bootcheck has mended, is none that was read.
  const { before, unknown } = targetChanges(comments, record.target.sizeBytes);
  const checked = await verifyCopy({
    target,
    sums: jobFiles(folder).sums,
    sizeBytes: map.sizeBytes,
    finished: map.bytesWith('+').subtract(unknown),
    before,
    emit,
    isStopped,
  });
  const isElse = await isSomethingElse(record, target, checked);
  if (isElse && certainty === 'alike') refuseAnother(target, checked);
  const kept = isElse || certainty === 'alike' ? mapText : undefined;
  const { problem, mapKept } = await setBack(store, { map, comments }, checked.different, kept);
  const state = checked.different.length > 0 ? 'failed' : record.state;
  const { near: _near, takenOver: _earlier, ...rest } = record;
  const isTakenOver = record.takenOver || isElse;
  const verified = verifiedOf(checked);
  const text = formatRecord({ ...rest, state, verified, ...(isTakenOver && { takenOver: true }) }, folder);
  const why = problem ?? (await whyNot(() => replaceFile(jobFiles(folder).record, Buffer.from(text))));
  return { ...checked, ...(mapKept && { mapKept }), ...(why !== undefined && { problem: why }) };
}

/** Of a target that only its size speaks for: it may be any other, and then says nothing of the copy. */
function refuseAnother(target: string, { differentBytes, checkedBytes }: CheckedTarget): never {
  throw new Refusal(
    'not-the-copy',
    `${target} does not hold the copy of this job: ${bytesText(differentBytes)} of ${bytesText(checkedBytes)} differ.`,
    'The map is left as it was. Name the target of the job with --target.',
  );
}

/**
 * Calls what differs untried in the map, and saves it; the text of the map as it was is `kept` aside before, if given.
 * Why that cannot be done, if so (the map is as it was then), and where the old text is.
 */
async function setBack(
  store: MapStore,
  { map, comments }: Mapfile,
  different: readonly ByteRange[],
  kept: string | undefined,
): Promise<{ readonly problem?: string | undefined; readonly mapKept?: string | undefined }> {
  if (different.length === 0) return {};
  for (const { start, end } of different) map.set(start, end, '?');
  const text = formatMapfile(map, { offset: 0, phase: '?', pass: 1 }, comments.filter(isLasting));
  let mapKept: string | undefined;
  const problem = await whyNot(async () => {
    if (kept !== undefined) mapKept = await keepAside(store.path, kept);
    await store.save(text);
  });
  // That gives back room, no more.
  await whyNot(() => store.close());
  return { problem, mapKept };
}

/** Why something cannot be written, where the system says so: its drive may have dropped out with the target. */
async function whyNot(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return (error as Error).message;
  }
}

/**
 * Whether somebody has put something else there. What differs is not called saved any more, so whoever goes on would not
 * notice it by that.
 */
async function isSomethingElse(
  { source }: PlacedRecord,
  target: string,
  { different, differentBytes, checkedBytes, failure }: CheckedTarget,
): Promise<boolean> {
  if (different.length === 0 || failure) return false;
  if (2 * differentBytes > checkedBytes) return true;
  return source.volumeSerial !== undefined && !(await inspectTarget(target)).description.includes('NTFS');
}

async function mapIn(store: MapStore, sizeBytes: number): Promise<Mapfile & { readonly text: string }> {
  const advice = 'Attach the drive on which the map lies.';
  const text = await store.load();
  if (text === undefined) throw new Refusal('map-missing', `The map ${store.path} is not there.`, advice);
  try {
    return { ...parseMapfile(text, sizeBytes), text };
  } catch (error) {
    if (!(error instanceof MapfileError)) throw error;
    throw new Refusal('wrong-map', `The map ${store.path} cannot be used: ${whyNoMap(error)}.`, advice);
  }
}

/** Comments that say what was being done are written anew with each map. */
const isLasting = (comment: string): boolean => !/^(current_pos|pos) |\.\.\. Pass \d+$/.test(comment);

async function targetOf(recorded: JobEnd, near: string | undefined): Promise<string> {
  const found = await findEnd(recorded, near, new Set());
  if (found.kind === 'found') return found.path;
  const what =
    found.kind === 'unsure' ? `one of ${found.paths.join(', ')}` : `not there: it was ${recorded.path}`;
  throw new Refusal('target-missing', `The target of this job is ${what}.`, 'Name it with --target.');
}
