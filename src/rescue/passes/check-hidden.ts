import type { ByteRange } from '../../block/range.ts';
import { firstBlock, firstUnit, lastUnit } from '../blocks.ts';
import type { Pass, PassContext } from '../pass.ts';

/** Bad hidden sectors in a row, of which each one is checked; of longer runs the two outermost, */
const SHORT_RUN = 8;
/** and every so many-th between them. */
const SAMPLE = 8;

/**
 * Checks the guess that the medium fails in hidden sectors before anything is given up because of it: of each one of
 * which a piece is bad, the first and the last piece are tried. As long as all of those fail, what lies between them
 * is bad too; a readable one proves the guess wrong, and ends the pass.
 */
export class CheckHidden implements Pass {
  readonly phase = 'scrape';
  readonly letter = '/';
  readonly number = 2;
  readonly depth = 1;
  readonly #context: PassContext;
  #cursor = 0;
  #run: ByteRange = { start: 0, end: 0 };

  constructor(context: PassContext) {
    this.#context = context;
  }

  decides(): boolean {
    return true;
  }

  next(): ByteRange | undefined {
    const { map, domain, unit } = this.#context;
    while (unit.isGuessed) {
      const block = firstBlock(map, domain, this.#cursor, '/');
      if (!block) return undefined;
      const group = unit.groupAt(block.start);
      if (group.start >= this.#run.end) this.#run = this.#runAt(group);
      if (this.#isToBeChecked(group)) {
        for (const piece of [lastUnit(group, unit.pieceBytes), firstUnit(group, unit.pieceBytes)]) {
          if (domain.covers(piece.start, piece.end) && map.statusAt(piece.start) === '/') return piece;
        }
      }
      this.#cursor = group.end;
    }
    return undefined;
  }

  settle(request: ByteRange, readable: boolean): void {
    this.#context.unit.observe(request, readable);
    if (!readable) this.#context.map.set(request.start, request.end, '-');
  }

  #isToBeChecked(group: ByteRange): boolean {
    const { start, end } = this.#run;
    if (!this.#isHalfDecided(group)) return false;
    const size = group.end - group.start;
    if (end - start <= SHORT_RUN * size || group.start === start || group.end === end) return true;
    return ((group.start - start) / size) % SAMPLE === 0;
  }

  /** The run of hidden sectors around this one of which a piece is bad and others are undecided. */
  #runAt(group: ByteRange): ByteRange {
    const { map, unit } = this.#context;
    let { end } = group;
    while (end < map.sizeBytes && this.#isHalfDecided(unit.groupAt(end))) end = unit.groupAt(end).end;
    return { start: group.start, end };
  }

  #isHalfDecided({ start, end }: ByteRange): boolean {
    const { map } = this.#context;
    return map.findForward(start, end, '-') !== undefined && map.findForward(start, end, '/') !== undefined;
  }
}
