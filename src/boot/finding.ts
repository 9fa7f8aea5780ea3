import type { Fix } from './fix.ts';
import type { ItemId } from './items.ts';

/**
 * `ok`; `warning`: Windows will probably boot all the same; `failing`: it will probably not; `not-applicable`: this
 * disk does not need it; `unknown`: it could not be checked, which `meaning` gives a reason for.
 */
export type FindingState = 'ok' | 'warning' | 'failing' | 'not-applicable' | 'unknown';

/** What one check has found at one place. */
export interface Finding {
  readonly item: ItemId;
  /** Number of the partition that it is about; undefined for the disk as a whole, and in the image of a volume. */
  readonly part: number | undefined;
  readonly state: FindingState;
  /** What was read, short enough for a line. */
  readonly read: string;
  /** What was expected. */
  readonly expected: string;
  /** What that means, in plain words; empty when all is well. */
  readonly meaning: string;
  /** Byte of the disk that it is about, where there is one. */
  readonly position?: number;
  /** What could be done about it here. */
  readonly fix?: Fix;
  /** What a person can do about it elsewhere, or why there is no fix. */
  readonly advice?: string;
}

/** The name by which a fix is asked for: `M4`, or `N2:1` for one of several partitions. */
export const findingName = ({ item, part }: Pick<Finding, 'item' | 'part'>): string =>
  part === undefined ? item : `${item}:${part}`;

/** All that goes with what was found wrong. */
export type Remedy = Pick<Finding, 'position' | 'fix' | 'advice'>;

/** Makes the findings of one item at one place. */
export class Check {
  readonly #item: ItemId;
  readonly #part: number | undefined;
  readonly #expected: string;

  constructor(item: ItemId, part: number | undefined, expected: string) {
    this.#item = item;
    this.#part = part;
    this.#expected = expected;
  }

  ok(read: string, meaning = ''): Finding {
    return this.#finding('ok', read, meaning, {});
  }

  warning(read: string, meaning: string, remedy: Partial<Remedy> = {}): Finding {
    return this.#finding('warning', read, meaning, remedy);
  }

  failing(read: string, meaning: string, remedy: Partial<Remedy> = {}): Finding {
    return this.#finding('failing', read, meaning, remedy);
  }

  /** `why` says in a few words why this disk does not need it. */
  notApplicable(why: string): Finding {
    return this.#finding('not-applicable', why, '', {});
  }

  /** `meaning` says why it could not be checked. */
  unknown(read: string, meaning: string, remedy: Partial<Remedy> = {}): Finding {
    return this.#finding('unknown', read, meaning, remedy);
  }

  #finding(
    state: FindingState,
    read: string,
    meaning: string,
    { position, fix, advice }: Partial<Remedy>,
  ): Finding {
    return {
      item: this.#item,
      part: this.#part,
      state,
      read,
      expected: this.#expected,
      meaning,
      ...(position !== undefined && { position }),
      ...(fix !== undefined && { fix }),
      ...(advice !== undefined && { advice }),
    };
  }
}
