import { rename } from 'node:fs/promises';
import { GrowingFile } from './growing-file.ts';
import type { JobEvent } from './job-events.ts';

/** A log of this size is put aside, in the place of the one that was put aside before it. */
const ROTATE_BYTES = 2 << 20;
/** Progress is written down this often. */
const PROGRESS_MS = 30_000;
/** Failed reads and notes that are written down one by one between two lines of progress; the rest is counted. */
const SINGLE_FAULTS = 200;

/**
 * Picks what of a job's events is worth keeping: a dead head makes hundreds of thousands of faults, and progress comes
 * four times a second. Pure.
 */
export class EventThinner {
  #lastProgressMs = Number.NEGATIVE_INFINITY;
  #faults = 0;
  #omittedFaults = 0;

  /** The line for an event at that time (milliseconds since 1970), or undefined when it is left out. */
  line(event: JobEvent, nowMs: number): string | undefined {
    if (event.event === 'fault' && ++this.#faults > SINGLE_FAULTS) {
      this.#omittedFaults++;
      return undefined;
    }
    const kept = this.#thinned(event, nowMs);
    return kept && JSON.stringify({ at: new Date(nowMs).toISOString(), ...kept });
  }

  #thinned(event: JobEvent, nowMs: number): object | undefined {
    if (event.event === 'done') return { ...event, cells: undefined, damage: undefined };
    if (event.event !== 'progress') return event;
    if (nowMs - this.#lastProgressMs < PROGRESS_MS) return undefined;
    this.#lastProgressMs = nowMs;
    const omittedFaults = this.#omittedFaults > 0 ? this.#omittedFaults : undefined;
    this.#faults = 0;
    this.#omittedFaults = 0;
    return { ...event, cells: undefined, omittedFaults };
  }
}

const LINE_FEED = 10;

/** The events of a job in a file, one JSON object a line; at most two files of about two mebibytes. */
export class EventLog {
  readonly path: string;
  readonly #thinner = new EventThinner();
  #pending = '';
  #file: GrowingFile;

  constructor(path: string) {
    this.path = path;
    this.#file = this.#begun();
  }

  /** Where the older half of a long log is. */
  get olderPath(): string {
    return this.path.replace(/(\.[^./]*)?$/, '.1$1');
  }

  /** Takes an event in; nothing is written before `flush`. */
  note(event: JobEvent): void {
    const line = this.#thinner.line(event, Date.now());
    if (line !== undefined) this.#pending += `${line}\n`;
  }

  /** Writes what was noted. Must not be called again before it has ended. */
  async flush(): Promise<void> {
    if (this.#pending !== '') this.#file.add(Buffer.from(this.#pending));
    this.#pending = '';
    await this.#file.flush();
    if (this.#file.sizeBytes < ROTATE_BYTES) return;
    await this.#file.close();
    await rename(this.path, this.olderPath);
    this.#file = this.#begun();
  }

  /** Puts what was written on stable storage. */
  close(): Promise<void> {
    return this.#file.close();
  }

  #begun(): GrowingFile {
    return new GrowingFile(this.path, {
      keptBytes: (found) => found.lastIndexOf(LINE_FEED) + 1,
      header: new Uint8Array(),
    });
  }
}
