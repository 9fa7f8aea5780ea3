import { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from '../rescue/block-map.ts';
import { type MapCell, mapCells } from '../rescue/map-cells.ts';
import type { Status } from '../rescue/status.ts';
import type { MapReport } from './map-report.ts';

/** A map that is to be looked at. */
export interface MapPortrait {
  /** What it is called: the name of its file. */
  readonly title: string;
  readonly map: BlockMap;
  readonly report: MapReport | undefined;
}

/** What became of sectors, for people: the two stages of narrowing are one. */
export type Fate = 'saved' | 'untried' | 'failed' | 'bad';

export const FATES: readonly Fate[] = ['saved', 'untried', 'failed', 'bad'];

const STATUSES_OF: Readonly<Record<Fate, readonly Status[]>> = {
  saved: ['+'],
  untried: ['?'],
  failed: ['*', '/'],
  bad: ['-'],
};

/** What is said of a fate in a legend. After a finished rescue, what was not tried is free space. */
export function fateWords(fate: Fate, report: MapReport | undefined): string {
  switch (fate) {
    case 'saved':
      return 'saved';
    case 'untried':
      return report?.isFinished ? 'free space, not needed' : 'not tried yet';
    case 'failed':
      return 'failed, to be tried again';
    case 'bad':
      return 'bad';
  }
}

export interface FateSum {
  readonly fate: Fate;
  readonly bytes: number;
  readonly areas: number;
}

export function fateSums(map: BlockMap): FateSum[] {
  return FATES.map((fate) => {
    const set = map.bytesWith(...STATUSES_OF[fate]);
    return { fate, bytes: set.totalBytes, areas: set.count };
  });
}

/** The whole source in so many cells. */
export function portraitCells(map: BlockMap, count: number): MapCell[] {
  return [...mapCells(map, RangeSet.single(0, map.sizeBytes), count)] as MapCell[];
}
