import type { Line } from './line.ts';
import { line } from './line.ts';

/** Columns left of a chart that hold its axis. */
export const AXIS_COLUMNS = 10;

/** The rows beside a chart: what its upper and its lower edge mean. */
export function axisRows(highest: string, lowest: string, rows: number): Line[] {
  const label = (text: string): Line => line(text.padStart(AXIS_COLUMNS - 1));
  return Array.from({ length: rows }, (_, row) => {
    if (row === 0) return label(highest);
    return row === rows - 1 ? label(lowest) : line('');
  });
}
