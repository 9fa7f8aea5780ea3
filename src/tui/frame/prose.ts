import { wrapText } from '../../text/wrap.ts';
import { type Line, line, type Tone, toned } from './line.ts';

/** A paragraph as lines of at most `width` columns. */
export const prose = (text: string, width: number, tone: Tone = 'plain'): Line[] =>
  wrapText(text, Math.max(1, width)).map((part) => line(toned(tone, part)));

/** Paragraphs with an empty line between them. */
export const paragraphs = (texts: readonly string[], width: number): Line[] =>
  texts.flatMap((text, i) => [...(i > 0 ? [line('')] : []), ...prose(text, width)]);
