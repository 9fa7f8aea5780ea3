import type { FaultEvent, ProgressEvent } from '../rescue/events.ts';

/** A place where reads failed, as one area for as long as the failures touch each other. */
export interface BadPlace {
  readonly start: number;
  readonly end: number;
  /** Whether it is known to be bad, not just suspected. */
  readonly decided: boolean;
}

/** How a run went so far, in numbers: for charts and lists. Immutable and bounded, however long the run takes. */
export interface JobHistory {
  /** Bytes a second, and the longest wait for the disk in milliseconds, each for one step of time. */
  readonly rates: readonly number[];
  readonly waits: readonly number[];
  /** Length of a step in milliseconds. */
  readonly stepMs: number;
  /** Number of the step that the last values are of; -1 before the first. */
  readonly step: number;
  /** The largest first. */
  readonly places: readonly BadPlace[];
}

export const NO_HISTORY: JobHistory = { rates: [], waits: [], stepMs: 1000, step: -1, places: [] };

const PLACES = 200;
/** Steps that are kept: as many dots as the widest chart has. When they are full, steps become twice as long. */
const STEPS = 400;

/** The history with one more failed read. What it is sure of takes the place of what was only suspected there. */
export function withFault(
  history: JobHistory,
  fault: Pick<FaultEvent, 'start' | 'end' | 'decided'>,
): JobHistory {
  let { start, end } = fault;
  const { decided } = fault;
  const others: BadPlace[] = [];
  for (const place of history.places) {
    const touches = place.start <= end && place.end >= start;
    if (touches && place.decided === decided) {
      start = Math.min(start, place.start);
      end = Math.max(end, place.end);
    } else if (!touches || place.decided) others.push(place);
    else {
      // What is left of the suspicion on either side.
      if (place.start < start) others.push({ ...place, end: start });
      if (end < place.end) others.push({ ...place, start: end });
    }
  }
  const places = [...others, { start, end, decided }]
    .sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start)
    .slice(0, PLACES);
  return { ...history, places };
}

/** What a history is made from. */
export type HistoryStep = Pick<ProgressEvent, 'elapsedMs' | 'rate' | 'waitingMs' | 'skippedBytes'>;

/** The history with one more progress event. */
export function withProgress(before: JobHistory, progress: HistoryStep): JobHistory {
  const history = { ...before, places: stillSuspected(before.places, progress) };
  const { elapsedMs, rate, waitingMs } = progress;
  const step = Math.floor(elapsedMs / history.stepMs);
  if (step === history.step) {
    const last = history.waits.length - 1;
    if (waitingMs <= (history.waits[last] ?? 0)) return history;
    return { ...history, waits: [...history.waits.slice(0, last), waitingMs] };
  }
  // Steps of which nothing was heard are like the one that comes after them.
  const missed = history.step < 0 ? 1 : Math.min(STEPS, Math.max(1, step - history.step));
  return halved({
    ...history,
    rates: [...history.rates, ...Array.from({ length: missed }, () => rate)],
    waits: [...history.waits, ...Array.from({ length: missed }, () => waitingMs)],
    step,
  });
}

/** With steps twice as long, as often as it takes until there are not too many of them. */
function halved(history: JobHistory): JobHistory {
  if (history.rates.length <= STEPS) return history;
  return halved({
    ...history,
    rates: inPairs(history.rates, (a, b) => (a + b) / 2),
    waits: inPairs(history.waits, Math.max),
    stepMs: history.stepMs * 2,
    step: Math.floor(history.step / 2),
  });
}

/** When nothing is left to be tried again, what was only suspected has turned out well. */
function stillSuspected(places: readonly BadPlace[], { skippedBytes }: HistoryStep): readonly BadPlace[] {
  if (skippedBytes > 0 || places.every(({ decided }) => decided)) return places;
  return places.filter(({ decided }) => decided);
}

function inPairs(values: readonly number[], join: (a: number, b: number) => number): number[] {
  const joined: number[] = [];
  for (let i = 0; i < values.length; i += 2) {
    const first = values[i] as number;
    joined.push(join(first, values[i + 1] ?? first));
  }
  return joined;
}
