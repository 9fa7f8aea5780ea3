import { type RangeSet, RangeSetBuilder } from '../block/range-set.ts';

/** Collects ranges in memory that stays bounded however many there are. */
export interface RangeCollector {
  add(start: number, end: number): void;
  /** True once small gaps between ranges had to be closed: the set then holds more than was added. */
  readonly coarse: boolean;
  build(): RangeSet;
}

/** A million ranges are kept exactly (twice this): 16 MB, as many as badly fragmented disks have. */
const MAX_RANGES = 2 ** 19;
/** The smallest gap that is closed when there are too many ranges, in bytes. */
const FIRST_GAP = 4096;

/**
 * Like `RangeSetBuilder`, but keeps at most twice `maxRanges` at any time: when more come, the gaps below a growing size
 * are closed. For sets that may be too big but never too small, such as what has to be rescued.
 */
export function rangeCollector(maxRanges: number = MAX_RANGES): RangeCollector {
  let builder = new RangeSetBuilder();
  let added = 0;
  let gap = 0;
  const reduce = (): void => {
    let set = builder.build();
    while (set.count > maxRanges) {
      gap = gap === 0 ? FIRST_GAP : gap * 2;
      const wider = new RangeSetBuilder();
      for (let i = 0; i < set.count; i++) {
        const next = i + 1 < set.count ? set.startOf(i + 1) : Number.POSITIVE_INFINITY;
        wider.add(set.startOf(i), next - set.endOf(i) <= gap ? next : set.endOf(i));
      }
      set = wider.build();
    }
    builder = new RangeSetBuilder();
    for (let i = 0; i < set.count; i++) builder.add(set.startOf(i), set.endOf(i));
    added = set.count;
  };
  return {
    get coarse() {
      return gap > 0;
    },
    add(start, end) {
      if (added >= 2 * maxRanges) reduce();
      builder.add(start, end);
      added++;
    },
    build: () => builder.build(),
  };
}
