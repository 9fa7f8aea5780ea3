import type { JobEvent, VerifyEvent } from '../jobs/job-events.ts';
import type { FaultEvent, ProgressEvent } from '../rescue/events.ts';
import { phaseText, timeLeftText, waitingText } from '../telling/phase-words.ts';
import { bytesText, clockText, percentText, plural, rateText } from '../text/quantity.ts';
import { doneLines, planLines, startLines } from './summary.ts';
import type { TerminalLook } from './terminal.ts';
import type { JobView } from './view.ts';

/** A progress line at most this often. */
const PROGRESS_INTERVAL_MS = 5000;

/** Prints a line for everything worth one: for logs, pipes and terminals that cannot draw in place. */
export class LineView implements JobView {
  readonly #print: (line: string) => void;
  readonly #look: TerminalLook;
  #lastProgressMs = 0;
  #lastVerifyMs = 0;
  #failures = 0;
  #phase = '';

  constructor(print: (line: string) => void, look: TerminalLook) {
    this.#print = print;
    this.#look = look;
  }

  show(event: JobEvent): void {
    switch (event.event) {
      case 'start':
        for (const line of startLines(event)) this.#print(line);
        break;
      case 'plan':
        for (const line of planLines(event)) this.#print(line);
        break;
      case 'phase':
        this.#phase = phaseText(event.phase, event.stage, event.pass);
        break;
      case 'note':
        this.#print(event.message);
        break;
      case 'fault':
        this.#showFault(event);
        break;
      case 'verify':
        this.#showVerify(event);
        break;
      case 'progress':
        this.#showProgress(event);
        break;
      case 'done':
        for (const line of doneLines(event, 78, this.#look)) this.#print(line);
        break;
      default:
        break;
    }
  }

  say(text: string): void {
    this.#print(text);
  }

  close(): void {
    // Lines need no tidying up.
  }

  /** The first failures are told one by one; after that the progress line counts them. */
  #showFault(fault: FaultEvent): void {
    const TOLD_SINGLY = 10;
    if (this.#failures++ >= TOLD_SINGLY) return;
    this.#print(`read error at byte ${fault.start}, ${bytesText(fault.end - fault.start)}`);
    if (this.#failures === TOLD_SINGLY) this.#print('further read errors are counted below');
  }

  #showVerify({ doneBytes, totalBytes }: VerifyEvent): void {
    const now = performance.now();
    if (now - this.#lastVerifyMs < PROGRESS_INTERVAL_MS) return;
    this.#lastVerifyMs = now;
    this.#print(`comparing the target with what was read: ${percentText(doneBytes, totalBytes)}`);
  }

  #showProgress(progress: ProgressEvent): void {
    if (progress.elapsedMs - this.#lastProgressMs < PROGRESS_INTERVAL_MS) return;
    this.#lastProgressMs = progress.elapsedMs;
    const waiting = waitingText(progress);
    this.#print(
      [
        clockText(progress.elapsedMs / 1000),
        percentText(progress.savedBytes, progress.domainBytes),
        `saved ${bytesText(progress.savedBytes)}`,
        `skipped ${bytesText(progress.skippedBytes)}`,
        `bad ${bytesText(progress.badBytes)} in ${plural(progress.badAreas, 'area')}`,
        plural(progress.failedReads, 'read error'),
        `now ${rateText(progress.rate)}`,
        `left ${timeLeftText(progress.timeLeft)}`,
        waiting || this.#phase,
      ].join('  '),
    );
  }
}
