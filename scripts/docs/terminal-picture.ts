/**
 * Turns what `tmux capture-pane -e -p` prints into an SVG picture, for the documents:
 *
 *   tmux capture-pane -t SESSION -e -p | terminal-picture.ts [TITLE] > picture.svg
 *
 * Blocks and shades are drawn as rectangles, so that the picture looks the same in whatever font is there.
 */
import { text } from 'node:stream/consumers';

const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 18;
const MARGIN = 14;
const BASELINE = 13.5;
const BACKGROUND = '#10151c';
const FOREGROUND = '#d5dbe3';
/** The colours that the program uses, by their number in a `CSI m` sequence. */
const COLOURS: Readonly<Record<string, string>> = {
  31: '#ff6b6b',
  32: '#4ec27f',
  33: '#e6b450',
  36: '#59c2d6',
};
/** How much of a cell each block character inks. */
const SHADES: Readonly<Record<string, number>> = { '█': 1, '▒': 0.55, '░': 0.45 };

interface Style {
  readonly colour: string;
  readonly bold: boolean;
  /** Dark on light, as a chosen row is shown. */
  readonly reverse: boolean;
}

const PLAIN: Style = { colour: FOREGROUND, bold: false, reverse: false };

/** A stretch of a line that looks the same throughout. */
interface Piece {
  readonly column: number;
  readonly text: string;
  readonly style: Style;
}

/** The picture of a terminal's screen; empty lines at its end are left out. */
export function terminalPicture(screen: string, title: string): string {
  const lines = piecesOf(screen.trimEnd().split('\n'));
  const columns = Math.max(...lines.flat().map(({ column, text }) => column + text.length));
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const height = lines.length * CELL_HEIGHT + 2 * MARGIN;
  const font = 'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" ${font}>`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>`,
    ...lines.flatMap((line, row) => line.map((piece) => drawn(piece, row))),
    '</svg>',
    '',
  ].join('\n');
}

/** Cuts lines at their escape sequences and where text and blocks meet. A style lasts beyond the end of its line. */
function piecesOf(lines: readonly string[]): Piece[][] {
  let style = PLAIN;
  return lines.map((line) => {
    const found: Piece[] = [];
    let column = 0;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
    for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
      if (part.startsWith('\u001b')) {
        style = styleAfter(style, part.slice(2, -1).split(';'));
        continue;
      }
      for (const run of part.match(/█+|▒+|░+|[^█▒░]+/g) ?? []) {
        if (run.trim() !== '' || style.reverse) found.push({ column, text: run, style });
        column += run.length;
      }
    }
    return found;
  });
}

function styleAfter(style: Style, codes: readonly string[]): Style {
  let { colour, bold, reverse } = style;
  for (const code of codes) {
    if (code === '1') bold = true;
    else if (code === '7') reverse = true;
    else if (code === '27') reverse = false;
    else if (code === '39') colour = FOREGROUND;
    else if (code === '' || code === '0') ({ colour, bold, reverse } = PLAIN);
    else colour = COLOURS[code] ?? colour;
  }
  return { colour, bold, reverse };
}

function drawn({ column, text, style }: Piece, row: number): string {
  const x = round(MARGIN + column * CELL_WIDTH);
  const y = MARGIN + row * CELL_HEIGHT;
  const width = round(text.length * CELL_WIDTH);
  const shade = SHADES[text[0] ?? ''];
  if (shade !== undefined) {
    const opacity = shade === 1 ? '' : ` opacity="${shade}"`;
    return `<rect x="${x}" y="${y + 1}" width="${width}" height="${CELL_HEIGHT - 2}" fill="${style.colour}"${opacity}/>`;
  }
  const weight = style.bold ? ' font-weight="bold"' : '';
  const place = `x="${x}" y="${y + BASELINE}" textLength="${width}" lengthAdjust="spacingAndGlyphs"`;
  const ink = style.reverse ? BACKGROUND : style.colour;
  const paper = style.reverse
    ? `<rect x="${x}" y="${y}" width="${width}" height="${CELL_HEIGHT}" fill="${style.colour}"/>`
    : '';
  return `${paper}<text ${place} xml:space="preserve" fill="${ink}"${weight}>${escaped(text)}</text>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

if (import.meta.main) {
  const [title = 'A terminal in which Lifeboat is at work'] = process.argv.slice(2);
  process.stdout.write(terminalPicture(await text(process.stdin), title));
}
