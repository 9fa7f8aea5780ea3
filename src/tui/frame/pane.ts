import { type Charset, fitText, glyphsOf } from './glyphs.ts';
import { cutLine, EMPTY_LINE, fitLine, type Line, lineWidth, toned } from './line.ts';

/** A part of the screen, in cells from its upper left corner. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Values over time, the latest at the right end; `axisRows` are the lines beside it. */
export interface Chart {
  readonly values: readonly number[];
  /** The value at the upper edge; the lower edge is 0. */
  readonly highest: number;
}

/** One box of a screen. A pane keeps its id as long as it is the same thing, however its place or text changes. */
export interface Pane {
  readonly id: string;
  readonly rect: Rect;
  /** With a title there is a border around it. */
  readonly title?: string;
  /** Said at the right end of the upper border, such as `1-6 of 17`. */
  readonly corner?: string;
  readonly focused?: boolean;
  readonly lines?: readonly Line[];
  readonly chart?: Chart;
}

/** The cells of a pane inside of its border. */
export function innerRect({ rect, title }: Pick<Pane, 'rect' | 'title'>): Rect {
  if (title === undefined) return rect;
  // One blank keeps text off the border.
  return { left: rect.left + 2, top: rect.top + 1, width: rect.width - 4, height: rect.height - 2 };
}

/** The rows of a pane with its border, each exactly as wide as the pane; what does not fit is cut. */
export function paneRows(pane: Pane, charset: Charset): Line[] {
  const { rect, title, lines = [] } = pane;
  const glyphs = glyphsOf(charset);
  const clean = (each: Line): Line => each.map(({ text, tone }) => ({ text: fitText(text, charset), tone }));
  const inner = innerRect(pane);
  const body = Array.from({ length: Math.max(0, inner.height) }, (_, row) =>
    fitLine(clean(lines[row] ?? EMPTY_LINE), Math.max(0, inner.width), glyphs.more),
  );
  if (title === undefined) return body.slice(0, rect.height);
  const edge = toned(pane.focused ? 'focus' : 'plain', glyphs.down);
  const pad = toned('plain', ' ');
  return [
    upperBorder(pane, charset),
    ...body.map((row) => [edge, pad, ...row, pad, edge]),
    [
      toned(
        pane.focused ? 'focus' : 'plain',
        glyphs.bottomLeft + glyphs.across.repeat(Math.max(0, rect.width - 2)) + glyphs.bottomRight,
      ),
    ],
  ];
}

function upperBorder({ rect, title = '', corner = '', focused }: Pane, charset: Charset): Line {
  const glyphs = glyphsOf(charset);
  const tone = focused ? 'focus' : 'plain';
  const right = corner === '' ? '' : ` ${fitText(corner, charset)} ${glyphs.across}`;
  const room = Math.max(0, rect.width - 5 - right.length);
  const name = cutLine([toned(focused ? 'focus' : 'strong', fitText(title, charset))], room, glyphs.more);
  const rest = Math.max(0, rect.width - 5 - lineWidth(name) - right.length);
  const start = toned(tone, `${glyphs.topLeft}${glyphs.across} `);
  const end = toned(tone, ` ${glyphs.across.repeat(rest)}${right}${glyphs.topRight}`);
  return cutLine(
    title === '' ? [toned(tone, plainBorder(rect.width, glyphs))] : [start, ...name, end],
    rect.width,
  );
}

const plainBorder = (width: number, glyphs: ReturnType<typeof glyphsOf>): string =>
  glyphs.topLeft + glyphs.across.repeat(Math.max(0, width - 2)) + glyphs.topRight;
