import type { ByteRange } from '../block/range.ts';
import type { RangeSet } from '../block/range-set.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { Lifesigns } from './lifesigns.ts';
import type { NamedFaults } from './named-faults.ts';
import type { Pass } from './pass.ts';
import type { Pause } from './pause.ts';
import type { Attempt, Saver } from './saver.ts';
import type { StopSwitch } from './stop-switch.ts';

/**
 * When the disk is lost or hangs so often while one place is read, the place is taken for the reason: firmware that falls
 * over a sector would never get past it. The first number is for places that are tried again later, in smaller pieces;
 * the other for those that become bad by it.
 */
const LOSSES = { passing: 2, deciding: 3 };

/** Told of each failed request, once the map says what it means. */
export type FaultListener = (request: ByteRange, pass: Pass, decided: boolean) => void;

/** Runs passes to their end, with as many requests in flight as they allow. */
export class PassRunner {
  readonly #saver: Saver;
  readonly #checkpointer: Checkpointer;
  readonly #stop: StopSwitch;
  readonly #lifesigns: Lifesigns;
  readonly #pause: Pause;
  readonly #named: NamedFaults;
  readonly #onFault: FaultListener;
  /** Start of the latest request, for the map's status line and for screens. */
  position = 0;
  /** Resolves when the last of the requests that are asked again alone is answered. */
  #last: Promise<void> = Promise.resolve();

  constructor(
    saver: Saver,
    checkpointer: Checkpointer,
    stop: StopSwitch,
    lifesigns: Lifesigns,
    pause: Pause,
    named: NamedFaults,
    onFault: FaultListener,
  ) {
    this.#saver = saver;
    this.#checkpointer = checkpointer;
    this.#stop = stop;
    this.#lifesigns = lifesigns;
    this.#pause = pause;
    this.#named = named;
    this.#onFault = onFault;
  }

  /** Resolves when the pass has nothing left. Throws the `Interruption` that ends the rescue. */
  async run(pass: Pass, domain: RangeSet): Promise<void> {
    const flying = new Set<Promise<void>>();
    for (;;) {
      this.#stop.throwIfPressed();
      if (this.#pause.isOn) await this.#stop.race(this.#pause.passed());
      await this.#stop.race(this.#checkpointer.breathe());
      const request = flying.size < pass.depth ? pass.next() : undefined;
      if (request) {
        this.position = request.start;
        const flight = this.#fly(pass, request, domain).finally(() => flying.delete(flight));
        // A failure is thrown by the race below; those that lose that race must not go unhandled.
        flight.catch((reason: unknown) => reason);
        flying.add(flight);
      } else if (flying.size === 0) {
        return;
      }
      if (flying.size >= pass.depth || !request) await this.#stop.race(Promise.race(flying));
    }
  }

  async #fly(pass: Pass, request: ByteRange, domain: RangeSet): Promise<void> {
    const attempt = await this.#untilBelievable(request, domain, pass);
    if (this.#stop.pressed) return;
    const decides = pass.decides(request);
    if (attempt.readable) this.#lifesigns.good(request);
    else if (decides) await this.#saver.mark(request);
    else if (attempt.namedBytes !== undefined) this.#named.note(attempt.namedBytes);
    if (decides) {
      this.#saver.counters.narrowingReads++;
      if (!attempt.readable) this.#saver.counters.narrowingFailures++;
    }
    pass.settle(request, attempt.readable, attempt.serviceMs);
    if (!attempt.readable) this.#onFault(request, pass, decides);
    this.#checkpointer.note(0);
    this.#checkpointer.tick();
  }

  /** The first answer that says something about the place itself, and not about a disk that was away meanwhile. */
  async #untilBelievable(request: ByteRange, domain: RangeSet, pass: Pass): Promise<Attempt> {
    const limit = pass.decides(request) ? LOSSES.deciding : LOSSES.passing;
    let attempt = await this.#saver.attempt(request, domain);
    let losses = 0;
    while (!attempt.readable) {
      const { returns } = this.#saver;
      const isAlive = attempt.wasLost ? false : await this.#lifesigns.alive();
      // The failure may have been the first sign that the disk was going.
      if (isAlive && returns === this.#saver.returns) break;
      if (!attempt.wasLost && !isAlive) await this.#lifesigns.waitUntilAlive();
      if (++losses === limit) break;
      attempt = await this.#alone(() => this.#saver.attempt(request, domain, losses));
    }
    return attempt;
  }

  /** One after the other: only so the loss of a disk tells which place it was lost at. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    let done = (): void => undefined;
    this.#last = new Promise((resolve) => {
      done = resolve;
    });
    await before;
    try {
      this.#stop.throwIfPressed();
      return await work();
    } finally {
      done();
    }
  }
}
