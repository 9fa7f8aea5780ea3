import { isAbsolute } from 'node:path';
import { describePath } from '../block/device-facts.ts';
import { findEnd } from './find-end.ts';
import type { JobEnd } from './job-identity.ts';
import { mapOf } from './job-place.ts';
import type { PlacedRecord } from './job-record.ts';

/** Where the things are that a report tells of. */
export interface ReportPlaces {
  readonly source: string;
  readonly target: string;
  readonly map: string;
  /** Why the copy cannot be looked into now, as a sentence: the drive with it is not there. */
  readonly away?: string;
}

/**
 * Where they are now, by what the job knows of them. Reports of earlier versions have paths as they were typed, which
 * mean nothing in another folder; and a drive may have been mounted elsewhere since.
 */
export async function placesNow(told: ReportPlaces, record: PlacedRecord): Promise<ReportPlaces> {
  const { source, target, near, mapOnDrive } = record;
  const from = await placeOf(told.source, source, near.source);
  const map = async (): Promise<string> => ((await isThere(told.map)) ? told.map : mapOf(record));
  if (target.on === undefined) {
    return { source: from, target: await placeOf(told.target, target, near.target), map: await map() };
  }
  const drive = await driveNow(target.on);
  return {
    source: from,
    target: `${drive.path}:${target.path}`,
    map: mapOnDrive ? `${drive.path}:${record.map}` : await map(),
    ...(drive.away !== undefined && { away: drive.away }),
  };
}

/** The drive of a copy by its name now, or by the one that it had, with why it cannot be used as a sentence. */
export async function driveNow(
  on: JobEnd,
): Promise<{ readonly path: string; readonly away: string | undefined }> {
  const found = await findEnd(on, undefined, new Set());
  if (found.kind === 'found') return { path: found.path, away: undefined };
  const who = [on.model, on.serial && `serial ${on.serial}`].filter(Boolean).join(', ');
  const away =
    found.kind === 'unsure'
      ? `Which of ${found.paths.join(', ')} is the drive with the copy cannot be told: they say nothing of themselves.`
      : `The drive with the copy is not attached: it was ${on.path}${who && ` (${who})`}.`;
  return { path: on.path, away };
}

async function placeOf(told: string, end: JobEnd, near: string | undefined): Promise<string> {
  // A device is known by the name that was given to it.
  if (end.kind === 'block') return isAbsolute(told) ? told : end.path;
  for (const path of [told, end.path, near]) if (path !== undefined && (await isThere(path))) return path;
  return isAbsolute(told) ? told : end.path;
}

const isThere = async (path: string): Promise<boolean> =>
  isAbsolute(path) && (await describePath(path)).kind === 'file';
