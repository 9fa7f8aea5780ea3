import { inquire } from '../../jobs/inquiry.ts';
import type { JobSummary } from '../../jobs/job-list.ts';

/** The jobs that are known, for whoever shows them. */
export interface KnownJobs {
  readonly jobs: readonly JobSummary[];
  /** Why the list is not known, as a sentence. */
  readonly problem: string | undefined;
  look(): Promise<void>;
}

/** How often jobs are looked at while one of them is at work. */
const EVERY_MS = 10_000;

/** Looks at the jobs now, and again and again while one of them is at work and they are seen. */
export function lookAgain(store: KnownJobs, areSeen: () => boolean): NodeJS.Timeout {
  void store.look();
  const look = (): void => {
    if (areSeen() && store.jobs.some(({ state }) => state === 'running')) void store.look();
  };
  return setInterval(look, EVERY_MS).unref();
}

/** The jobs that are known, looked up anew when asked to; never more than one look at a time. */
export class JobsStore implements KnownJobs {
  #jobs: readonly JobSummary[] = [];
  #problem: string | undefined;
  #looking = false;
  #onChange: () => void = () => undefined;

  get jobs(): readonly JobSummary[] {
    return this.#jobs;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  listen(onChange: () => void): void {
    this.#onChange = onChange;
  }

  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const answer = await inquire({ ask: 'jobs' });
    this.#looking = false;
    if (answer.kind === 'answer') this.#jobs = answer.answer;
    this.#problem = answer.kind === 'refusal' ? answer.refusal.message : undefined;
    this.#onChange();
  }
}
