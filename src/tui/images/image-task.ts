import type { CloneEvent } from '../../jobs/clone-events.ts';
import type { SelfTask } from '../../jobs/self-task.ts';
import { WORDS } from '../words.ts';
import { type ImageStory, imageTold, NEW_IMAGE_STORY } from './image-story.ts';

/** Something that is done with an image. */
export interface ImageDeed {
  /** What is done, for people: `Saving sda2 to /mnt/usb/a.zst`. */
  readonly title: string;
  /** The same without folders. */
  readonly short: string;
  /** The command that does it, without the name of the program. */
  readonly words: readonly string[];
  /** The device that is written. */
  readonly device?: string | undefined;
}

/** An image that is saved, restored or checked by a process of its own. It goes on whatever screen is in view. */
export class ImageTask {
  readonly deed: ImageDeed;
  readonly #task: SelfTask;
  #story: ImageStory = NEW_IMAGE_STORY;
  #isOver = false;
  #problem: string | undefined;
  #isStopping = false;
  /** Resolves when the process has ended. */
  readonly over: Promise<void>;

  constructor(deed: ImageDeed, start: (words: readonly string[]) => SelfTask, onChange: () => void) {
    this.deed = deed;
    this.#task = start(deed.words);
    this.over = this.#listen(onChange);
  }

  get story(): ImageStory {
    return this.#story;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Why it ended without a last word. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** In good order; the third time at once. */
  stop(): void {
    this.#isStopping = true;
    this.#task.stop();
  }

  async #listen(onChange: () => void): Promise<void> {
    for await (const event of this.#task.events) {
      this.#story = imageTold(this.#story, event as CloneEvent);
      onChange();
    }
    const { said } = await this.#task.ended;
    if (!this.#story.done && !this.#story.refused) this.#problem = said || WORDS.images.died;
    this.#isOver = true;
    onChange();
  }
}
