import type { ArchiveFault } from '../../archive/archive-error.ts';
import type { ArchiveEvent, ArchivePhase, ArchiveProgress } from '../../archive/events.ts';
import type { VerifyResult } from '../../archive/inspect/verify-archive.ts';
import type { RestoreResult } from '../../archive/restore/restore-request.ts';
import type { SaveResult } from '../../archive/save/save.ts';
import { type JobHistory, NO_HISTORY, withProgress } from '../../jobs/job-history.ts';
import { differenceLines, surveyLines, troubleLine } from '../../telling/archive-events.ts';
import { archiveVerifyLines } from '../../telling/archive-inspect-lines.ts';
import { restoredLines, savedLines } from '../../telling/archive-results.ts';
import { safeText } from '../../text/safe.ts';
import { withoutCommands } from '../words.ts';

/** How work on an archive ended. */
export interface ArchiveEnd {
  /** `losses`: it came through, but not all of it. */
  readonly tone: 'good' | 'losses' | 'stopped' | 'failed' | 'refused';
  readonly lines: readonly string[];
}

/** What has been heard of work on an archive. Immutable. */
export interface ArchiveStory {
  readonly phase: ArchivePhase | undefined;
  readonly progress: ArchiveProgress | undefined;
  readonly history: JobHistory;
  /** Progress that was heard of: it comes at even times. */
  readonly ticks: number;
  readonly log: readonly string[];
  readonly end: ArchiveEnd | undefined;
}

/** What the command tells: the events, and one line for its end. */
export type ArchiveTold =
  | ArchiveEvent
  | ({ readonly event: 'saved' } & SaveResult)
  | ({ readonly event: 'restored' } & RestoreResult)
  | ({ readonly event: 'verified' } & VerifyResult)
  | {
      readonly event: 'ended';
      readonly fault: ArchiveFault;
      readonly message: string;
      readonly advice: string;
    };

const LOG_ENTRIES = 500;
/** What is heard of a phase has no times of its own. */
const EVERY_MS = 250;

export const NEW_ARCHIVE_STORY: ArchiveStory = {
  phase: undefined,
  progress: undefined,
  history: NO_HISTORY,
  ticks: 0,
  log: [],
  end: undefined,
};

/** The story with one more event. */
export function archiveTold(story: ArchiveStory, event: ArchiveTold): ArchiveStory {
  switch (event.event) {
    case 'phase':
      return { ...story, phase: event.phase, progress: undefined };
    case 'progress': {
      const ticks = story.ticks + 1;
      const elapsedMs = ticks * EVERY_MS;
      const step = { elapsedMs, rate: event.bytesPerSecond, waitingMs: 0, skippedBytes: 0 };
      return { ...story, ticks, progress: event, history: withProgress(story.history, step) };
    }
    case 'note':
      return logged(story, [withoutCommands(event.message)]);
    case 'survey':
      return logged(story, surveyLines(event));
    case 'trouble':
      return logged(story, [troubleLine(event)]);
    case 'difference':
      return logged(story, differenceLines(event));
    case 'saved':
      return ended(story, event.troubles.length > 0 ? 'losses' : 'good', savedLines(event));
    case 'restored': {
      const isDifferent = event.restored.some(({ comparison }) => (comparison?.differences ?? 0) > 0);
      const isWhole = !isDifferent && event.troubles.length === 0;
      return ended(story, isWhole ? 'good' : 'losses', restoredLines(event));
    }
    case 'verified': {
      const tone = { sound: 'good', lacking: 'losses', damaged: 'failed' } as const;
      const lines = archiveVerifyLines(event, '').reverse();
      return ended(story, tone[event.verdict], lines);
    }
    case 'ended': {
      const tone = event.fault === 'refused' || event.fault === 'stopped' ? event.fault : 'failed';
      return ended(story, tone, [event.message, event.advice]);
    }
  }
}

const ended = (story: ArchiveStory, tone: ArchiveEnd['tone'], lines: readonly string[]): ArchiveStory => ({
  ...story,
  end: { tone, lines: lines.map(withoutCommands).filter(Boolean) },
});

function logged(story: ArchiveStory, lines: readonly string[]): ArchiveStory {
  const said = lines.filter(Boolean).map(safeText);
  return said.length === 0 ? story : { ...story, log: [...story.log, ...said].slice(-LOG_ENTRIES) };
}
