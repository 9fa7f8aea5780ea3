import type { Target } from '../block/ports.ts';
import type { Clock } from './clock.ts';
import { Interruption, targetInterruption } from './interruption.ts';

/** Puts the text of a map on stable storage, whole or not at all. Rejects with a plain sentence when it cannot. */
export type SaveMap = (text: string) => Promise<void>;

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
  readonly #target: Target;
  readonly #save: SaveMap;
  readonly #clock: Clock;
  readonly #render: () => string;
  #unsavedBytes = 0;
  #changed = false;
  #limitBytes = FIRST_LIMIT_BYTES;
  #lastEnd: number;
  #running: Promise<void> | undefined;
  #failure: Interruption | undefined;

  constructor(target: Target, save: SaveMap, clock: Clock, render: () => string) {
    this.#target = target;
    this.#save = save;
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
    while (this.#running) await this.#running;
    if (this.#failure) throw this.#failure;
    this.#start();
    await this.#running;
    if (this.#failure) throw this.#failure;
  }

  #start(): void {
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      this.#lastEnd = this.#clock.now();
    });
  }

  async #run(): Promise<void> {
    const text = this.#render();
    const bytes = this.#unsavedBytes;
    this.#unsavedBytes = 0;
    this.#changed = false;
    const begin = this.#clock.now();
    const outcome = await this.#target.flush();
    if (outcome.kind !== 'done') {
      this.#failure = targetInterruption(outcome.errno);
      return;
    }
    this.#adapt(bytes, this.#clock.now() - begin);
    try {
      await this.#save(text);
    } catch (error) {
      this.#failure = new Interruption({ kind: 'map-failed', message: (error as Error).message });
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
