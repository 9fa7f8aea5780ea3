import type { JobHistory } from '../../jobs/job-history.ts';
import { durationText, rateText } from '../../text/quantity.ts';
import { AXIS_COLUMNS, type AxisMark, axisRows } from '../frame/axis.ts';
import type { Pane, Rect } from '../frame/pane.ts';
import { WORDS } from '../words.ts';

/** A chart begins as wide as this many steps, so that its first minute does not fill it. */
const FIRST_STEPS = 60;
const SLOWEST_TOP = 1e6;

const spanText = ({ rates, stepMs }: JobHistory): string =>
  WORDS.running.last(durationText((Math.max(rates.length, FIRST_STEPS) * stepMs) / 1000));

/** Dots of a chart across: two in a column (see `AreaChart`). */
const dotsOf = (rect: Rect): number => Math.max(1, (rect.width - 4 - AXIS_COLUMNS) * 2);

/** All values in as many as fit; several that fall into one are joined. */
function fitted(
  values: readonly number[],
  count: number,
  join: (part: readonly number[]) => number,
): readonly number[] {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, i) =>
    join(
      values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count)),
    ),
  );
}

const average = (part: readonly number[]): number =>
  part.reduce((sum, value) => sum + value, 0) / part.length;
const highestOf = (part: readonly number[]): number => Math.max(...part);

/** Bytes a second over time. */
export function ratePane(rect: Rect, history: JobHistory): Pane {
  const highest = Math.max(SLOWEST_TOP, ...history.rates);
  const marks: AxisMark[] = [
    { share: 1, text: rateText(highest) },
    { share: 0.5, text: rateText(highest / 2) },
    { share: 0, text: '0' },
  ];
  return {
    id: 'rate',
    rect,
    title: WORDS.running.rate,
    corner: spanText(history),
    lines: axisRows(marks, rect.height - 2),
    chart: { values: fitted(history.rates, dotsOf(rect), average), highest },
  };
}

/** The scale of waits is logarithmic: a disk that needs ten milliseconds and one that needs ten seconds fit on it. */
const LOWEST_MS = 10;
const DECADES: readonly (readonly [ms: number, text: string])[] = [
  [10, '10 ms'],
  [100, '100 ms'],
  [1000, '1 s'],
  [10_000, '10 s'],
  [100_000, '100 s'],
];

/** The longest wait for the disk over time. */
export function waitPane(rect: Rect, history: JobHistory): Pane {
  const longest = Math.max(...history.waits, LOWEST_MS);
  const top = DECADES.find(([ms]) => ms >= Math.max(longest, 1000))?.[0] ?? longest;
  const share = (ms: number): number =>
    Math.log(Math.max(ms, LOWEST_MS) / LOWEST_MS) / Math.log(top / LOWEST_MS);
  const marks = DECADES.filter(([ms]) => ms <= top).map(
    ([ms, text]): AxisMark => ({ share: share(ms), text }),
  );
  return {
    id: 'waits',
    rect,
    title: WORDS.running.waits,
    corner: spanText(history),
    lines: axisRows(marks, rect.height - 2),
    chart: { values: fitted(history.waits, dotsOf(rect), highestOf).map(share), highest: 1 },
  };
}
