import type { JobEvent } from '../../jobs/job-events.ts';
import type { EngineCommand } from '../../jobs/job-spec.ts';
import { WORDS } from '../words.ts';
import { type JobStory, NEW_STORY, told } from './job-story.ts';

/** A way to an engine: its events, and commands back to it. */
export interface JobLink {
  readonly events: AsyncIterable<JobEvent>;
  send(command: EngineCommand): void;
  /** Ends an engine that was started here and has not touched anything yet; missing for others. */
  kill?(): void;
  /** Stops listening; missing where that happens by itself. */
  leave?(): void;
}

/** Listens to a job for as long as it speaks, and keeps its story. */
export class WatchedJob {
  #story: JobStory = NEW_STORY;
  #death: string | undefined;
  readonly #link: JobLink;

  constructor(link: JobLink, onChange: (job: WatchedJob) => void) {
    this.#link = link;
    void this.#listen(onChange);
  }

  get story(): JobStory {
    return this.#story;
  }

  /** Why nothing more is heard, when the engine ended without a last word. */
  get death(): string | undefined {
    return this.#death;
  }

  send(command: EngineCommand): void {
    this.#link.send(command);
  }

  /** Ends the engine; for jobs that have not begun. */
  kill(): void {
    this.#link.kill?.();
  }

  /** Stops listening; the job goes on. */
  leave(): void {
    this.#link.leave?.();
  }

  async #listen(onChange: (job: WatchedJob) => void): Promise<void> {
    try {
      for await (const event of this.#link.events) {
        this.#story = told(this.#story, event);
        onChange(this);
      }
      if (!this.#story.done && !this.#story.refused) this.#death = WORDS.running.died;
    } catch (error) {
      this.#death = `${WORDS.running.died} (${(error as Error).message})`;
    }
    onChange(this);
  }
}
