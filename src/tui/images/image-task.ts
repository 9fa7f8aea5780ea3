import type { CloneEvent } from '../../jobs/clone-events.ts';
import { type StartTask, StoryTask, type TaskDeed, type Telling } from '../running/story-task.ts';
import { type ImageStory, imageTold, NEW_IMAGE_STORY } from './image-story.ts';

const TELLING: Telling<ImageStory> = {
  begin: NEW_IMAGE_STORY,
  told: (story, event) => imageTold(story, event as CloneEvent),
  isEnded: ({ done, refused }) => done !== undefined || refused !== undefined,
  share: ({ progress }) => progress?.share ?? 0,
  isGood: ({ done }) => done?.verdict === 'saved',
};

/** An image that is saved, restored or checked by a process of its own. */
export class ImageTask extends StoryTask<ImageStory> {
  constructor(deed: TaskDeed, start: StartTask, onChange: () => void) {
    super(deed, start, TELLING, onChange);
  }
}
