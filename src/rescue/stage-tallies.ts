import { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from './block-map.ts';
import type { StageProgress } from './events.ts';
import type { Stage, StageName } from './plan.ts';
import { Tally } from './tally.ts';

/** Counts, for each stage of the plan, what of it is safe; kept up to date with every change of the map. */
export class StageTallies {
  readonly #map: BlockMap;
  readonly #tallies = new Map<StageName, Tally>();

  constructor(map: BlockMap) {
    this.#map = map;
  }

  /** Takes the stages of a new plan, and counts anew. */
  count(stages: readonly Stage[]): void {
    for (const tally of this.#tallies.values()) tally.count(RangeSet.EMPTY);
    for (const { name, domain } of stages) {
      const tally = this.#tallies.get(name) ?? new Tally(this.#map);
      this.#tallies.delete(name);
      // Those of this plan are last, and in its order.
      this.#tallies.set(name, tally);
      tally.count(domain);
    }
  }

  /** The stages that have something in them, in the order in which they are rescued. */
  get progress(): StageProgress[] {
    return [...this.#tallies].flatMap(([stage, { totalBytes, bytes }]) =>
      totalBytes > 0 ? [{ stage, totalBytes, savedBytes: bytes['+'], badBytes: bytes['-'] }] : [],
    );
  }
}
