import type { Outcome } from '../block/outcome.ts';
import type { Clock } from './clock.ts';
import { Interruption, targetInterruption } from './interruption.ts';
import { mapFailureAdvice } from './map-failure.ts';
import type { ReturnWatch } from './return-watch.ts';

/** Puts the text of a map on stable storage, whole or not at all. Rejects with a plain sentence when it cannot. */
export type SaveMap = (text: string) => Promise<void>;

/** What a checkpoint does with the target. */
export interface FlushedTarget {
  flush(): Promise<Outcome>;
  /** To be called before a flush; returns what is to be called when it has succeeded. */
  flushing(): () => void;
  /** Waits for a target that works again; false when nobody waits any longer. */
  regain(failure: Outcome): Promise<boolean>;
  /** What speaks against believing the flush. */
  check(): Promise<Interruption | undefined>;
}

/** A save begins this long after the last one ended. */
const INTERVAL_MS = 1000;
/** Unsaved data is kept small enough for a flush of about this length, so that a crash costs seconds. */
const FLUSH_MS = 1500;
const FIRST_LIMIT_BYTES = 64 << 20;
const SMALLEST_LIMIT_BYTES = 8 << 20;
const LARGEST_LIMIT_BYTES = 1 << 30;

/**
 * Keeps the order that makes a rescue crash-proof: the map is pictured in memory, then the target is flushed, then
 * the picture is saved. So a saved map never calls a sector finished whose bytes are not on stable storage.
 * Reading goes on meanwhile; it only waits when more is unsaved than a flush can take in a second or two.
 */
export class Checkpointer {
  readonly #target: FlushedTarget;
  readonly #save: SaveMap;
  readonly #watch: ReturnWatch;
  readonly #clock: Clock;
  readonly #render: () => string;
  #unsavedBytes = 0;
  #changed = false;
  #limitBytes = FIRST_LIMIT_BYTES;
  #lastEnd: number;
  #running: Promise<void> | undefined;
  #failure: Interruption | undefined;

  constructor(target: FlushedTarget, save: SaveMap, watch: ReturnWatch, clock: Clock, render: () => string) {
    this.#target = target;
    this.#save = save;
    this.#watch = watch;
    this.#clock = clock;
    this.#render = render;
    this.#lastEnd = clock.now();
  }

  /** Milliseconds since the last map was saved (or the start). */
  get ageMs(): number {
    return this.#clock.now() - this.#lastEnd;
  }

  /** To be called after each change of the map, with the bytes that were written for it. */
  note(writtenBytes: number): void {
    this.#unsavedBytes += writtenBytes;
    this.#changed = true;
  }

  /** Starts a save when one is due, or `now`. Never waits; a failure is thrown by the next `breathe`. */
  tick(now = false): void {
    if (this.#running || this.#failure || !this.#changed) return;
    if (now || this.ageMs >= INTERVAL_MS || this.#unsavedBytes >= this.#limitBytes) this.#start();
  }

  /** Waits while too much is unsaved. Throws the interruption when a flush or save has failed. */
  async breathe(): Promise<void> {
    this.tick();
    if (this.#unsavedBytes >= this.#limitBytes && this.#running) await this.#running;
    if (this.#failure) throw this.#failure;
  }

  /** Saves all that is known now. Throws the interruption when that fails. */
  async finish(): Promise<void> {
    // Passes that are still in the air may begin another save meanwhile; two at once would spoil each other.
    await this.idle();
    if (this.#failure) throw this.#failure;
    this.#start();
    await this.#running;
    if (this.#failure) throw this.#failure;
  }

  /** Resolves when no save is going on. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  #start(): void {
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      this.#lastEnd = this.#clock.now();
    });
  }

  async #run(): Promise<void> {
    this.#failure = await this.#secure();
  }

  /** Flushes and saves until both have succeeded; what it comes to when that cannot be had. */
  async #secure(): Promise<Interruption | undefined> {
    for (;;) {
      const text = this.#render();
      const bytes = this.#unsavedBytes;
      this.#unsavedBytes = 0;
      this.#changed = false;
      const begin = this.#clock.now();
      const flushed = this.#target.flushing();
      const outcome = await this.#target.flush();
      if (outcome.kind !== 'done') {
        // The map was taken back to what is safe, so its picture has to be made anew.
        if (await this.#target.regain(outcome)) continue;
        return targetInterruption(outcome.errno);
      }
      this.#adapt(bytes, this.#clock.now() - begin);
      flushed();
      const doubt = await this.#target.check();
      if (doubt) return doubt;
      const failure = await this.#put(text);
      if (failure === undefined) return undefined;
      const lost = `The map cannot be saved: ${failure}. ${mapFailureAdvice(failure).running}`;
      const isSaved = await this.#watch.until('map', lost, async () =>
        (await this.#put(text)) === undefined ? 'The map can be saved again' : undefined,
      );
      if (!isSaved) return new Interruption({ kind: 'map-failed', message: failure });
    }
  }

  /** Why the map could not be saved; undefined when it was. */
  async #put(text: string): Promise<string | undefined> {
    try {
      await this.#save(text);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Learns how much the target takes in one flush. */
  #adapt(bytes: number, tookMs: number): void {
    if (bytes < SMALLEST_LIMIT_BYTES / 2) return;
    const fits = (bytes / Math.max(1, tookMs)) * FLUSH_MS;
    this.#limitBytes = Math.min(
      LARGEST_LIMIT_BYTES,
      Math.max(SMALLEST_LIMIT_BYTES, (this.#limitBytes + fits) / 2),
    );
  }
}
