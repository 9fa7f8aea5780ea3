import { setTimeout as delay } from 'node:timers/promises';
import type { Source } from '../block/ports.ts';
import { CloneError } from './clone-error.ts';

/** Places that were readable and are remembered to ask again. */
const REMEMBERED = 4;
/** Their distance from each other is at least this share of the source, so that no one fault takes all. */
const SPREAD = 1 / 64;
/** A disk that is busy with a bad sector may be slow to answer anything else. */
const TRIES = 4;
const BETWEEN_TRIES_MS = 1000;

/** Tells a bad sector from a disk that has stopped answering: then a sector that was readable before fails as well. */
export class SignOfLife {
  readonly #source: Source;
  readonly #memory: Uint8Array;
  /** Starts of readable units, the latest first. */
  #known: number[] = [];

  constructor(source: Source) {
    this.#source = source;
    this.#memory = source.allocate(source.physicalSectorBytes);
  }

  /** A read from `start` on has succeeded; `start` is that of a unit. */
  good(start: number): void {
    const nearest = this.#known[0];
    if (nearest !== undefined && Math.abs(start - nearest) < this.#source.sizeBytes * SPREAD) return;
    this.#known = [start, ...this.#known.slice(0, REMEMBERED - 1)];
  }

  /** Called after a read that failed. Rejects with a `CloneError` when nothing can be read any more. */
  async ask(): Promise<void> {
    if (this.#known.length === 0) return;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) await delay(BETWEEN_TRIES_MS);
      for (const start of this.#known) if (await this.#answers(start)) return;
    }
    throw new CloneError(
      'gone',
      'The disk does not answer any more, not even where it did before',
      'Check cable and power; a dying disk is saved by: lifeboat rescue.',
    );
  }

  async #answers(start: number): Promise<boolean> {
    const { physicalSectorBytes: unit, sizeBytes } = this.#source;
    const outcome = await this.#source.read(start, Math.min(unit, sizeBytes - start), this.#memory);
    return outcome.kind === 'done';
  }
}
