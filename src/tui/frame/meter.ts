import type { MapCell } from '../../rescue/map-cells.ts';
import type { CellColour, CellRun } from '../../telling/map-cell-rows.ts';
import { cellRows, condense, LEGEND } from '../../telling/map-cell-rows.ts';
import { type Charset, glyphsOf } from './glyphs.ts';
import { type Line, line, type Span, type Tone, toned } from './line.ts';

const TONES: Record<CellColour, Tone> = { green: 'good', yellow: 'warn', red: 'bad' };

const cellSpan = ({ style, count }: CellRun, charset: Charset): Span =>
  toned(
    style.colour ? TONES[style.colour] : 'plain',
    (charset === 'unicode' ? style.unicode : style.ascii).repeat(count),
  );

/** Stands where the disk is read now, and where the cursor is. */
const HERE = '>';

/** The map of a source as rows of cells; `here` is the share of the source at which it is read now. */
export function mapRows(
  cells: string,
  width: number,
  height: number,
  charset: Charset,
  here?: number,
): Line[] {
  if (width < 1 || height < 1) return [];
  const rows = cellRows(cells, width, height).map((runs) => runs.map((run) => cellSpan(run, charset)));
  if (here === undefined) return rows;
  const index = Math.min(width * height - 1, Math.floor(here * width * height));
  return rows.map((row, i) =>
    i === Math.floor(index / width) ? replacedAt(row, index % width, toned('focus', HERE)) : row,
  );
}

/** The cells as they are drawn, one character each. */
export const drawnCells = (cells: string, count: number): readonly MapCell[] => condense(cells, count);

/** A line with one of its columns replaced. */
export function replacedAt(spans: Line, column: number, by: Span): Line {
  let at = 0;
  return spans.flatMap((span): Span[] => {
    const place = column - at;
    at += span.text.length;
    if (place < 0 || place >= span.text.length) return [span];
    return [
      toned(span.tone, span.text.slice(0, place)),
      by,
      toned(span.tone, span.text.slice(place + 1)),
    ].filter(({ text }) => text !== '');
  });
}

/** What the cells of a map mean, in long words where there is room for them. */
export function legendLine(charset: Charset, width: number): Line {
  const entries = (short: boolean): Line =>
    LEGEND.flatMap((style) => [
      cellSpan({ style, count: 1 }, charset),
      toned('plain', ` ${short ? style.short : style.word}  `),
    ]);
  const long = line(...entries(false), '(blank: free)');
  return long.reduce((sum, { text }) => sum + text.length, 0) <= width
    ? long
    : line(...entries(true), '(blank: free)');
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
