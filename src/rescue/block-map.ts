import type { ByteRange } from '../block/range.ts';
import { type RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import type { Status } from './status.ts';

/** A stretch of bytes with one status. */
export interface MapRun extends ByteRange {
  readonly status: Status;
}

/** Told of every stretch whose status changes, before the change is made. */
export type ChangeListener = (start: number, end: number, from: Status, to: Status) => void;

/**
 * The status of every byte of a source, from 0 to `sizeBytes`, kept as maximal runs of equal status.
 * Look-ups are logarithmic; a change costs a move of the run list behind it, which is cheap because rescues
 * mostly append: a million runs are moved in about a millisecond.
 */
export class BlockMap {
  readonly sizeBytes: number;
  /** Start of each run; the first is 0. A run ends where the next one starts. */
  #starts: number[];
  #statuses: Status[];
  readonly #listeners: ChangeListener[] = [];

  /** A map of `sizeBytes` bytes of which nothing is known. */
  constructor(sizeBytes: number) {
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) {
      throw new RangeError(`a map needs a positive size, found ${sizeBytes}`);
    }
    this.sizeBytes = sizeBytes;
    this.#starts = [0];
    this.#statuses = ['?'];
  }

  /** Number of runs. */
  get runCount(): number {
    return this.#starts.length;
  }

  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  statusAt(position: number): Status {
    return this.#statuses[this.#indexAt(position)] as Status;
  }

  /** Sets the status of `start <= x < end`; an empty stretch is allowed. */
  set(start: number, end: number, status: Status): void {
    if (start < 0 || end > this.sizeBytes) {
      throw new RangeError(`${start}..${end} is outside the map of ${this.sizeBytes} bytes`);
    }
    if (end <= start) return;
    const first = this.#indexAt(start);
    const last = this.#indexAt(end - 1);
    if (first === last && this.#statuses[first] === status) return;
    this.#tell(first, last, start, end, status);

    const starts: number[] = [];
    const statuses: Status[] = [];
    const push = (at: number, value: Status): void => {
      if (statuses.at(-1) === value) return;
      starts.push(at);
      statuses.push(value);
    };
    // The neighbours take part, so that runs of equal status always melt together.
    const from = Math.max(0, first - 1);
    const to = Math.min(this.#starts.length - 1, last + 1);
    if (from < first) push(this.#start(from), this.#statuses[from] as Status);
    if (this.#start(first) < start) push(this.#start(first), this.#statuses[first] as Status);
    push(start, status);
    if (this.#end(last) > end) push(end, this.#statuses[last] as Status);
    if (to > last) push(this.#start(to), this.#statuses[to] as Status);
    this.#starts.splice(from, to - from + 1, ...starts);
    this.#statuses.splice(from, to - from + 1, ...statuses);
  }

  /** The runs that touch `start <= x < end`, cut to it, ascending. The map must not change meanwhile. */
  *runs(start = 0, end = this.sizeBytes): IterableIterator<MapRun> {
    if (end <= start) return;
    for (let i = this.#indexAt(start); i < this.#starts.length && this.#start(i) < end; i++) {
      yield {
        start: Math.max(start, this.#start(i)),
        end: Math.min(end, this.#end(i)),
        status: this.#statuses[i] as Status,
      };
    }
  }

  /** The first stretch at or after `from`, before `to`, that has the status; undefined when there is none. */
  findForward(from: number, to: number, status: Status): ByteRange | undefined {
    if (from >= to) return undefined;
    for (let i = this.#indexAt(from); i < this.#starts.length && this.#start(i) < to; i++) {
      if (this.#statuses[i] === status) {
        return { start: Math.max(from, this.#start(i)), end: Math.min(to, this.#end(i)) };
      }
    }
    return undefined;
  }

  /** The last stretch before `to`, not before `from`, that has the status. */
  findBackward(from: number, to: number, status: Status): ByteRange | undefined {
    if (from >= to) return undefined;
    for (let i = this.#indexAt(to - 1); i >= 0 && this.#end(i) > from; i--) {
      if (this.#statuses[i] === status) {
        return { start: Math.max(from, this.#start(i)), end: Math.min(to, this.#end(i)) };
      }
    }
    return undefined;
  }

  /** All bytes that have one of the statuses. */
  bytesWith(...wanted: readonly Status[]): RangeSet {
    const builder = new RangeSetBuilder();
    for (const run of this.runs()) {
      if (wanted.includes(run.status)) builder.add(run.start, run.end);
    }
    return builder.build();
  }

  #tell(first: number, last: number, start: number, end: number, status: Status): void {
    if (this.#listeners.length === 0) return;
    for (let i = first; i <= last; i++) {
      const from = this.#statuses[i] as Status;
      if (from === status) continue;
      for (const listener of this.#listeners) {
        listener(Math.max(start, this.#start(i)), Math.min(end, this.#end(i)), from, status);
      }
    }
  }

  #start(i: number): number {
    return this.#starts[i] as number;
  }

  #end(i: number): number {
    return this.#starts[i + 1] ?? this.sizeBytes;
  }

  #indexAt(position: number): number {
    if (position < 0 || position >= this.sizeBytes) {
      throw new RangeError(`${position} is outside the map of ${this.sizeBytes} bytes`);
    }
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#start(middle) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
