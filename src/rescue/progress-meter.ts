import type { BlockMap } from './block-map.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { Clock } from './clock.ts';
import type { ProgressEvent } from './events.ts';
import { mapCells } from './map-cells.ts';
import type { MapPhase } from './mapfile.ts';
import type { PhaseName } from './pass.ts';
import type { PassRunner } from './pass-runner.ts';
import type { StageName } from './plan.ts';
import { Rate } from './rate.ts';
import type { Saver } from './saver.ts';
import type { Tally } from './tally.ts';
import { timeLeft } from './time-left.ts';

/** Where the rescue is. */
export interface Phase {
  readonly phase: PhaseName;
  readonly stage: StageName | undefined;
  readonly pass: number;
  readonly letter: MapPhase;
}

/** Cells of the map picture in a progress event: enough for a screen 200 columns wide and 20 rows high. */
const CELLS = 4000;
/** A picture of a map with a million runs takes a while; it may take this share of the time. */
const PICTURE_SHARE = 20;
const PICTURE_AGE_MS = 450;
const RECENT_MS = 8000;
const SILENCE_MS = 5000;
/** Taken for the time of a failing read until one was measured. */
const GUESSED_FAILED_READ_MS = 1000;

/** Turns the state of a rescue into progress events. */
export class ProgressMeter {
  phase: Phase = { phase: 'survey', stage: undefined, pass: 1, letter: '?' };
  readonly #map: BlockMap;
  readonly #tally: Tally;
  readonly #saver: Saver;
  readonly #checkpointer: Checkpointer;
  readonly #runner: PassRunner;
  readonly #clock: Clock;
  readonly #unitBytes: number;
  readonly #startMs: number;
  readonly #recent = new Rate(RECENT_MS);
  #picture = { cells: '', badAreas: 0, atMs: Number.NEGATIVE_INFINITY, costMs: 0 };

  constructor(
    map: BlockMap,
    tally: Tally,
    saver: Saver,
    checkpointer: Checkpointer,
    runner: PassRunner,
    ports: { readonly clock: Clock; readonly source: { readonly physicalSectorBytes: number } },
  ) {
    this.#map = map;
    this.#tally = tally;
    this.#saver = saver;
    this.#checkpointer = checkpointer;
    this.#runner = runner;
    this.#clock = ports.clock;
    this.#unitBytes = ports.source.physicalSectorBytes;
    this.#startMs = ports.clock.now();
  }

  /** Where the rescue stands; with `fresh` the picture and the areas are counted anew, however long it takes. */
  snapshot(options: { fresh: boolean } = { fresh: false }): ProgressEvent {
    const now = this.#clock.now();
    const { bytes } = this.#tally;
    const { counters } = this.#saver;
    const elapsedMs = now - this.#startMs;
    this.#recent.sample(now, counters.bytesRead);
    const averageRate = elapsedMs > 0 ? (counters.bytesRead / elapsedMs) * 1000 : 0;
    const pending = this.#saver.longestPending;
    const waitingMs = pending ? now - pending.sinceMs : 0;
    const { cells, badAreas } = this.#draw(now, options.fresh);
    return {
      event: 'progress',
      phase: this.phase.phase,
      stage: this.phase.stage,
      pass: this.phase.pass,
      elapsedMs,
      position: this.#runner.position,
      domainBytes: this.#tally.totalBytes,
      savedBytes: bytes['+'],
      untriedBytes: bytes['?'],
      skippedBytes: bytes['*'] + bytes['/'],
      badBytes: bytes['-'],
      badAreas,
      failedReads: counters.failedReads,
      reads: counters.reads,
      rate: this.#recent.perSecond,
      averageRate,
      // A disk that does not answer makes every estimate a guess.
      timeLeft:
        waitingMs > SILENCE_MS
          ? undefined
          : timeLeft({
              bytes,
              recentRate: this.#recent.perSecond,
              averageRate,
              failedReadMs:
                counters.failedReads > 0 ? counters.failedMs / counters.failedReads : GUESSED_FAILED_READ_MS,
              unitBytes: this.#unitBytes,
            }),
      waitingMs,
      mapAgeMs: this.#checkpointer.ageMs,
      cells,
    };
  }

  /** The picture of the map, drawn anew only as often as its size allows. */
  #draw(now: number, fresh: boolean): { cells: string; badAreas: number } {
    const age = now - this.#picture.atMs;
    const tooSoon = age < PICTURE_AGE_MS || age < this.#picture.costMs * PICTURE_SHARE;
    if (tooSoon && !fresh) return this.#picture;
    const cells = mapCells(this.#map, this.#tally.domain, CELLS);
    const badAreas = this.#map.bytesWith('-').intersect(this.#tally.domain).count;
    this.#picture = { cells, badAreas, atMs: now, costMs: this.#clock.now() - now };
    return this.#picture;
  }
}
