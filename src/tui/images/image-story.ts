import type {
  CloneDoneEvent,
  CloneEvent,
  CloneProgressEvent,
  CloneRefusedEvent,
} from '../../jobs/clone-events.ts';
import { type JobHistory, NO_HISTORY, withProgress } from '../../jobs/job-history.ts';
import { imageLines } from '../../telling/image-lines.ts';
import { bytesText } from '../../text/quantity.ts';
import { WORDS, withoutCommands } from '../words.ts';

/** What has been heard of an image at work so far. Immutable. */
export interface ImageStory {
  readonly progress: CloneProgressEvent | undefined;
  readonly history: JobHistory;
  readonly log: readonly string[];
  readonly refused: Pick<CloneRefusedEvent, 'message' | 'advice'> | undefined;
  readonly done: CloneDoneEvent | undefined;
}

export const NEW_IMAGE_STORY: ImageStory = {
  progress: undefined,
  history: NO_HISTORY,
  log: [],
  refused: undefined,
  done: undefined,
};

const LOG_ENTRIES = 500;

/** The story with one more event. */
export function imageTold(story: ImageStory, event: CloneEvent): ImageStory {
  switch (event.event) {
    case 'volume': {
      const { ntfsVersion, clusterBytes, clusterCount } = event;
      return logged(story, WORDS.images.volume(ntfsVersion, bytesText(clusterBytes * clusterCount)));
    }
    case 'image':
      return imageLines(event).reduce(logged, story);
    case 'plan':
      return logged(story, WORDS.images.inUse(bytesText(event.usedBytes)));
    case 'resumed':
      return logged(story, WORDS.images.resumed(bytesText(event.savedBytes)));
    case 'progress': {
      const { elapsedMs, rate, silentMs } = event;
      const step = { elapsedMs, rate, waitingMs: silentMs, skippedBytes: 0 };
      return { ...story, progress: event, history: withProgress(story.history, step) };
    }
    case 'fault':
      return logged(story, WORDS.images.fault(event.start, bytesText(event.end - event.start)));
    case 'damage':
      return logged(story, WORDS.images.damaged(event.start, event.end, event.what));
    case 'note':
      return logged(story, withoutCommands(event.message));
    case 'question':
      return { ...story, refused: { message: event.message, advice: WORDS.notice.chooseOther } };
    case 'refused':
      // After a question the refusal only says that nobody has agreed.
      return { ...story, refused: story.refused ?? event };
    case 'done':
      return { ...story, done: event };
    case 'start':
    case 'phase':
      return story;
  }
}

function logged(story: ImageStory, text: string): ImageStory {
  return text === '' ? story : { ...story, log: [...story.log, text].slice(-LOG_ENTRIES) };
}
