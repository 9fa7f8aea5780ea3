import { RangeSet } from '../block/range-set.ts';
import { BlockMap } from '../rescue/block-map.ts';
import { mapCells } from '../rescue/map-cells.ts';
import { MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import { rootOf } from './drive/drive-place.ts';
import { loadRecord } from './job-load.ts';
import { mapOf } from './job-place.ts';
import type { PlacedRecord } from './job-record.ts';
import { MapStore } from './map-store.ts';
import { whyNoMap } from './map-text.ts';
import { Refusal } from './refusal.ts';

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
  const path = await whereNow(record);
  const text = await new MapStore(path).load();
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

/** In a drive, the map can be read as long as the job is at work and has it mounted. */
async function whereNow(record: PlacedRecord): Promise<string> {
  const map = await mapOf(record);
  const { on } = record.target;
  return record.mapOnDrive && on ? `${rootOf(on.path)}${map}` : map;
}
