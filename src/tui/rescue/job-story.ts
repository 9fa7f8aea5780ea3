import type {
  DoneEvent,
  JobEvent,
  QuestionEvent,
  RecalledEvent,
  RefusedEvent,
  StartEvent,
} from '../../jobs/job-events.ts';
import { type JobHistory, NO_HISTORY, withFault, withProgress } from '../../jobs/job-history.ts';
import type { PlanEvent, ProgressEvent, RescueEvent } from '../../rescue/events.ts';
import { bytesText, clockText } from '../../text/quantity.ts';
import { withoutCommands } from '../words.ts';

/** One line of the log. */
export interface LogEntry {
  readonly elapsedMs: number;
  readonly text: string;
}

/** What has been heard of a job so far. Immutable. */
export interface JobStory {
  readonly start: StartEvent | undefined;
  readonly plan: PlanEvent | undefined;
  readonly progress: ProgressEvent | undefined;
  readonly question: QuestionEvent | undefined;
  readonly refused: RefusedEvent | undefined;
  readonly done: DoneEvent | undefined;
  /** How far the look at the target is, while it is compared. */
  readonly compared: { readonly doneBytes: number; readonly totalBytes: number } | undefined;
  readonly log: readonly LogEntry[];
  readonly history: JobHistory;
}

export const NEW_STORY: JobStory = {
  start: undefined,
  plan: undefined,
  progress: undefined,
  question: undefined,
  refused: undefined,
  done: undefined,
  compared: undefined,
  log: [],
  history: NO_HISTORY,
};

const LOG_ENTRIES = 500;

/** The story with one more event. */
export function told(story: JobStory, event: JobEvent): JobStory {
  switch (event.event) {
    case 'attached':
      return story;
    case 'history': {
      const { event: _, ...history } = event;
      return { ...story, history };
    }
    case 'verify':
      return { ...story, compared: event };
    case 'start':
      return { ...story, start: event };
    case 'plan':
      return noted({ ...story, plan: event }, event.notes);
    case 'progress':
      return { ...story, progress: event, history: withProgress(story.history, event) };
    case 'phase':
      // Whatever was asked has been answered.
      return { ...story, question: undefined };
    case 'question':
      return { ...story, question: event };
    case 'refused':
      return { ...story, refused: event };
    case 'fault':
      return logged(
        { ...story, history: withFault(story.history, event) },
        `read error at byte ${event.start}, ${bytesText(event.end - event.start)}`,
        whenOf(event),
      );
    case 'note':
      return logged(story, withoutCommands(event.message), whenOf(event));
    case 'done':
      return { ...story, done: event, question: undefined };
  }
}

/** `00:30:58  read error at byte 4096, 512 B`. */
export const logText = ({ elapsedMs, text }: LogEntry): string => `${clockText(elapsedMs / 1000)}  ${text}`;

/** When it was, for what is told again to somebody who comes late; what is new is of now. */
const whenOf = (event: RescueEvent | RecalledEvent): number | undefined =>
  'elapsedMs' in event ? event.elapsedMs : undefined;

function logged(story: JobStory, text: string, whenMs?: number): JobStory {
  if (text === '') return story;
  const entry = { elapsedMs: whenMs ?? story.progress?.elapsedMs ?? 0, text };
  return { ...story, log: [...story.log, entry].slice(-LOG_ENTRIES) };
}

/** A plan is told again when more of it is known; what was said of it is not. */
function noted(story: JobStory, notes: readonly string[]): JobStory {
  const known = new Set(story.log.map(({ text }) => text));
  return notes.filter((note) => !known.has(note)).reduce((before, note) => logged(before, note), story);
}
