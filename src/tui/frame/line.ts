/** How text is set off; each has a form without colour, and none is the only carrier of a meaning. */
export type Tone = 'plain' | 'strong' | 'good' | 'warn' | 'bad' | 'focus' | 'chosen';

/** A stretch of text in one tone. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One row of a pane, left to right. */
export type Line = readonly Span[];

export const toned = (tone: Tone, text: string): Span => ({ tone, text });

/** A line of parts; bare strings are plain. */
export const line = (...parts: readonly (string | Span)[]): Line =>
  parts.map((part) => (typeof part === 'string' ? toned('plain', part) : part));

export const EMPTY_LINE: Line = [];

/** Columns that a line takes; every character that is drawn takes one (see `Glyphs.fit`). */
export const lineWidth = (spans: Line): number => spans.reduce((sum, { text }) => sum + text.length, 0);

/** Cuts a line behind `width` columns, with `mark` as its last one when something was cut off. */
export function cutLine(spans: Line, width: number, mark = ''): Line {
  if (lineWidth(spans) <= width) return spans;
  const room = Math.max(0, width - mark.length);
  const kept: Span[] = [];
  let used = 0;
  for (const span of spans) {
    if (used >= room) break;
    const text = span.text.slice(0, room - used);
    kept.push({ text, tone: span.tone });
    used += text.length;
  }
  return mark === '' ? kept : [...kept, toned('plain', mark.slice(0, width))];
}

/** A line of exactly `width` columns. */
export function fitLine(spans: Line, width: number, mark = ''): Line {
  const cut = cutLine(spans, width, mark);
  const missing = width - lineWidth(cut);
  return missing > 0 ? [...cut, toned('plain', ' '.repeat(missing))] : cut;
}

/** `left` at the left edge, `right` at the right one; the left is cut, and says so, when there is no room for both. */
export function spreadLine(left: Line, right: Line, width: number): Line {
  const room = Math.max(0, width - lineWidth(right) - 1);
  return fitLine([...fitLine(left, room, '…'), toned('plain', ' '), ...right], width);
}

/** All of a line in one tone, as a chosen row is shown. */
export const inTone = (spans: Line, tone: Tone): Line => spans.map(({ text }) => toned(tone, text));
