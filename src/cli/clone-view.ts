import type { CloneEvent, CloneProgressEvent } from '../jobs/clone-events.ts';
import { clonePhaseText } from '../telling/clone-phase-words.ts';
import { cloneSummary } from '../telling/clone-summary.ts';
import { imageLines } from '../telling/image-lines.ts';
import { bytesText, durationText, percentText, rateText } from '../text/quantity.ts';
import { safeText } from '../text/safe.ts';
import { CONTROL } from './terminal.ts';

const LINES_EVERY_MS = 15_000;
/** Losses that are told one by one. */
const TOLD_LOSSES = 10;
/** A disk that does not answer for so long is worth a word. */
const SILENCE_MS = 3000;

/** What a clone, an image or a restore tells to people: on a terminal in one line that is drawn again and again. */
export class CloneView {
  readonly #stream: NodeJS.WriteStream;
  readonly #quiet: boolean;
  #shownMs = 0;
  #drawn = false;
  #losses = 0;
  #damages = 0;

  constructor(stream: NodeJS.WriteStream, quiet: boolean) {
    this.#stream = stream;
    this.#quiet = quiet;
  }

  show(event: CloneEvent): void {
    switch (event.event) {
      case 'volume': {
        const { ntfsVersion, clusterBytes, clusterCount } = event;
        const size = bytesText(clusterCount * clusterBytes);
        this.#say(`NTFS ${ntfsVersion}, ${size}, clusters of ${bytesText(clusterBytes)}`);
        break;
      }
      case 'image':
        for (const line of imageLines(event)) this.#say(safeText(line));
        break;
      case 'plan':
        this.#say(`In use: ${bytesText(event.usedBytes)}`);
        break;
      case 'resumed':
        this.#say(`Going on: ${bytesText(event.savedBytes)} are saved already.`);
        break;
      case 'progress':
        this.#progress(event);
        break;
      case 'damage':
        this.#damages++;
        if (this.#damages <= TOLD_LOSSES)
          this.#say(`Damaged: bytes ${event.start} to ${event.end} of the image: ${event.what}.`);
        if (this.#damages === TOLD_LOSSES) this.#say('Further damage is counted at the end.');
        break;
      case 'fault':
        this.#losses++;
        if (this.#losses <= TOLD_LOSSES)
          this.#say(`Lost: ${bytesText(event.end - event.start)} at byte ${event.start}.`);
        if (this.#losses === TOLD_LOSSES) this.#say('Further losses are counted at the end.');
        break;
      case 'note':
        this.#say(safeText(event.message));
        break;
      case 'done':
        this.#clear();
        for (const line of cloneSummary(event)) this.#say(line);
        break;
      case 'question':
      case 'refused':
        this.#clear();
        break;
      default:
        break;
    }
  }

  /** Prints a line of its own. */
  #say(text: string): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  #clear(): void {
    if (this.#drawn) this.#stream.write(`\r${CONTROL.clearLine}`);
    this.#drawn = false;
  }

  #progress(event: CloneProgressEvent): void {
    if (this.#quiet) return;
    const text = `${clonePhaseText(event.phase)}: ${progressText(event)}`;
    if (this.#stream.isTTY) {
      this.#stream.write(`\r${text.slice(0, (this.#stream.columns ?? 80) - 1)}${CONTROL.clearLine}`);
      this.#drawn = true;
      return;
    }
    if (event.elapsedMs - this.#shownMs < LINES_EVERY_MS) return;
    this.#shownMs = event.elapsedMs;
    this.#say(text);
  }
}

function progressText({ share, doneBytes, rate, secondsLeft, silentMs }: CloneProgressEvent): string {
  const parts = [percentText(share, 1)];
  if (doneBytes !== undefined) parts.push(bytesText(doneBytes));
  if (rate > 0) parts.push(rateText(rate));
  if (secondsLeft !== undefined) parts.push(`${durationText(secondsLeft)} left`);
  if (silentMs > SILENCE_MS) parts.push(`no answer for ${durationText(silentMs / 1000)}`);
  return parts.join(', ');
}
