import type { SelfTask } from '../../jobs/self-task.ts';
import { WORDS } from '../words.ts';

/** Something that is done by a process of its own. */
export interface TaskDeed {
  /** What is done, for people: `Saving sda2 to /mnt/usb/a.zst`. */
  readonly title: string;
  /** The same without folders. */
  readonly short: string;
  /** The command that does it, without the name of the program. */
  readonly words: readonly string[];
  /** All that it is told: what must not stand on a command line. */
  readonly input?: string | undefined;
  /** The device that is written. */
  readonly device?: string | undefined;
}

/** Starts a command of this program that tells what it does as JSON. */
export type StartTask = (words: readonly string[], input?: string) => SelfTask;

/** How a story is told, from its beginning on. */
export interface Telling<Story> {
  readonly begin: Story;
  readonly told: (story: Story, event: unknown) => Story;
  /** Whether it has had its last word. */
  readonly isEnded: (story: Story) => boolean;
  /** How much of it is done, from 0 to 1. */
  readonly share: (story: Story) => number;
  /** Whether it has come through without any loss. */
  readonly isGood: (story: Story) => boolean;
}

/** A command at work, and what has been heard of it. It goes on whatever screen is in view. */
export class StoryTask<Story> {
  readonly deed: TaskDeed;
  readonly #task: SelfTask;
  readonly #telling: Telling<Story>;
  #story: Story;
  #isOver = false;
  #problem: string | undefined;
  #isStopping = false;
  /** Resolves when the process has ended. */
  readonly over: Promise<void>;

  constructor(deed: TaskDeed, start: StartTask, telling: Telling<Story>, onChange: () => void) {
    this.deed = deed;
    this.#telling = telling;
    this.#story = telling.begin;
    this.#task = start(deed.words, deed.input);
    this.over = this.#listen(onChange);
  }

  get story(): Story {
    return this.#story;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get share(): number {
    return this.#telling.share(this.#story);
  }

  get isGood(): boolean {
    return this.#telling.isGood(this.#story);
  }

  /** Why it ended without a last word. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** In good order; the next time at once. */
  stop(): void {
    this.#isStopping = true;
    this.#task.stop();
  }

  async #listen(onChange: () => void): Promise<void> {
    for await (const event of this.#task.events) {
      this.#story = this.#telling.told(this.#story, event);
      onChange();
    }
    const { said, exitCode } = await this.#task.ended;
    // Before it listens to signals, one ends it at once.
    const why = this.#isStopping && exitCode === undefined ? WORDS.images.stoppedEarly : WORDS.images.died;
    if (!this.#telling.isEnded(this.#story)) this.#problem = said || why;
    this.#isOver = true;
    onChange();
  }
}
