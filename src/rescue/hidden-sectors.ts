import type { ByteRange } from '../block/range.ts';
import { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from './block-map.ts';
import { blocksWith } from './blocks.ts';
import type { MediumUnit } from './medium-unit.ts';

const GUESS =
  'The disk seems to fail in sectors of 4096 bytes, though it tells 512: each bad one is tried at both ends only.';
const NO_GUESS = 'The disk fails in sectors of 512 bytes after all: each is tried alone.';

/** Keeps the books on what is undecided, or was given up, only because the medium seems to have hidden sectors. */
export class HiddenSectors {
  readonly #map: BlockMap;
  readonly #unit: MediumUnit;
  readonly #tell: (message: string) => void;
  /** Given up as parts of hidden sectors, not tried themselves. */
  #untried = RangeSet.EMPTY;
  #wasGuessed = false;
  #refuted = false;

  constructor(map: BlockMap, unit: MediumUnit, tell: (message: string) => void) {
    this.#map = map;
    this.#unit = unit;
    this.#tell = tell;
  }

  /** To be called when anything may have been learnt; says so when it was. */
  notice(): void {
    if (this.#unit.isGuessed === this.#wasGuessed) return;
    this.#wasGuessed = this.#unit.isGuessed;
    this.#refuted = !this.#wasGuessed;
    this.#tell(this.#wasGuessed ? GUESS : NO_GUESS);
  }

  /** What may be given up now: the undecided rests of bad hidden sectors that were checked. */
  rests(domain: RangeSet): RangeSet {
    if (!this.#unit.isGuessed) return RangeSet.EMPTY;
    const rests = RangeSet.of(
      blocksWith(this.#map, domain, '/')
        .flatMap((area) => this.#unit.groupsIn(area))
        .filter((piece) => this.#isBad(this.#unit.groupAt(piece.start))),
    );
    this.#untried = this.#untried.union(rests);
    return rests;
  }

  /**
   * Whether the guess has turned out wrong since this was asked last: sectors that were given up untried are
   * undecided again then, and all that was left for its sake has to be tried.
   */
  reopen(): boolean {
    if (!this.#refuted) return false;
    this.#refuted = false;
    for (const { start, end } of this.#untried.intersect(this.#map.bytesWith('-')))
      this.#map.set(start, end, '/');
    this.#untried = RangeSet.EMPTY;
    return true;
  }

  #isBad({ start, end }: ByteRange): boolean {
    return this.#map.findForward(start, end, '-') !== undefined;
  }
}
