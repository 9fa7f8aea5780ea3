import type { DoneEvent, JobEvent, QuestionEvent, RefusedEvent, StartEvent } from '../../jobs/job-events.ts';
import type { PlanEvent, ProgressEvent } from '../../rescue/events.ts';
import { bytesText, clockText } from '../../text/quantity.ts';

/** One line of the log. */
export interface LogEntry {
  readonly elapsedMs: number;
  readonly text: string;
}

/** A place where reads failed, as one area for as long as the failures touch each other. */
export interface BadPlace {
  readonly start: number;
  readonly end: number;
  /** Whether it is known to be bad, not just suspected. */
  readonly decided: boolean;
}

/** What has been heard of a job so far. Immutable. */
export interface JobStory {
  readonly start: StartEvent | undefined;
  readonly plan: PlanEvent | undefined;
  readonly progress: ProgressEvent | undefined;
  readonly question: QuestionEvent | undefined;
  readonly refused: RefusedEvent | undefined;
  readonly done: DoneEvent | undefined;
  readonly log: readonly LogEntry[];
  /** The largest first. */
  readonly places: readonly BadPlace[];
  /** Bytes a second and the longest wait for the disk in milliseconds, each for one step of time. */
  readonly rates: readonly number[];
  readonly waits: readonly number[];
  /** Length of a step, and the number of the step that the last values are of. */
  readonly stepMs: number;
  readonly step: number;
}

export const NEW_STORY: JobStory = {
  start: undefined,
  plan: undefined,
  progress: undefined,
  question: undefined,
  refused: undefined,
  done: undefined,
  log: [],
  places: [],
  rates: [],
  waits: [],
  stepMs: 1000,
  step: -1,
};

const LOG_ENTRIES = 500;
const PLACES = 200;
/** Steps that are kept: as many dots as the widest chart has. When they are full, steps become twice as long. */
const STEPS = 400;

/** The story with one more event. */
export function told(story: JobStory, event: JobEvent): JobStory {
  switch (event.event) {
    case 'attached':
    case 'verify':
      return story;
    case 'start':
      return { ...story, start: event };
    case 'plan':
      return { ...story, plan: event };
    case 'progress':
      return measured({ ...story, progress: event, places: stillSuspected(story.places, event) }, event);
    case 'phase':
      // Whatever was asked has been answered.
      return { ...story, question: undefined };
    case 'question':
      return { ...story, question: event };
    case 'refused':
      return { ...story, refused: event };
    case 'fault':
      return logged(
        { ...story, places: withPlace(story.places, event) },
        `read error at byte ${event.start}, ${bytesText(event.end - event.start)}`,
      );
    case 'note':
      return logged(story, event.message);
    case 'done':
      return { ...story, done: event, question: undefined };
  }
}

/** `00:30:58  read error at byte 4096, 512 B`. */
export const logText = ({ elapsedMs, text }: LogEntry): string => `${clockText(elapsedMs / 1000)}  ${text}`;

function logged(story: JobStory, text: string): JobStory {
  const entry = { elapsedMs: story.progress?.elapsedMs ?? 0, text };
  return { ...story, log: [...story.log, entry].slice(-LOG_ENTRIES) };
}

/** What a failure is sure of takes the place of what an earlier one there had only suspected. */
function withPlace(places: readonly BadPlace[], fault: BadPlace): BadPlace[] {
  let { start, end } = fault;
  const { decided } = fault;
  const others: BadPlace[] = [];
  for (const place of places) {
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
  return [...others, { start, end, decided }]
    .sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start)
    .slice(0, PLACES);
}

/** When nothing is left to be tried again, what was only suspected has turned out well. */
function stillSuspected(places: readonly BadPlace[], { skippedBytes }: ProgressEvent): readonly BadPlace[] {
  if (skippedBytes > 0 || places.every(({ decided }) => decided)) return places;
  return places.filter(({ decided }) => decided);
}

function measured(story: JobStory, { elapsedMs, rate, waitingMs }: ProgressEvent): JobStory {
  const step = Math.floor(elapsedMs / story.stepMs);
  if (step === story.step) {
    const last = story.waits.length - 1;
    if (waitingMs <= (story.waits[last] ?? 0)) return story;
    return { ...story, waits: [...story.waits.slice(0, last), waitingMs] };
  }
  const rates = [...story.rates, rate];
  const waits = [...story.waits, waitingMs];
  if (rates.length <= STEPS) return { ...story, rates, waits, step };
  const stepMs = story.stepMs * 2;
  return {
    ...story,
    rates: inPairs(rates, (a, b) => (a + b) / 2),
    waits: inPairs(waits, Math.max),
    stepMs,
    step: Math.floor(elapsedMs / stepMs),
  };
}

function inPairs(values: readonly number[], join: (a: number, b: number) => number): number[] {
  const joined: number[] = [];
  for (let i = 0; i < values.length; i += 2) {
    const first = values[i] as number;
    joined.push(join(first, values[i + 1] ?? first));
  }
  return joined;
}
