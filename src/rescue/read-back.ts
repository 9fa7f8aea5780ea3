import type { Clock } from './clock.ts';
import { Interruption, targetInterruption } from './interruption.ts';
import { compareSamples, type Samples } from './samples.ts';
import type { TargetKeeper } from './target-keeper.ts';

/** Sectors that are read after a flush: of what was flushed, and of what was written long before. */
const LATEST = 4;
const OLDER = 4;
/** Reading back may take this share of the time. */
const SHARE = 20;
/** At the end all samples are read: for that share of the time of the run, within these bounds. */
const SHORTEST_END_MS = 2000;
const LONGEST_END_MS = 20_000;
/** Read at a time then. */
const AT_ONCE = 8;

/**
 * Finds out whether the target holds what it has said to have written: sectors are read from the device itself, past
 * the cache, after each flush. Old ones are read again and again, because a target that is smaller than it says may
 * write new data over them.
 */
export class ReadBack {
  readonly #target: TargetKeeper;
  readonly #samples: Samples;
  readonly #clock: Clock;
  readonly #startMs: number;
  #restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(target: TargetKeeper, samples: Samples, clock: Clock) {
    this.#target = target;
    this.#samples = samples;
    this.#clock = clock;
    this.#startMs = clock.now();
  }

  /** What speaks against the target; undefined when nothing is known. */
  async afterFlush(): Promise<Interruption | undefined> {
    const begin = this.#clock.now();
    if (begin < this.#restUntilMs) return undefined;
    const doubt = await this.#compare(this.#samples.toReadBack(LATEST, OLDER));
    const end = this.#clock.now();
    this.#restUntilMs = end + (end - begin) * SHARE;
    return doubt;
  }

  /** The same, with as many samples as there is time for. */
  async atEnd(): Promise<Interruption | undefined> {
    const samples = this.#samples.toReadBackAtEnd();
    const begin = this.#clock.now();
    const share = (begin - this.#startMs) / SHARE;
    const end = begin + Math.max(SHORTEST_END_MS, Math.min(LONGEST_END_MS, share));
    for (let at = 0; at < samples.length && this.#clock.now() < end; at += AT_ONCE) {
      const batch = samples.slice(at, at + AT_ONCE);
      const doubts = await Promise.all(batch.map((sample) => this.#compare([sample])));
      const doubt = doubts.find(Boolean);
      if (doubt) return doubt;
    }
    return undefined;
  }

  async #compare(samples: ReturnType<Samples['toReadBack']>): Promise<Interruption | undefined> {
    let errno = '';
    const { differsAt, unreadableAt } = await compareSamples(samples, async (start, length, into) => {
      const outcome = await this.#target.readBack(start, length, into);
      // What cannot be looked at, here or while the target is away, proves nothing.
      if (!outcome || outcome.kind === 'broken') return { kind: 'gone', errno: 'none' };
      if (outcome.kind === 'bad') errno ||= outcome.errno;
      return outcome;
    });
    if (differsAt !== undefined) return new Interruption({ kind: 'target-untrue', position: differsAt });
    return unreadableAt === undefined ? undefined : targetInterruption(errno, unreadableAt);
  }
}
