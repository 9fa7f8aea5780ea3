import type { MapCell } from '../rescue/map-cells.ts';
import { type Colour, paint, type TerminalLook } from './terminal.ts';

/** How each cell is drawn. Meaning is in the character; colour only helps. */
const LOOK: Readonly<
  Record<MapCell, { unicode: string; ascii: string; colour: Colour | undefined; word: string }>
> = {
  '+': { unicode: '█', ascii: '#', colour: 'green', word: 'saved' },
  '~': { unicode: '▒', ascii: '%', colour: 'green', word: 'partly' },
  '?': { unicode: '·', ascii: '.', colour: undefined, word: 'not yet' },
  '*': { unicode: '░', ascii: 'o', colour: 'yellow', word: 'failed, to be tried again' },
  '-': { unicode: 'X', ascii: 'X', colour: 'red', word: 'bad' },
  ' ': { unicode: ' ', ascii: ' ', colour: undefined, word: 'free' },
};

const BY_SEVERITY: readonly MapCell[] = ['-', '*', '~', '?', '+', ' '];

/** Fewer cells from more: each shows the worst it holds; saved beside not tried makes partly saved. */
function condense(cells: string, count: number): MapCell[] {
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * cells.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * cells.length) / count));
    const part = new Set(cells.slice(from, to));
    const worst = BY_SEVERITY.find((cell) => part.has(cell)) ?? ' ';
    return worst === '?' && part.has('+') ? '~' : worst;
  });
}

/** The map as lines of `width` columns. */
export function mapLines(cells: string, width: number, height: number, look: TerminalLook): string[] {
  const condensed = condense(cells, width * height);
  return Array.from({ length: height }, (_, row) => {
    let line = '';
    let run = '';
    let colour: Colour | undefined;
    const flush = (): void => {
      line += colour ? paint(run, colour, look) : run;
      run = '';
    };
    for (const cell of condensed.slice(row * width, (row + 1) * width)) {
      const style = LOOK[cell];
      if (style.colour !== colour) flush();
      colour = style.colour;
      run += look.unicode ? style.unicode : style.ascii;
    }
    flush();
    return line;
  });
}

/** `█ saved  ▒ partly  · not yet  ░ failed, to be tried again  X bad`, and what a blank means if there are any. */
export function mapLegend(look: TerminalLook, blanks = '  (blank: free)'): string {
  const entries = (['+', '~', '?', '*', '-'] as const).map((cell) => {
    const style = LOOK[cell];
    const sign = look.unicode ? style.unicode : style.ascii;
    return `${style.colour ? paint(sign, style.colour, look) : sign} ${style.word}`;
  });
  return `${entries.join('  ')}${blanks}`;
}
