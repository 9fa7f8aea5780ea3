import type { MapCell } from '../rescue/map-cells.ts';

/** How a cell is set off where there are colours. */
export type CellColour = 'green' | 'yellow' | 'red';

/** How a cell of a map is drawn. Meaning is in the character; colour only helps. */
export interface CellStyle {
  readonly unicode: string;
  readonly ascii: string;
  readonly colour: CellColour | undefined;
  readonly word: string;
  /** For narrow screens. */
  readonly short: string;
}

const STYLES: Readonly<Record<MapCell, CellStyle>> = {
  '+': { unicode: '█', ascii: '#', colour: 'green', word: 'saved', short: 'saved' },
  '~': { unicode: '▒', ascii: '%', colour: 'green', word: 'partly', short: 'partly' },
  '?': { unicode: '·', ascii: '.', colour: undefined, word: 'not yet', short: 'not yet' },
  '*': {
    unicode: '░',
    ascii: 'o',
    colour: 'yellow',
    word: 'failed, to be tried again',
    short: 'failed once',
  },
  '-': { unicode: 'X', ascii: 'X', colour: 'red', word: 'bad', short: 'bad' },
  ' ': { unicode: ' ', ascii: ' ', colour: undefined, word: 'free', short: 'free' },
};

const BY_SEVERITY: readonly MapCell[] = ['-', '*', '~', '?', '+', ' '];

/** The styles a legend explains, in the order of what becomes of a sector. */
export const LEGEND: readonly CellStyle[] = (['+', '~', '?', '*', '-'] as const).map((cell) => STYLES[cell]);

/** Neighbouring cells of one style. */
export interface CellRun {
  readonly style: CellStyle;
  readonly count: number;
}

/** A map picture of `width` times `height` cells from a string of `MapCell`s: runs of equal cells, row by row. */
export function cellRows(cells: string, width: number, height: number): CellRun[][] {
  const condensed = condense(cells, width * height);
  return Array.from({ length: height }, (_, row) => {
    const runs: { style: CellStyle; count: number }[] = [];
    for (const cell of condensed.slice(row * width, (row + 1) * width)) {
      const style = STYLES[cell];
      const last = runs[runs.length - 1];
      if (last?.style === style) last.count++;
      else runs.push({ style, count: 1 });
    }
    return runs;
  });
}

/** Fewer cells from more: each shows the worst it holds; saved beside not tried makes partly saved. */
export function condense(cells: string, count: number): MapCell[] {
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * cells.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * cells.length) / count));
    const part = new Set(cells.slice(from, to));
    const worst = BY_SEVERITY.find((cell) => part.has(cell)) ?? ' ';
    return worst === '?' && part.has('+') ? '~' : worst;
  });
}
