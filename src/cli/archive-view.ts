import type { ArchiveError } from '../archive/archive-error.ts';
import type { ArchiveEvent, ArchiveProgress } from '../archive/events.ts';
import {
  ARCHIVE_PHASES,
  archiveProgressText,
  differenceLines,
  surveyLines,
  troubleLine,
} from '../telling/archive-events.ts';
import { safeText } from '../text/safe.ts';
import { CONTROL } from './terminal.ts';

/** Shows what is told while something is done with an archive. */
export interface ArchiveView {
  show(event: ArchiveEvent): void;
  /** A line of its own. */
  say(text: string): void;
  /** It did not end well; people are told on standard error besides. */
  failed(error: ArchiveError): void;
  /** Paths in a text as people know them: those in drives that are mounted for the work alone. */
  readonly told: Told;
}

export type Told = (text: string) => string;

/** Every event as a line of JSON. */
export class ArchiveJsonView implements ArchiveView {
  readonly told: Told;

  constructor(told: Told) {
    this.told = told;
  }

  show(event: object): void {
    process.stdout.write(`${this.told(JSON.stringify(event))}\n`);
  }

  say(text: string): void {
    this.show({ event: 'note', code: 'front-end', message: text });
  }

  failed({ fault, code, message, advice, overridable }: ArchiveError): void {
    this.show({ event: 'ended', fault, code, message, advice, overridable });
  }
}

const TERMINAL_EVERY_MS = 250;
const LINES_EVERY_MS = 15_000;
const TOLD_DIFFERENCES = 100;
const TOLD_TROUBLES = 100;

/** Lines for people; on a terminal the last one is drawn again and again. */
export class ArchiveTextView implements ArchiveView {
  readonly #stream: NodeJS.WriteStream;
  readonly #quiet: boolean;
  readonly told: Told;
  #shownMs = 0;
  #drawn = false;
  #differences = 0;
  #troubles = 0;

  constructor(stream: NodeJS.WriteStream, quiet: boolean, told: Told) {
    this.told = told;
    this.#stream = stream;
    this.#quiet = quiet;
  }

  show(event: ArchiveEvent): void {
    switch (event.event) {
      case 'phase':
        if (!this.#quiet)
          this.say(`${ARCHIVE_PHASES[event.phase]}${event.what ? ` ${safeText(event.what)}` : ''} ...`);
        this.#shownMs = performance.now();
        break;
      case 'progress':
        this.#progress(event);
        break;
      case 'note':
        this.say(`Note: ${safeText(event.message)}`);
        break;
      case 'survey':
        for (const line of surveyLines(event)) this.say(line);
        break;
      case 'trouble':
        this.#troubles++;
        if (this.#troubles <= TOLD_TROUBLES) this.say(troubleLine(event));
        if (this.#troubles === TOLD_TROUBLES) this.say('Further files are counted at the end.');
        break;
      case 'difference':
        this.#differences++;
        if (this.#differences <= TOLD_DIFFERENCES) for (const line of differenceLines(event)) this.say(line);
        if (this.#differences === TOLD_DIFFERENCES) {
          this.say('Further differences are counted at the end; --json tells all of them.');
        }
        break;
    }
  }

  say(text: string): void {
    if (this.#drawn) this.#stream.write(`\r${CONTROL.clearLine}`);
    this.#drawn = false;
    this.#stream.write(`${this.told(text)}\n`);
  }

  failed(): void {
    if (this.#drawn) this.#stream.write(`\r${CONTROL.clearLine}`);
    this.#drawn = false;
  }

  #progress(progress: ArchiveProgress): void {
    if (this.#quiet) return;
    const now = performance.now();
    if (now - this.#shownMs < (this.#stream.isTTY ? TERMINAL_EVERY_MS : LINES_EVERY_MS)) return;
    this.#shownMs = now;
    const text = this.told(archiveProgressText(progress));
    if (!this.#stream.isTTY) {
      this.say(text);
      return;
    }
    const width = (this.#stream.columns ?? 80) - 1;
    this.#stream.write(`\r${text.slice(0, width)}${CONTROL.clearLine}`);
    this.#drawn = true;
  }
}
