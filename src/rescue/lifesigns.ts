import type { ByteRange } from '../block/range.ts';
import type { RangeSet } from '../block/range-set.ts';
import type { Clock } from './clock.ts';
import type { Saver } from './saver.ts';
import type { StopSwitch } from './stop-switch.ts';
import type { Waits } from './waits.ts';

/** Places that were readable and are remembered to ask again. */
const REMEMBERED = 4;
/** Their distance from each other is at least this share of the source, so that no one fault takes all. */
const SPREAD = 1 / 64;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Tells a bad sector from a disk that has stopped answering. After each failed read a sector that was readable
 * before is asked again; when none of those answers any more, the failure says nothing about the medium, and it is
 * better to wait than to call a healthy disk bad.
 */
export class Lifesigns {
  readonly #saver: Saver;
  readonly #clock: Clock;
  readonly #stop: StopSwitch;
  readonly #spreadBytes: number;
  readonly #sizeBytes: number;
  readonly #unitBytes: number;
  readonly #waits: Waits;
  readonly #say: (message: string) => void;
  /** Starts of readable sectors, the latest first. */
  #known: number[] = [];
  #waiting: Promise<void> | undefined;

  constructor(
    saver: Saver,
    clock: Clock,
    stop: StopSwitch,
    waits: Waits,
    source: { readonly sizeBytes: number; readonly physicalSectorBytes: number },
    say: (message: string) => void,
  ) {
    this.#saver = saver;
    this.#clock = clock;
    this.#stop = stop;
    this.#waits = waits;
    this.#sizeBytes = source.sizeBytes;
    this.#spreadBytes = source.sizeBytes * SPREAD;
    this.#unitBytes = source.physicalSectorBytes;
    this.#say = say;
  }

  /**
   * Takes some places of what an earlier run has saved for readable, spread over the source: a disk that is dead from
   * the first read of a run on has shown nothing else to compare with.
   */
  remember(saved: RangeSet): void {
    for (let i = 0; i < REMEMBERED; i++) {
      const index = Math.floor((i * (saved.count - 1)) / (REMEMBERED - 1));
      if (index < 0) return;
      const start = Math.ceil(saved.startOf(index) / this.#unitBytes) * this.#unitBytes;
      if (start + this.#unitBytes <= saved.endOf(index)) this.good({ start, end: start + this.#unitBytes });
    }
  }

  /** Remembers that a request was readable. */
  good(request: ByteRange): void {
    const start = Math.floor(request.start / this.#unitBytes) * this.#unitBytes;
    const [latest] = this.#known;
    if (latest !== undefined && Math.abs(latest - start) < this.#spreadBytes) this.#known[0] = start;
    else this.#known = [start, ...this.#known].slice(0, REMEMBERED);
  }

  /** Whether the disk still reads what it could read before. True when nothing of it is known to have been readable. */
  async alive(): Promise<boolean> {
    if (this.#waiting) return false;
    for (const start of this.#known.slice(0, 2)) {
      if (await this.#saver.probe(this.#unitAt(start))) return true;
      this.#known = [...this.#known.filter((each) => each !== start), start];
    }
    return this.#known.length === 0;
  }

  /** Resolves when the disk answers again; throws the interruption when the run is stopped meanwhile. */
  waitUntilAlive(): Promise<void> {
    if (!this.#waiting) {
      const wait = this.#waits.begin('hung-disk');
      this.#waiting = this.#wait(wait.sinceMs).finally(() => {
        this.#waiting = undefined;
        wait.end();
      });
    }
    return this.#waiting;
  }

  /** The unit that begins here; an image file may end in the midst of its last one. */
  #unitAt(start: number): ByteRange {
    return { start, end: Math.min(this.#sizeBytes, start + this.#unitBytes) };
  }

  async #wait(sinceMs: number): Promise<void> {
    this.#say(
      'The disk fails even where it was readable before: it hangs or has lost its connection. Nothing is called bad for that; waiting until it answers.',
    );
    let pauseMs = FIRST_WAIT_MS;
    for (let asked = 0; ; asked++) {
      await this.#stop.race(this.#clock.sleep(pauseMs));
      pauseMs = Math.min(LONGEST_WAIT_MS, pauseMs * 2);
      const start = this.#known[asked % this.#known.length];
      if (start === undefined) return;
      if (await this.#stop.race(this.#saver.probe(this.#unitAt(start)))) break;
    }
    this.#say(`The disk answers again after ${Math.round((this.#clock.now() - sinceMs) / 1000)} s.`);
  }
}
