import { plural } from '../text/quantity.ts';
import type { JobEvent, RecalledEvent } from './job-events.ts';
import { NO_HISTORY, withFault, withProgress } from './job-history.ts';

/** Faults and notes that somebody who comes late is told. */
const LATEST = 200;

/** What a running job has told so far, as far as it still counts: for those who begin to watch it later. Pure. */
export class Recollection {
  readonly #latest = new Map<JobEvent['event'], JobEvent>();
  #recent: RecalledEvent[] = [];
  /** Faults and notes that came before those. */
  #omitted = 0;
  #elapsedMs = 0;
  #history = NO_HISTORY;

  take(event: JobEvent): void {
    if (event.event === 'fault') this.#history = withFault(this.#history, event);
    if (event.event === 'progress') {
      this.#history = withProgress(this.#history, event);
      this.#elapsedMs = event.elapsedMs;
    }
    switch (event.event) {
      case 'fault':
      case 'note':
        this.#recent.push({ elapsedMs: this.#elapsedMs, ...event });
        if (this.#recent.length > LATEST) {
          this.#recent.shift();
          this.#omitted++;
        }
        break;
      case 'phase':
        // Whatever was asked has been answered.
        this.#latest.delete('question');
        this.#latest.set('phase', event);
        break;
      default:
        this.#latest.set(event.event, event);
    }
  }

  /** The question was answered: nobody else shall be asked it. */
  answered(): void {
    this.#latest.delete('question');
  }

  /** The events that tell where the job stands, in the order in which they make sense. */
  events(): JobEvent[] {
    const order = ['start', 'plan', 'phase', 'progress', 'question', 'done'] as const;
    const [before, after] = [order.slice(0, 3), order.slice(3)];
    const known = (names: readonly JobEvent['event'][]): JobEvent[] =>
      names.map((name) => this.#latest.get(name)).filter((event) => event !== undefined);
    const history: JobEvent[] = this.#history.step < 0 ? [] : [{ event: 'history', ...this.#history }];
    // Faults are in the history already; the latest are told again for the log.
    return [...known(before), ...this.#omission(), ...this.#recent, ...history, ...known(after)];
  }

  /** What is not told any more is named. */
  #omission(): RecalledEvent[] {
    const [first] = this.#recent;
    if (this.#omitted === 0 || first === undefined) return [];
    const message = `The log begins here: ${plural(this.#omitted, 'earlier line')} ${this.#omitted === 1 ? 'is' : 'are'} not shown again.`;
    return [{ event: 'note', message, elapsedMs: first.elapsedMs }];
  }
}
