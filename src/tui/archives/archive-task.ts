import { type StartTask, StoryTask, type TaskDeed, type Telling } from '../running/story-task.ts';
import { type ArchiveStory, type ArchiveTold, archiveTold, NEW_ARCHIVE_STORY } from './archive-story.ts';

const TELLING: Telling<ArchiveStory> = {
  begin: NEW_ARCHIVE_STORY,
  told: (story, event) => archiveTold(story, event as ArchiveTold),
  isEnded: ({ end }) => end !== undefined,
  share: ({ progress }) => progress?.share ?? 0,
  isGood: ({ end }) => end?.tone === 'good',
};

/** An archive that is saved, restored or verified by a process of its own. */
export class ArchiveTask extends StoryTask<ArchiveStory> {
  constructor(deed: TaskDeed, start: StartTask, onChange: () => void) {
    super(deed, start, TELLING, onChange);
  }
}
