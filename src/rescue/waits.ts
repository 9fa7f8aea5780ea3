import type { Clock } from './clock.ts';

/**
 * What a rescue waits for: the answer to a read (`answer`), a disk that answers nothing any more (`hung-disk`), a
 * source or target that is gone (`source`, `target`), a target that fails to write (`target-writes`) or is full
 * (`target-room`), a place for the map (`map`), or somebody who has paused it (`user`).
 */
export type WaitingFor =
  | 'answer'
  | 'hung-disk'
  | 'source'
  | 'target'
  | 'target-writes'
  | 'target-room'
  | 'map'
  | 'user';

/** A wait that has begun. */
export interface Wait {
  readonly waitingFor: WaitingFor;
  readonly sinceMs: number;
  end(): void;
}

/** What somebody who watches has to know first. */
const URGENCY: readonly WaitingFor[] = [
  'target-room',
  'target-writes',
  'target',
  'map',
  'source',
  'user',
  'hung-disk',
  'answer',
];

/** Everything a rescue waits for at the moment, so that it can be shown and is not counted as work. */
export class Waits {
  readonly #clock: Clock;
  readonly #open = new Set<Wait>();
  #idleMs = 0;
  #idleSinceMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(waitingFor: WaitingFor): Wait {
    const sinceMs = this.#clock.now();
    if (this.#open.size === 0) this.#idleSinceMs = sinceMs;
    const wait: Wait = {
      waitingFor,
      sinceMs,
      end: () => {
        if (!this.#open.delete(wait) || this.#open.size > 0) return;
        this.#idleMs += this.#clock.now() - this.#idleSinceMs;
      },
    };
    this.#open.add(wait);
    return wait;
  }

  /** The most urgent of the open waits. */
  get current(): Wait | undefined {
    return URGENCY.map((kind) => [...this.#open].find(({ waitingFor }) => waitingFor === kind)).find(Boolean);
  }

  /** Time in which nothing could be done, until now, in milliseconds. */
  get idleMs(): number {
    return this.#idleMs + (this.#open.size > 0 ? this.#clock.now() - this.#idleSinceMs : 0);
  }
}
