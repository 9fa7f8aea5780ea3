import type { Outcome } from '../block/outcome.ts';
import type { Target } from '../block/ports.ts';
import { isFull } from './interruption.ts';
import type { FindAgain, ReturnWatch } from './return-watch.ts';
import { compareSamples, type Samples } from './samples.ts';
import type { WaitingFor } from './waits.ts';

/** Sectors that are read of a target that came back. */
const LOOKS = 12;

/** What a call ends with whose target was replaced meanwhile: nothing of it can be relied upon. */
const REPLACED: Outcome = { kind: 'gone', errno: 'ESTALE' };

/**
 * Holds the target, and gets it again when it was lost or fails to write. What it had not flushed counts as lost
 * then: `onLost` takes the map back to what is on stable storage, before anything is written to it again.
 */
export class TargetKeeper implements Target {
  readonly #find: FindAgain<Target> | undefined;
  readonly #watch: ReturnWatch;
  readonly #samples: Samples;
  readonly #onLost: () => void;
  #current: Target;
  #regaining: Promise<boolean> | undefined;
  #makingRoom: Promise<boolean> | undefined;

  /** Without `find` the first failure of a target is its last. */
  constructor(
    target: Target,
    find: FindAgain<Target> | undefined,
    watch: ReturnWatch,
    samples: Samples,
    onLost: () => void,
  ) {
    this.#current = target;
    this.#find = find;
    this.#watch = watch;
    this.#samples = samples;
    this.#onLost = onLost;
  }

  async write(offset: number, data: Uint8Array): Promise<Outcome> {
    for (;;) {
      await this.#regaining;
      const target = this.#current;
      const outcome = await target.write(offset, data);
      // What went to a target that was lost meanwhile is lost with it.
      if (target !== this.#current || this.#regaining) continue;
      if (outcome.kind === 'done' || outcome.kind === 'broken') return outcome;
      const goesOn = isFull(outcome.errno)
        ? await this.#room(outcome.errno, offset, data)
        : await this.regain(outcome);
      if (!goesOn) return outcome;
    }
  }

  async read(offset: number, length: number, into: Uint8Array): Promise<Outcome> {
    for (;;) {
      await this.#regaining;
      const target = this.#current;
      const outcome = await target.read(offset, length, into);
      if (target !== this.#current || this.#regaining) continue;
      if (outcome.kind !== 'gone' || !(await this.regain(outcome))) return outcome;
    }
  }

  /** Never `done` for a target that was replaced meanwhile: the map is to be pictured anew then. */
  async flush(): Promise<Outcome> {
    if (this.#regaining) return REPLACED;
    const target = this.#current;
    const outcome = await target.flush();
    return target !== this.#current || this.#regaining ? REPLACED : outcome;
  }

  async readBack(offset: number, length: number, into: Uint8Array): Promise<Outcome | undefined> {
    const target = this.#current;
    const outcome = await target.readBack(offset, length, into);
    return target === this.#current && !this.#regaining ? outcome : undefined;
  }

  /** Waits until there is a target that works; false when nobody waits any longer. */
  async regain(failure: Outcome): Promise<boolean> {
    if (failure === REPLACED && !this.#regaining) return true;
    if (failure.kind === 'done' || failure.kind === 'broken') return false;
    this.#regaining ??= this.#wait(failure.kind === 'gone', failure.errno).finally(() => {
      this.#regaining = undefined;
    });
    return this.#regaining;
  }

  async #wait(isGone: boolean, errno: string): Promise<boolean> {
    if (!this.#find) return false;
    const [waitingFor, lost]: [WaitingFor, string] = isGone
      ? [
          'target',
          `The target is gone (${errno}). Plug it in again, anywhere: it is known again, and the rescue goes on by itself.`,
        ]
      : isFull(errno)
        ? ['target-room', `The target is full (${errno}). Make room there, and the rescue goes on by itself.`]
        : [
            'target-writes',
            `The target fails to write (${errno}). Check its cable and power; it is tried again.`,
          ];
    const back = await this.#watch.device(waitingFor, lost, this.#find, (target, isCertain) =>
      this.#differenceOf(target, isCertain),
    );
    if (!back) return false;
    this.#onLost();
    this.#current = back;
    return true;
  }

  /** A target that is full has lost nothing: the write is tried again until there is room for it. */
  async #room(errno: string, offset: number, data: Uint8Array): Promise<boolean> {
    if (!this.#find) return false;
    this.#makingRoom ??= this.#watch
      .until(
        'target-room',
        `The target is full (${errno} at byte ${offset}). Make room there, and the rescue goes on by itself.`,
        async () => {
          const outcome = await this.#current.write(offset, data);
          const isStillFull = outcome.kind === 'bad' && isFull(outcome.errno);
          return isStillFull ? undefined : 'There is room again';
        },
      )
      .finally(() => {
        this.#makingRoom = undefined;
      });
    return this.#makingRoom;
  }

  /** In what a target differs from the one that was lost; the last word is whether it takes what it held before. */
  async #differenceOf(found: Target, isCertain: boolean): Promise<string | undefined> {
    const samples = this.#samples.ofTarget(LOOKS);
    const { same, differsAt, unreadableAt, isGone } = await compareSamples(
      samples,
      async (start, length, into) =>
        (await found.readBack(start, length, into)) ?? (await found.read(start, length, into)),
    );
    if (isGone) return 'it does not answer';
    if (differsAt !== undefined) return `it does not hold what was saved at byte ${differsAt}`;
    if (same === 0 && !isCertain) {
      return 'it has no serial number, and holds nothing yet by which it could be known';
    }
    if (unreadableAt !== undefined) return `it cannot be read at byte ${unreadableAt}`;
    const [sample] = samples;
    const written = sample ? await found.write(sample.start, sample.bytes) : undefined;
    const outcome = written && written.kind !== 'done' ? written : await found.flush();
    return outcome.kind === 'done' ? undefined : `it still fails to write (${outcome.errno})`;
  }
}
