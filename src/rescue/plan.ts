import { RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { namedFiles } from '../ntfs/named-files.ts';
import { openNtfs } from '../ntfs/open-ntfs.ts';
import { surveyVolume, type VolumeSurvey } from '../ntfs/survey.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';

/** Parts of a plan, in the order in which they are rescued. */
export type StageName = 'metadata' | 'first' | 'used' | 'free' | 'everything';

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

export interface PlanOptions {
  readonly allSectors: boolean;
  /** Files and folders to be rescued before others, as `namedFiles` takes them. */
  readonly first: readonly string[];
  readonly signal: AbortSignal;
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
 * Reads what NTFS says about itself and decides what to rescue: metadata first, then the files that `first` names,
 * then the other used clusters; free space only with `allSectors`. What cannot be known counts as used.
 */
export async function makePlan(
  reader: VolumeReader,
  sectorBytes: number,
  options: PlanOptions,
): Promise<RescuePlan> {
  const everything = RangeSet.single(0, reader.sizeBytes);
  const survey = await surveyVolume(reader, options);
  if (!survey) {
    return {
      survey,
      stages: [{ name: 'everything', domain: everything }],
      domain: everything,
      notes: [
        'No NTFS structure could be read, so every sector is rescued. If this is a whole disk, name its partition instead.',
        ...(options.first.length > 0 ? ['Files cannot be found, so none can be rescued first.'] : []),
      ],
    };
  }
  const align = (set: RangeSet): RangeSet => wholeSectors(set, sectorBytes, reader.sizeBytes);
  const used = align(survey.used);
  const metadata = align(survey.metadata).intersect(used);
  const data = used.subtract(metadata);
  const named = await findFirst(reader, options);
  const first = align(named.ranges).intersect(data);
  const stages: Stage[] = [{ name: 'metadata', domain: metadata }];
  if (!first.isEmpty) stages.push({ name: 'first', domain: first });
  stages.push({ name: 'used', domain: data.subtract(first) });
  if (options.allSectors) stages.push({ name: 'free', domain: everything.subtract(used) });
  return {
    survey,
    stages,
    domain: options.allSectors ? everything : used,
    notes: [...stateNotes(survey), ...survey.notes.map((note) => note.message), ...named.notes],
  };
}

/** Where the files lie that are wanted first, and what was named of which nothing is there. */
async function findFirst(
  reader: VolumeReader,
  { first, signal }: PlanOptions,
): Promise<{ readonly ranges: RangeSet; readonly notes: readonly string[] }> {
  const opened = first.length > 0 ? await openNtfs(reader) : undefined;
  if (opened === undefined) return { ranges: RangeSet.EMPTY, notes: [] };
  const { ranges, unmatched } = await namedFiles(opened.volume, first, signal);
  if (unmatched.length === 0) return { ranges, notes: [] };
  const words = unmatched.map((word) => `"${word}"`).join(', ');
  return { ranges, notes: [`Nothing on the volume is named by --first ${words}, as far as it can be read.`] };
}

/** What the state of the volume means for whoever uses the clone. */
function stateNotes(survey: VolumeSurvey): string[] {
  const notes: string[] = [];
  if (survey.dirty) {
    notes.push(
      'Windows was not shut down cleanly, or wants to check this volume: its clone will be checked too.',
    );
  }
  if (survey.hibernated) {
    notes.push(
      'A Windows is hibernated on this volume: do not write to the clone before that Windows has been started.',
    );
  }
  return notes;
}
