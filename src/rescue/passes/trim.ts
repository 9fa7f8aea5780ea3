import type { ByteRange } from '../../block/range.ts';
import { firstBlock } from '../blocks.ts';
import type { Pass, PassContext } from '../pass.ts';
import { HiddenSector } from './hidden-sector.ts';

/** Bad units in a row that end the way in from an edge: one is a stray sector, two are the start of a bad run. */
const RUN_OF_BAD_UNITS = 2;

/**
 * Narrows failed requests from their edges, one unit of the medium at a time. Small reads that succeed are nearly
 * free, failing ones cost seconds; so the way in from the front goes on behind a single bad unit, and ends at two
 * in a row. The way in from the back then fetches what is readable behind the bad run. What lies between is left
 * for scraping.
 */
export class Trim implements Pass {
  readonly phase = 'trim';
  readonly letter = '*';
  readonly number = 1;
  readonly depth = 1;
  readonly #context: PassContext;
  readonly #hidden: HiddenSector;
  #block: { start: number; end: number } | undefined;
  #fromBack = false;
  #badInARow = 0;
  #cursor = 0;

  constructor(context: PassContext) {
    this.#context = context;
    this.#hidden = new HiddenSector(context);
  }

  decides(request: ByteRange): boolean {
    return this.#context.unit.isPiece(request);
  }

  next(): ByteRange | undefined {
    if (this.#hidden.comparison) return this.#hidden.comparison;
    for (;;) {
      if (!this.#block) this.#enterNextBlock();
      if (!this.#block) return undefined;
      const { unit } = this.#context;
      const request = this.#fromBack ? unit.last(this.#block) : unit.first(this.#block);
      if (!this.#isNamed(request)) return request;
      this.#leaveNamed(this.#block, request);
    }
  }

  /** Before it is known in which units the medium fails, trying a named sector is worth what it costs. */
  #isNamed(request: ByteRange): boolean {
    const { named, unit } = this.#context;
    return unit.isSettled && named.isNamed(request);
  }

  /** Leaves a sector that the drive has named, and with it its hidden sector, for scraping. */
  #leaveNamed(block: { start: number; end: number }, request: ByteRange): void {
    const { map, unit } = this.#context;
    const left = unit.isGuessed ? unit.groupAt(request.start) : request;
    if (this.#fromBack) {
      block.end = Math.max(block.start, left.start);
      map.set(block.end, request.end, '/');
    } else {
      map.set(block.start, Math.min(block.end, left.end), '/');
      block.start = Math.min(block.end, left.end);
    }
    this.#badInARow++;
    if (block.start >= block.end) this.#block = undefined;
    else if (this.#fromBack) this.#leaveRest(block);
    else if (this.#badInARow >= RUN_OF_BAD_UNITS) this.#turnToBack(block);
  }

  settle(request: ByteRange, readable: boolean): void {
    const { unit } = this.#context;
    unit.observe(request, readable);
    const block = this.#block;
    if (!block) return;
    if (this.#hidden.comparison) {
      block.start = this.#hidden.compared(request, readable);
      this.#badInARow++;
    } else if (readable) {
      if (this.#fromBack) block.end = request.start;
      else block.start = request.end;
      this.#badInARow = 0;
    } else if (!unit.isPiece(request)) {
      // The rest of what was no hidden sector: piece after piece from here on.
      return;
    } else if (this.#fromBack) {
      this.#context.map.set(request.start, request.end, '-');
      block.end = request.start;
      this.#leaveRest(block);
      return;
    } else {
      const done = this.#hidden.bad(request, block, this.#badInARow > 0);
      if (done === undefined) return;
      block.start = done;
      this.#badInARow++;
    }
    if (block.start >= block.end) this.#block = undefined;
    else if (this.#badInARow >= RUN_OF_BAD_UNITS) this.#turnToBack(block);
  }

  #enterNextBlock(): void {
    const { map, domain } = this.#context;
    for (;;) {
      const found = firstBlock(map, domain, this.#cursor, '*');
      if (!found) return;
      this.#cursor = found.end;
      this.#block = { start: found.start, end: found.end };
      this.#fromBack = false;
      this.#badInARow = 0;
      if (this.#isWorthTrimming(found.start - 1)) return;
      this.#turnToBack(this.#block);
      if (this.#block) return;
    }
  }

  #turnToBack(block: ByteRange): void {
    this.#fromBack = true;
    this.#badInARow = 0;
    if (!this.#isWorthTrimming(block.end)) this.#leaveRest(block);
  }

  /** An edge whose neighbour is known to be bad, or was jumped over, is no edge of the damage. */
  #isWorthTrimming(neighbour: number): boolean {
    const { map, domain } = this.#context;
    if (!domain.touches(neighbour, neighbour + 1)) return true;
    return map.statusAt(neighbour) === '+';
  }

  #leaveRest(block: ByteRange): void {
    this.#context.map.set(block.start, block.end, '/');
    this.#block = undefined;
  }
}
