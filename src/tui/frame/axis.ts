import type { Line } from './line.ts';
import { line } from './line.ts';

/** Columns left of a chart that hold its axis. */
export const AXIS_COLUMNS = 10;

/** A word beside a chart, at a share of its height from below. */
export interface AxisMark {
  readonly share: number;
  readonly text: string;
}

/** The rows beside a chart. Of marks that would stand in the same row the one nearer to an end is kept. */
export function axisRows(marks: readonly AxisMark[], rows: number): Line[] {
  const texts = Array.from({ length: Math.max(0, rows) }, () => '');
  const fromEnd = ({ share }: AxisMark): number => Math.min(share, 1 - share);
  for (const { share, text } of [...marks].sort((a, b) => fromEnd(b) - fromEnd(a))) {
    const row = Math.round((1 - share) * (rows - 1));
    if (row >= 0 && row < rows) texts[row] = text;
  }
  return texts.map((text) => line(text.padStart(AXIS_COLUMNS - 1)));
}
