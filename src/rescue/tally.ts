import { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from './block-map.ts';
import { STATUSES, type Status } from './status.ts';

/** Bytes by status. */
export type StatusBytes = Readonly<Record<Status, number>>;

const zero = (): Record<Status, number> => ({ '?': 0, '*': 0, '/': 0, '-': 0, '+': 0 });

/** Counts the bytes of a domain by status, kept up to date with every change of the map. */
export class Tally {
  readonly #map: BlockMap;
  #domain = RangeSet.EMPTY;
  #bytes = zero();

  constructor(map: BlockMap) {
    this.#map = map;
    map.onChange((start, end, from, to) => {
      for (const piece of this.#domain.within(start, end)) {
        this.#bytes[from] -= piece.end - piece.start;
        this.#bytes[to] += piece.end - piece.start;
      }
    });
  }

  get domain(): RangeSet {
    return this.#domain;
  }

  get bytes(): StatusBytes {
    return this.#bytes;
  }

  get totalBytes(): number {
    return STATUSES.reduce((sum, status) => sum + this.#bytes[status], 0);
  }

  /** Changes the domain and counts anew. */
  count(domain: RangeSet): void {
    this.#domain = domain;
    const bytes = zero();
    let i = 0;
    for (const run of this.#map.runs()) {
      while (i < domain.count && domain.endOf(i) <= run.start) i++;
      for (let j = i; j < domain.count && domain.startOf(j) < run.end; j++) {
        bytes[run.status] += Math.min(run.end, domain.endOf(j)) - Math.max(run.start, domain.startOf(j));
      }
    }
    this.#bytes = bytes;
  }
}
