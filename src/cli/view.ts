import type { JobEvent } from '../jobs/job-events.ts';

/** Shows a job's events to whoever started it. */
export interface JobView {
  /** Shows one event. */
  show(event: JobEvent): void;
  /** Says something of the front end's own. */
  say(text: string): void;
  /** Leaves the terminal as it was found. */
  close(): void;
}
