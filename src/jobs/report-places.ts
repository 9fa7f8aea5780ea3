import { isAbsolute } from 'node:path';
import { describePath } from '../block/device-facts.ts';
import type { JobEnd } from './job-identity.ts';
import { mapOf } from './job-place.ts';
import type { PlacedRecord } from './job-record.ts';

/** Where the things are that a report tells of. */
export interface ReportPlaces {
  readonly source: string;
  readonly target: string;
  readonly map: string;
}

/**
 * Where they are now, by what the job knows of them. Reports of earlier versions have paths as they were typed, which
 * mean nothing in another folder; and a drive may have been mounted elsewhere since.
 */
export async function placesNow(told: ReportPlaces, record: PlacedRecord): Promise<ReportPlaces> {
  const { source, target, near } = record;
  return {
    source: await placeOf(told.source, source, near.source),
    target: await placeOf(told.target, target, near.target),
    map: (await isThere(told.map)) ? told.map : await mapOf(record),
  };
}

async function placeOf(told: string, end: JobEnd, near: string | undefined): Promise<string> {
  // A device is known by the name that was given to it.
  if (end.kind === 'block') return isAbsolute(told) ? told : end.path;
  for (const path of [told, end.path, near]) if (path !== undefined && (await isThere(path))) return path;
  return isAbsolute(told) ? told : end.path;
}

const isThere = async (path: string): Promise<boolean> =>
  isAbsolute(path) && (await describePath(path)).kind === 'file';
