import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
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

/** The events of a job in a file, one JSON object a line; at most two files of about two mebibytes. */
export class EventLog {
  readonly path: string;
  readonly #thinner = new EventThinner();
  #pending = '';
  #file: FileHandle | undefined;
  #writtenBytes = 0;

  constructor(path: string) {
    this.path = path;
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
    if (this.#pending === '') return;
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    const file = await this.#opened();
    await file.appendFile(bytes);
    this.#writtenBytes += bytes.length;
    if (this.#writtenBytes < ROTATE_BYTES) return;
    await this.close();
    await rename(this.path, this.olderPath);
  }

  /** Puts what was written on stable storage. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  async #opened(): Promise<FileHandle> {
    if (this.#file === undefined) {
      const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
      this.#file = await open(this.path, flags, 0o600);
      this.#writtenBytes = (await this.#file.stat()).size;
    }
    return this.#file;
  }
}
