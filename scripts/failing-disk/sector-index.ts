import type { SectorRange } from './fault-rules.ts';

/** Ranges in ascending order that do not overlap, for finding the ones that a request meets quickly. */
export class SectorIndex<R extends { readonly range: SectorRange }> {
  readonly #entries: readonly R[];

  /** Throws when two of `entries` overlap: it would be unclear which one counts. */
  constructor(entries: readonly R[]) {
    this.#entries = entries
      .filter(({ range }) => range.end > range.start)
      .sort((a, b) => a.range.start - b.range.start);
    for (const [index, { range }] of this.#entries.entries()) {
      const next = this.#entries[index + 1];
      if (next !== undefined && next.range.start < range.end) {
        throw new Error(`faults of the same kind overlap at sector ${next.range.start}`);
      }
    }
  }

  /** The entries that have a sector in `start <= x < end`, ascending. */
  *meeting(start: number, end: number): IterableIterator<R> {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && entry.range.end > start) high = middle;
      else low = middle + 1;
    }
    for (let entry = this.#entries[low]; entry !== undefined && entry.range.start < end; ) {
      yield entry;
      low++;
      entry = this.#entries[low];
    }
  }

  /** The first sector in `start <= x < end` that any entry holds. */
  first(start: number, end: number): number | undefined {
    for (const { range } of this.meeting(start, end)) return Math.max(start, range.start);
    return undefined;
  }
}

/** The same sectors without overlaps, for faults of which two are no more than one. */
export function mergeRanges(entries: readonly { readonly range: SectorRange }[]): { range: SectorRange }[] {
  const merged: { range: SectorRange }[] = [];
  for (const { range } of entries.toSorted((a, b) => a.range.start - b.range.start)) {
    const last = merged.at(-1);
    if (last !== undefined && range.start <= last.range.end) {
      last.range = { start: last.range.start, end: Math.max(last.range.end, range.end) };
    } else {
      merged.push({ range });
    }
  }
  return merged;
}
