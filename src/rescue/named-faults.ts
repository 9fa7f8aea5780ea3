import type { ByteRange } from '../block/range.ts';
import { unitStart } from './blocks.ts';

/**
 * Sectors that the drive itself has named as the ones at which a larger read failed. Trying such a sector at once would
 * only cost a second failing read, so it is left until what can be read around it is safe. It is never called bad on
 * the drive's word alone: whoever decides about it reads it.
 */
export class NamedFaults {
  readonly #unitBytes: number;
  readonly #units = new Set<number>();

  /** `unitBytes` is the unit in which the medium fails, as the source tells it. */
  constructor(unitBytes: number) {
    this.#unitBytes = unitBytes;
  }

  /** The drive has named the sector at this place. */
  note(positionBytes: number): void {
    this.#units.add(unitStart(positionBytes, this.#unitBytes));
  }

  /** Whether something in this stretch was named. */
  isNamed({ start, end }: ByteRange): boolean {
    for (let at = unitStart(start, this.#unitBytes); at < end; at += this.#unitBytes) {
      if (this.#units.has(at)) return true;
    }
    return false;
  }
}
