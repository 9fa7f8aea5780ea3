import { inquire } from '../../jobs/job-inquiry.ts';
import type { JobSummary } from '../../jobs/job-list.ts';

/** The jobs that are known, looked up anew when asked to; never more than one look at a time. */
export class JobsStore {
  #jobs: readonly JobSummary[] = [];
  #problem: string | undefined;
  #looking = false;
  #onChange: () => void = () => undefined;

  get jobs(): readonly JobSummary[] {
    return this.#jobs;
  }

  /** Why the list is not known, as a sentence. */
  get problem(): string | undefined {
    return this.#problem;
  }

  listen(onChange: () => void): void {
    this.#onChange = onChange;
  }

  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const answer = await inquire();
    this.#looking = false;
    if (answer.kind === 'jobs') this.#jobs = answer.jobs;
    this.#problem = answer.kind === 'refusal' ? answer.refusal.message : undefined;
    this.#onChange();
  }
}
