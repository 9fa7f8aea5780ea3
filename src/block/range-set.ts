import type { ByteRange } from './range.ts';

/**
 * A set of bytes kept as ascending, disjoint, non-touching ranges. Immutable; made by `RangeSetBuilder`,
 * `RangeSet.of` or the set operations, each of which takes time linear in the number of ranges.
 *
 * The ends are kept flat (`start0, end0, start1, end1, …`) in one `Float64Array`, so that a million ranges cost
 * 16 MB: a badly fragmented disk has that many.
 */
export class RangeSet {
  static readonly EMPTY = new RangeSet(new Float64Array(0));

  readonly #ends: Float64Array;

  private constructor(ends: Float64Array) {
    this.#ends = ends;
  }

  /** The set of all bytes in `ranges`, which may overlap and come in any order. */
  static of(ranges: Iterable<ByteRange>): RangeSet {
    const builder = new RangeSetBuilder();
    for (const range of ranges) builder.add(range.start, range.end);
    return builder.build();
  }

  /** The set of one stretch; empty when `end <= start`. */
  static single(start: number, end: number): RangeSet {
    return end <= start ? RangeSet.EMPTY : new RangeSet(Float64Array.of(start, end));
  }

  /** Takes `ends` as it is: ascending, disjoint, non-touching, of even length. For `RangeSetBuilder`. */
  static fromSortedEnds(ends: Float64Array): RangeSet {
    return ends.length === 0 ? RangeSet.EMPTY : new RangeSet(ends);
  }

  /** Number of ranges. */
  get count(): number {
    return this.#ends.length / 2;
  }

  get isEmpty(): boolean {
    return this.#ends.length === 0;
  }

  /** Number of bytes in all ranges together. */
  get totalBytes(): number {
    let total = 0;
    for (let i = 0; i < this.#ends.length; i += 2) total += this.#at(i + 1) - this.#at(i);
    return total;
  }

  /** Start of range `index`. */
  startOf(index: number): number {
    return this.#at(2 * index);
  }

  /** End of range `index`. */
  endOf(index: number): number {
    return this.#at(2 * index + 1);
  }

  *[Symbol.iterator](): IterableIterator<ByteRange> {
    for (let i = 0; i < this.#ends.length; i += 2) yield { start: this.#at(i), end: this.#at(i + 1) };
  }

  /** Index of the first range that ends after `position`; `count` when there is none. Logarithmic. */
  indexAfter(position: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.endOf(middle) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Whether every byte of the stretch is in the set; an empty stretch always is. */
  covers(start: number, end: number): boolean {
    if (end <= start) return true;
    const index = this.indexAfter(start);
    return index < this.count && this.startOf(index) <= start && this.endOf(index) >= end;
  }

  /** Whether any byte of the stretch is in the set. */
  touches(start: number, end: number): boolean {
    if (end <= start) return false;
    const index = this.indexAfter(start);
    return index < this.count && this.startOf(index) < end;
  }

  /** The ranges of the set cut to the stretch, ascending. */
  *within(start: number, end: number): IterableIterator<ByteRange> {
    for (let i = this.indexAfter(start); i < this.count && this.startOf(i) < end; i++) {
      yield { start: Math.max(start, this.startOf(i)), end: Math.min(end, this.endOf(i)) };
    }
  }

  union(other: RangeSet): RangeSet {
    return combine(this.#ends, other.#ends, (inA, inB) => inA || inB);
  }

  intersect(other: RangeSet): RangeSet {
    return combine(this.#ends, other.#ends, (inA, inB) => inA && inB);
  }

  subtract(other: RangeSet): RangeSet {
    return combine(this.#ends, other.#ends, (inA, inB) => inA && !inB);
  }

  equals(other: RangeSet): boolean {
    return this.#ends.length === other.#ends.length && this.#ends.every((end, i) => end === other.#ends[i]);
  }

  #at(i: number): number {
    return this.#ends[i] as number;
  }
}

/** Sweeps over the ends of two sets and keeps the bytes that `keep` wants. */
function combine(a: Float64Array, b: Float64Array, keep: (inA: boolean, inB: boolean) => boolean): RangeSet {
  const out = new Float64Array(a.length + b.length);
  let length = 0;
  let i = 0;
  let j = 0;
  let inside = false;
  while (i < a.length || j < b.length) {
    const position = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    if (a[i] === position) i++;
    if (b[j] === position) j++;
    // An odd number of ends passed means that the sweep is inside a range.
    const now = keep((i & 1) === 1, (j & 1) === 1);
    if (now !== inside) {
      out[length++] = position;
      inside = now;
    }
  }
  return RangeSet.fromSortedEnds(out.slice(0, length));
}

/** Collects ranges in any order, overlaps allowed, in memory bounded by the size of the merged result. */
export class RangeSetBuilder {
  #ends = new Float64Array(64);
  #length = 0;
  #sorted = true;
  #mergeAt = 4096;

  /** Adds the bytes `start <= x < end`; nothing when `end <= start`. */
  add(start: number, end: number): void {
    if (end <= start) return;
    if (this.#length > 0 && this.#sorted) {
      const lastEnd = this.#ends[this.#length - 1] as number;
      const lastStart = this.#ends[this.#length - 2] as number;
      if (start >= lastStart && start <= lastEnd) {
        this.#ends[this.#length - 1] = Math.max(lastEnd, end);
        return;
      }
      if (start < lastStart) this.#sorted = false;
    }
    if (this.#length === this.#ends.length) {
      const grown = new Float64Array(this.#ends.length * 2);
      grown.set(this.#ends);
      this.#ends = grown;
    }
    this.#ends[this.#length++] = start;
    this.#ends[this.#length++] = end;
    if (!this.#sorted && this.#length >= this.#mergeAt) {
      this.#merge();
      this.#mergeAt = Math.max(4096, this.#length * 2);
    }
  }

  build(): RangeSet {
    this.#merge();
    return RangeSet.fromSortedEnds(this.#ends.slice(0, this.#length));
  }

  #merge(): void {
    if (this.#sorted) return;
    const count = this.#length / 2;
    const order = new Uint32Array(count).map((_, i) => i);
    const start = (i: number): number => this.#ends[2 * i] as number;
    order.sort((a, b) => start(a) - start(b));
    const merged = new Float64Array(this.#length);
    let length = 0;
    for (const i of order) {
      const end = this.#ends[2 * i + 1] as number;
      const lastEnd = length > 0 ? (merged[length - 1] as number) : Number.NEGATIVE_INFINITY;
      if (start(i) <= lastEnd) {
        merged[length - 1] = Math.max(lastEnd, end);
      } else {
        merged[length++] = start(i);
        merged[length++] = end;
      }
    }
    this.#ends = merged;
    this.#length = length;
    this.#sorted = true;
  }
}
