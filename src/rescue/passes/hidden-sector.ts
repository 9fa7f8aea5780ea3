import type { ByteRange } from '../../block/range.ts';
import { lastUnit } from '../blocks.ts';
import type { PassContext } from '../pass.ts';

/**
 * What a bad piece means for the rest of its hidden sector, for passes that read piece after piece. Once hidden
 * sectors are believed in, the rest is left undecided (`/`), to be checked at the end. Before that, the other end of
 * the sector is compared: it costs one failing read where there are hidden sectors, and shows where there are none.
 */
export class HiddenSector {
  readonly #context: PassContext;
  #bad: ByteRange | undefined;

  constructor(context: PassContext) {
    this.#context = context;
  }

  /** The piece to read now, to be compared with a bad one; undefined when nothing is to be compared. */
  get comparison(): ByteRange | undefined {
    if (!this.#bad) return undefined;
    const { unit } = this.#context;
    return lastUnit(unit.groupAt(this.#bad.start), unit.pieceBytes);
  }

  /**
   * Takes in a piece within `block` that turned out bad, when it was read from its start. Returns the end of what
   * is done with by that; undefined when the comparison has to come first, which is not worth it in a bad run.
   */
  bad(piece: ByteRange, block: ByteRange, inRun: boolean): number | undefined {
    const { map, unit } = this.#context;
    map.set(piece.start, piece.end, '-');
    const group = unit.groupAt(piece.start);
    if (unit.isGuessed) return this.#leave(piece.end, Math.min(group.end, block.end));
    // What a domain cuts off, or somebody else has dealt with, cannot be compared.
    const whole = group.end <= block.end && group.end - piece.end > unit.pieceBytes;
    if (inRun || !whole || !unit.isWorthComparing(piece)) return piece.end;
    this.#bad = piece;
    return undefined;
  }

  /** Takes in the comparison; returns the end of what is done with. */
  compared(piece: ByteRange, readable: boolean): number {
    const { map } = this.#context;
    const first = this.#bad ?? piece;
    this.#bad = undefined;
    if (readable) return first.end;
    map.set(piece.start, piece.end, '-');
    this.#leave(first.end, piece.start);
    return piece.end;
  }

  #leave(start: number, end: number): number {
    this.#context.map.set(start, end, '/');
    return end;
  }
}
