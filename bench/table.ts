import { type Measured, median } from './measure.ts';

/** All runs of one contestant: figures, or what it said when it failed. */
export interface Entry {
  readonly name: string;
  readonly runs: readonly (Measured | string)[];
}

/** The medians of a race as a markdown table, with ratios to dd and to ntfsclone. */
export function table(title: string, entries: readonly Entry[]): string {
  const wallOf = (name: string): number => {
    const entry = entries.find((candidate) => candidate.name === name);
    return median(figures(entry).map(({ wallSeconds }) => wallSeconds));
  };
  const [dd, ntfsclone] = [wallOf('dd'), wallOf('ntfsclone')];
  const rows = entries.map((entry) => {
    const good = figures(entry);
    if (good.length === 0) return `| ${entry.name} | ${entry.runs.at(0)} | | | | | |`;
    const of = (pick: (one: Measured) => number): number => median(good.map(pick));
    const wall = of(({ wallSeconds }) => wallSeconds);
    const spread = good.map(({ wallSeconds }) => wallSeconds);
    return `| ${[
      entry.name,
      wall.toFixed(2),
      `${Math.min(...spread).toFixed(2)}-${Math.max(...spread).toFixed(2)}`,
      (wall / dd).toFixed(2),
      (wall / ntfsclone).toFixed(2),
      of(({ cpuSeconds }) => cpuSeconds).toFixed(2),
      of(({ peakMiB }) => peakMiB).toFixed(0),
    ].join(' | ')} |`;
  });
  return [
    `### ${title}`,
    '',
    '| | wall s | from-to | of dd | of ntfsclone | CPU s | peak MiB |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function figures(entry: Entry | undefined): Measured[] {
  return (entry?.runs ?? []).filter((run): run is Measured => typeof run !== 'string');
}
