import { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { surveyVolume, type VolumeSurvey } from '../ntfs/survey.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';

/** Parts of a plan, in the order in which they are rescued. */
export type StageName = 'metadata' | 'used' | 'free' | 'everything';

/** Sectors of one kind; no sector is in two stages of a plan. */
export interface Stage {
  readonly name: StageName;
  readonly domain: RangeSet;
}

/** What is to be rescued, and in which order. */
export interface RescuePlan {
  /** Undefined where nothing of NTFS can be read: every sector is rescued then. */
  readonly survey: VolumeSurvey | undefined;
  readonly stages: readonly Stage[];
  /** All stages together. */
  readonly domain: RangeSet;
  /** What the user should know of the volume, one sentence each. */
  readonly notes: readonly string[];
}

/** Grows every range to whole sectors, cut to the size of the source. */
function wholeSectors(set: RangeSet, sectorBytes: number, sizeBytes: number): RangeSet {
  const builder = new RangeSetBuilder();
  for (const { start, end } of set) {
    const from = Math.floor(start / sectorBytes) * sectorBytes;
    builder.add(from, Math.min(sizeBytes, Math.ceil(end / sectorBytes) * sectorBytes));
  }
  return builder.build();
}

/**
 * Reads what NTFS says about itself and decides what to rescue: metadata first, then the other used clusters; free
 * space only with `allSectors`. What cannot be known counts as used.
 */
export async function makePlan(
  reader: VolumeReader,
  sectorBytes: number,
  options: { allSectors: boolean; signal: AbortSignal; onProgress?: (done: number, total: number) => void },
): Promise<RescuePlan> {
  const everything = RangeSet.single(0, reader.sizeBytes);
  const survey = await surveyVolume(reader, options);
  if (!survey) {
    return {
      survey,
      stages: [{ name: 'everything', domain: everything }],
      domain: everything,
      notes: ['No NTFS structure could be read, so every sector is rescued.'],
    };
  }
  const align = (set: RangeSet): RangeSet => wholeSectors(set, sectorBytes, reader.sizeBytes);
  const used = align(survey.used);
  const metadata = align(survey.metadata).intersect(used);
  const stages: Stage[] = [
    { name: 'metadata', domain: metadata },
    { name: 'used', domain: used.subtract(metadata) },
  ];
  if (options.allSectors) stages.push({ name: 'free', domain: everything.subtract(used) });
  return {
    survey,
    stages,
    domain: options.allSectors ? everything : used,
    notes: survey.notes.map((note) => note.message),
  };
}
