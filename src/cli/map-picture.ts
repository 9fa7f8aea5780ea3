import { type CellStyle, cellRows, LEGEND } from '../telling/map-cell-rows.ts';
import { paint, type TerminalLook } from './terminal.ts';

const draw = ({ unicode, ascii, colour }: CellStyle, count: number, look: TerminalLook): string => {
  const text = (look.unicode ? unicode : ascii).repeat(count);
  return colour ? paint(text, colour, look) : text;
};

/** The map as lines of `width` columns. */
export function mapLines(cells: string, width: number, height: number, look: TerminalLook): string[] {
  return cellRows(cells, width, height).map((runs) =>
    runs.map(({ style, count }) => draw(style, count, look)).join(''),
  );
}

/** `█ saved  ▒ partly  · not yet  ░ failed, to be tried again  X bad`, and what a blank means if there are any. */
export function mapLegend(look: TerminalLook, blanks = '  (blank: free)'): string {
  return LEGEND.map((style) => `${draw(style, 1, look)} ${style.word}`).join('  ') + blanks;
}
