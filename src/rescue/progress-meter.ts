import type { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from './block-map.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { Clock } from './clock.ts';
import type { ProgressEvent } from './events.ts';
import { mapCells } from './map-cells.ts';
import type { MapPhase } from './mapfile.ts';
import type { MediumUnit } from './medium-unit.ts';
import type { PhaseName } from './pass.ts';
import type { PassRunner } from './pass-runner.ts';
import type { StageName } from './plan.ts';
import { Rate } from './rate.ts';
import type { Saver } from './saver.ts';
import type { StageTallies } from './stage-tallies.ts';
import type { Tally } from './tally.ts';
import { timeLeft } from './time-left.ts';
import type { Waits } from './waits.ts';

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

/** What is measured. */
export interface MeterPorts {
  readonly map: BlockMap;
  readonly tally: Tally;
  readonly stages: StageTallies;
  readonly saver: Saver;
  readonly checkpointer: Checkpointer;
  readonly runner: PassRunner;
  readonly waits: Waits;
  readonly clock: Clock;
  /** Times that bad units are to be tried again. */
  readonly retries: number;
  readonly unit: MediumUnit;
}

/** Turns the state of a rescue into progress events. */
export class ProgressMeter {
  phase: Phase = { phase: 'survey', stage: undefined, pass: 1, letter: '?' };
  readonly #of: MeterPorts;
  readonly #startMs: number;
  readonly #recent = new Rate(RECENT_MS);
  #picture = { cells: '', badAreas: 0, atMs: Number.NEGATIVE_INFINITY, costMs: 0 };

  constructor(of: MeterPorts) {
    this.#of = of;
    this.#startMs = of.clock.now();
  }

  get #retriesLeft(): number {
    const { retries } = this.#of;
    return this.phase.phase === 'retry' ? retries - this.phase.pass + 1 : retries;
  }

  /** How long it takes to try every unit of these areas if all of them are bad. */
  secondsIfBad(areas: RangeSet): number {
    const units = areas.totalBytes / this.#of.unit.bytes;
    return (units * this.#failedReadMs) / 1000;
  }

  get #failedReadMs(): number {
    const { failedReads, failedMs } = this.#of.saver.counters;
    return failedReads > 0 ? failedMs / failedReads : GUESSED_FAILED_READ_MS;
  }

  /** Where the rescue stands; with `fresh` the picture and the areas are counted anew, however long it takes. */
  snapshot(options: { fresh: boolean } = { fresh: false }): ProgressEvent {
    const { tally, stages, saver, checkpointer, runner, waits, clock, unit } = this.#of;
    const now = clock.now();
    const { bytes } = tally;
    const { counters } = saver;
    const elapsedMs = now - this.#startMs;
    this.#recent.sample(now, counters.bytesRead);
    const workedMs = elapsedMs - waits.idleMs;
    const averageRate = workedMs > 0 ? (counters.bytesRead / workedMs) * 1000 : 0;
    const pending = saver.longestPending;
    const wait = waits.current;
    const since = wait?.sinceMs ?? pending?.sinceMs;
    const waitingMs = since === undefined ? 0 : now - since;
    const { cells, badAreas } = this.#draw(now, options.fresh);
    return {
      event: 'progress',
      phase: this.phase.phase,
      stage: this.phase.stage,
      pass: this.phase.pass,
      elapsedMs,
      position: runner.position,
      domainBytes: tally.totalBytes,
      savedBytes: bytes['+'],
      untriedBytes: bytes['?'],
      skippedBytes: bytes['*'] + bytes['/'],
      badBytes: bytes['-'],
      badAreas,
      stages: stages.progress,
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
              failedReadMs: this.#failedReadMs,
              unitBytes: unit.bytes,
              retriesLeft: this.#retriesLeft,
              narrowingReads: counters.narrowingReads,
              narrowingFailures: counters.narrowingFailures,
            }),
      waitingFor: wait?.waitingFor ?? (pending && 'answer'),
      waitingMs,
      mapAgeMs: checkpointer.ageMs,
      cells,
    };
  }

  /** The picture of the map, drawn anew only as often as its size allows. */
  #draw(now: number, fresh: boolean): { cells: string; badAreas: number } {
    const { map, tally, clock } = this.#of;
    const age = now - this.#picture.atMs;
    const tooSoon = age < PICTURE_AGE_MS || age < this.#picture.costMs * PICTURE_SHARE;
    if (tooSoon && !fresh) return this.#picture;
    const cells = mapCells(map, tally.domain, CELLS);
    const badAreas = map.bytesWith('-').intersect(tally.domain).count;
    this.#picture = { cells, badAreas, atMs: now, costMs: clock.now() - now };
    return this.#picture;
  }
}
