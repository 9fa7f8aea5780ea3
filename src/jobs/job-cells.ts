import { RangeSet } from '../block/range-set.ts';
import { BlockMap } from '../rescue/block-map.ts';
import { mapCells } from '../rescue/map-cells.ts';
import { MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import { rootOf } from './drive/drive-place.ts';
import { mountDrive } from './drive/mounted-drive.ts';
import { loadRecord } from './job-load.ts';
import { mapOf } from './job-place.ts';
import type { PlacedRecord } from './job-record.ts';
import { MapStore } from './map-store.ts';
import { whyNoMap } from './map-text.ts';
import { Refusal } from './refusal.ts';
import { driveNow } from './report-places.ts';

/** A part of a map, and in how many cells it is to be drawn. */
export interface CellsWanted {
  readonly folder: string;
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

/**
 * Draws a part of the map of the job in `folder`, one letter a cell (see `MapCell`); what is not tried counts as wanted.
 * Throws a `Refusal` when the map cannot be read now.
 */
export async function readCells({ folder, start, end, count }: CellsWanted): Promise<string> {
  const loaded = await loadRecord(folder);
  const advice = 'Attach the drive on which the map lies.';
  if (loaded.kind !== 'record') throw new Refusal('no-job', `There is no job in ${folder}.`, advice);
  const { record } = loaded;
  const { path, text } = await mapText(record);
  if (text === undefined) throw new Refusal('map-missing', `The map ${path} is not there now.`, advice);
  try {
    const { map } = parseMapfile(text, record.source.sizeBytes);
    const part = new BlockMap(end - start);
    for (const run of map.runs(start, end)) part.set(run.start - start, run.end - start, run.status);
    return mapCells(part, RangeSet.single(0, end - start), count);
  } catch (error) {
    if (!(error instanceof MapfileError)) throw error;
    throw new Refusal('wrong-map', `The map ${path} is damaged: ${whyNoMap(error)}.`, advice);
  }
}

/** The text of the map, and where people know it. A drive that the job has not mounted now is mounted for the look. */
async function mapText(
  record: PlacedRecord,
): Promise<{ readonly path: string; readonly text: string | undefined }> {
  const map = await mapOf(record);
  const { on } = record.target;
  if (!record.mapOnDrive || on === undefined) return { path: map, text: await new MapStore(map).load() };
  const running = await new MapStore(`${rootOf(on.path)}${map}`).load();
  if (running !== undefined) return { path: `${on.path}:${map}`, text: running };
  const { path, away } = await driveNow(on);
  if (away !== undefined) throw new Refusal('drive-away', away, 'Attach it.');
  const drive = await mountDrive(path, { writable: false });
  try {
    return { path: `${path}:${map}`, text: await new MapStore(await drive.inside(map)).load() };
  } finally {
    await drive.putAway();
  }
}
