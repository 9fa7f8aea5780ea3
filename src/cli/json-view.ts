import type { JobEvent } from '../jobs/job-events.ts';
import type { JobView } from './view.ts';

/** Passes every event on, one JSON object a line. */
export class JsonView implements JobView {
  show(event: JobEvent): void {
    process.stdout.write(`${JSON.stringify(event)}\n`);
  }

  say(text: string): void {
    process.stdout.write(`${JSON.stringify({ event: 'note', message: text })}\n`);
  }

  close(): void {
    // Nothing was changed on the terminal.
  }
}
