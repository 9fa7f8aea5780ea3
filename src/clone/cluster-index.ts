import { type RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { type CloneGeometry, cloneBytes } from './cluster-sink.ts';

/** Where clusters lie in an image. */
export interface ClusterPlace {
  /** The frame that holds them; 0 in an image that is not compressed. */
  readonly frame: number;
  /** Byte of the frame, or of the image, at which the command of the wanted cluster begins. */
  readonly offset: number;
  /** Clusters from the wanted one on that lie one behind the other, each behind its command. */
  readonly length: number;
}

/** More runs over one place make no sense in any image. */
const DEEPEST_OVERLAP = 1000;

/** Tells for each cluster where it lies in an image. A badly fragmented volume has millions of runs: 28 bytes each. */
export class ClusterIndex {
  readonly #geometry: CloneGeometry;
  #starts = new Float64Array(1024);
  #lengths = new Float64Array(1024);
  #offsets = new Float64Array(1024);
  #frames = new Uint32Array(1024);
  #count = 0;
  #isAscending = true;

  constructor(geometry: CloneGeometry) {
    this.#geometry = geometry;
  }

  /** Whether all clusters came in ascending order. */
  get isAscending(): boolean {
    return this.#isAscending;
  }

  /** Adds clusters in the order in which they lie in the image. */
  add(lcn: number, length: number, frame: number, offset: number): void {
    if (length <= 0) return;
    const last = this.#count - 1;
    if (last >= 0) {
      const end = (this.#starts[last] as number) + (this.#lengths[last] as number);
      if (lcn < end) this.#isAscending = false;
    }
    if (this.#count === this.#starts.length) this.#grow();
    this.#put(this.#count++, lcn, length, frame, offset);
  }

  /** Must be called once after the last `add`. False when the image contradicts itself beyond sense. */
  finish(): boolean {
    return this.#isAscending || this.#sort();
  }

  /** Where a cluster lies; undefined when the image has it not. */
  find(lcn: number): ClusterPlace | undefined {
    const index = this.#indexAfter(lcn);
    const start = this.#starts[index] as number;
    if (index >= this.#count || start > lcn) return undefined;
    const skipped = lcn - start;
    return {
      frame: this.#frames[index] as number,
      offset: (this.#offsets[index] as number) + skipped * (1 + this.#geometry.clusterBytes),
      length: (this.#lengths[index] as number) - skipped,
    };
  }

  /** The first cluster from `lcn` on that the image has; `Infinity` when there is none. */
  next(lcn: number): number {
    const index = this.#indexAfter(lcn);
    return index < this.#count ? Math.max(lcn, this.#starts[index] as number) : Number.POSITIVE_INFINITY;
  }

  /** All bytes of the volume that are in the image. */
  present(): RangeSet {
    const { clusterBytes } = this.#geometry;
    const end = cloneBytes(this.#geometry);
    const builder = new RangeSetBuilder();
    for (let i = 0; i < this.#count; i++) {
      const [start, length] = [this.#starts[i] as number, this.#lengths[i] as number];
      builder.add(start * clusterBytes, Math.min(end, (start + length) * clusterBytes));
    }
    return builder.build();
  }

  /** The clusters whose commands or data lie in bytes of a frame, or of a plain image, as bytes of the volume. */
  inBytes(frame: number, start: number, end: number): RangeSet {
    const { clusterBytes } = this.#geometry;
    const builder = new RangeSetBuilder();
    for (let i = 0; i < this.#count; i++) {
      const [lcn, length] = [this.#starts[i] as number, this.#lengths[i] as number];
      const offset = this.#offsets[i] as number;
      if (this.#frames[i] !== frame) continue;
      const first = Math.max(0, Math.floor((start - offset) / (1 + clusterBytes)));
      const last = Math.min(length, Math.ceil((end - offset) / (1 + clusterBytes)));
      if (first < last) builder.add((lcn + first) * clusterBytes, (lcn + last) * clusterBytes);
    }
    return builder.build();
  }

  /** Index of the first run that ends behind `lcn`. */
  #indexAfter(lcn: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] as number) + (this.#lengths[middle] as number) > lcn) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #put(at: number, lcn: number, length: number, frame: number, offset: number): void {
    this.#starts[at] = lcn;
    this.#lengths[at] = length;
    this.#frames[at] = frame;
    this.#offsets[at] = offset;
  }

  #grow(): void {
    const grown = <T extends Float64Array | Uint32Array>(old: T, made: T): T => {
      made.set(old);
      return made;
    };
    const size = 2 * this.#starts.length;
    this.#starts = grown(this.#starts, new Float64Array(size));
    this.#lengths = grown(this.#lengths, new Float64Array(size));
    this.#offsets = grown(this.#offsets, new Float64Array(size));
    this.#frames = grown(this.#frames, new Uint32Array(size));
  }

  /** Makes the runs ascending and disjoint: of a cluster that is in the image more than once the last one counts. */
  #sort(): boolean {
    const old = {
      starts: this.#starts,
      lengths: this.#lengths,
      offsets: this.#offsets,
      frames: this.#frames,
    };
    const count = this.#count;
    const order = new Uint32Array(count).map((_, i) => i);
    order.sort((a, b) => (old.starts[a] as number) - (old.starts[b] as number) || a - b);
    const endOf = (run: number): number => (old.starts[run] as number) + (old.lengths[run] as number);
    const sorted = new ClusterIndex(this.#geometry);
    const step = 1 + this.#geometry.clusterBytes;
    /** Runs over the place that the sweep has reached. */
    let active: number[] = [];
    let at = 0;
    for (let i = 0; i < count || active.length > 0; ) {
      active = active.filter((run) => endOf(run) > at);
      const next = i < count ? (old.starts[order[i] as number] as number) : Number.POSITIVE_INFINITY;
      if (active.length === 0) at = next;
      while (i < count && (old.starts[order[i] as number] as number) <= at) active.push(order[i++] as number);
      if (active.length === 0) continue;
      if (active.length > DEEPEST_OVERLAP) return false;
      const top = Math.max(...active);
      const following = i < count ? (old.starts[order[i] as number] as number) : Number.POSITIVE_INFINITY;
      const end = Math.min(following, ...active.map(endOf));
      const offset = (old.offsets[top] as number) + (at - (old.starts[top] as number)) * step;
      sorted.add(at, end - at, old.frames[top] as number, offset);
      at = end;
    }
    this.#starts = sorted.#starts;
    this.#lengths = sorted.#lengths;
    this.#offsets = sorted.#offsets;
    this.#frames = sorted.#frames;
    this.#count = sorted.#count;
    return true;
  }
}
