import type { CellColour, CellRun } from '../../telling/map-cell-rows.ts';
import { cellRows, LEGEND } from '../../telling/map-cell-rows.ts';
import { type Charset, glyphsOf } from './glyphs.ts';
import { type Line, line, type Span, type Tone, toned } from './line.ts';

const TONES: Record<CellColour, Tone> = { green: 'good', yellow: 'warn', red: 'bad' };

const cellSpan = ({ style, count }: CellRun, charset: Charset): Span =>
  toned(
    style.colour ? TONES[style.colour] : 'plain',
    (charset === 'unicode' ? style.unicode : style.ascii).repeat(count),
  );

/** The map of a source as rows of cells. */
export function mapRows(cells: string, width: number, height: number, charset: Charset): Line[] {
  return cellRows(cells, width, height).map((runs) => runs.map((run) => cellSpan(run, charset)));
}

/** What the cells of a map mean. */
export function legendLine(charset: Charset): Line {
  const entries = LEGEND.flatMap((style) => [
    cellSpan({ style, count: 1 }, charset),
    toned('plain', ` ${style.word}  `),
  ]);
  return line(...entries, '(blank: free)');
}

/** A bar of `width` columns, filled to a share between 0 and 1, with `text` at its right end. */
export function barLine(share: number, width: number, text: string, charset: Charset): Line {
  const glyphs = glyphsOf(charset);
  const room = Math.max(0, width - text.length - 3);
  // A bar that is full says that it is all: cut, never rounded up.
  const full = Math.floor(Math.min(1, Math.max(0, share)) * room);
  return line(
    '[',
    toned('good', glyphs.full.repeat(full)),
    glyphs.empty.repeat(room - full),
    '] ',
    toned('strong', text),
  );
}
