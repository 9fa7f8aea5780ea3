import type { ByteRange } from '../block/range.ts';
import { RangeSet } from '../block/range-set.ts';
import type { BlockMap } from './block-map.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { Fill } from './fill.ts';
import type { Saver } from './saver.ts';
import type { Tally } from './tally.ts';

/** What the marking is done with. */
export interface UnreadMarkerParts {
  readonly map: BlockMap;
  readonly tally: Tally;
  readonly saver: Saver;
  readonly checkpointer: Checkpointer;
}

/** Between two pieces the marking can be cut short. */
const PIECE_BYTES = 8 << 20;

/** Gives the fill to wanted sectors that were not saved, so that nothing in the target looks as if it had been. */
export class UnreadMarker {
  readonly #parts: UnreadMarkerParts;
  readonly #targetHasOldContent: boolean;
  readonly #fill: Fill;
  #skipped = false;
  #unmarkedBytes = 0;
  /** Where the target has lost the fill. */
  #unfilled: ByteRange[] = [];

  constructor(parts: UnreadMarkerParts, targetHasOldContent: boolean, fill: Fill) {
    this.#parts = parts;
    this.#targetHasOldContent = targetHasOldContent;
    this.#fill = fill;
  }

  /** Bytes of wanted sectors that were not saved and do not carry the fill. */
  get unmarkedBytes(): number {
    return this.#unmarkedBytes;
  }

  /** Cuts short the marking of unread sectors; `unmarkedBytes` says how many are left. */
  skip(): void {
    this.#skipped = true;
  }

  /** Notes that the unread sectors stay as they are. */
  leave(): void {
    this.#unmarkedBytes = this.#unread().totalBytes;
  }

  /** The target has lost the fill of these places, which it had not flushed. */
  lost(places: readonly ByteRange[]): void {
    this.#unfilled.push(...places);
  }

  /** Gives the fill to bad places again that have lost it. */
  async fillAgain(): Promise<void> {
    const lost = RangeSet.of(this.#unfilled.splice(0));
    for (const stretch of lost.intersect(this.#parts.map.bytesWith('-')))
      await this.#parts.saver.mark(stretch);
  }

  /**
   * Marks what the map calls bad: a map of another program calls sectors bad that carry no marker in the target, and
   * what was found bad before the volume told its sector size carries markers of the device's.
   */
  async markKnownBad(): Promise<void> {
    const { map, saver, tally } = this.#parts;
    // What is bad outside of the domain lies in free clusters, which are not ours to touch.
    for (const stretch of map.bytesWith('-').intersect(tally.domain)) await saver.mark(stretch);
  }

  /** Marks what stays unread, and saves the map; `begin` is called when there is something to mark. */
  async markUnread(begin: () => void): Promise<void> {
    const unread = this.#unread();
    if (unread.isEmpty) return;
    this.#unmarkedBytes = unread.totalBytes;
    begin();
    for (const piece of pieces(unread)) {
      if (this.#skipped) break;
      await this.#parts.saver.mark(piece);
      await this.#parts.checkpointer.breathe();
      this.#unmarkedBytes -= piece.end - piece.start;
    }
    await this.#parts.checkpointer.finish();
  }

  /** Wanted sectors that were not saved and do not carry the fill yet. */
  #unread(): RangeSet {
    if (this.#fill === 'keep') return RangeSet.EMPTY;
    // Where a new file was never written it shows zeros, not somebody's data.
    const statuses = this.#targetHasOldContent ? (['?', '*', '/'] as const) : (['*', '/'] as const);
    return this.#parts.map.bytesWith(...statuses).intersect(this.#parts.tally.domain);
  }
}

function* pieces(set: RangeSet): Iterable<ByteRange> {
  for (const { start, end } of set) {
    for (let at = start; at < end; at += PIECE_BYTES) {
      yield { start: at, end: Math.min(end, at + PIECE_BYTES) };
    }
  }
}
