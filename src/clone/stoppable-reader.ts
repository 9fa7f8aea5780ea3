import { setImmediate as nextTurn } from 'node:timers/promises';
import type { VolumeReader } from '../ntfs/volume-reader.ts';

/** Nothing else of the process, signals among it, waits longer for its turn. */
const TURN_MS = 100;

/** Lets the rest of the process have its turn, when it has waited long for it, and then hears of the wish to stop. */
export class Turns {
  readonly #signal: AbortSignal;
  #lastMs = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether `take` is due. */
  get isDue(): boolean {
    return performance.now() - this.#lastMs > TURN_MS;
  }

  /** Rejects with the signal's reason. */
  async take(): Promise<void> {
    await nextTurn();
    this.#lastMs = performance.now();
    this.#signal.throwIfAborted();
  }
}

/**
 * The same reader, which rejects with the signal's reason once it shall stop. What is read from a cache never lets go of
 * the process by itself: a walk over a made-up table could not be stopped.
 */
export function stoppableReader(reader: VolumeReader, signal: AbortSignal): VolumeReader {
  const turns = new Turns(signal);
  return {
    sizeBytes: reader.sizeBytes,
    async read(offset, length) {
      signal.throwIfAborted();
      if (turns.isDue) await turns.take();
      return reader.read(offset, length);
    },
  };
}
