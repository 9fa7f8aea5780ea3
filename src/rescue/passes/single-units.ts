import type { ByteRange } from '../../block/range.ts';
import { firstBlock, firstUnit, lastBlock, lastUnit } from '../blocks.ts';
import type { Pass, PassContext } from '../pass.ts';

/** Decides what probing has left of bad areas, unit by unit, forward. */
export class Scrape implements Pass {
  readonly phase: 'scrape' | 'hopeless';
  readonly letter = '/';
  readonly number = 1;
  readonly depth = 1;
  readonly #context: PassContext;
  #cursor = 0;

  constructor(context: PassContext, phase: 'scrape' | 'hopeless' = 'scrape') {
    this.#context = context;
    this.phase = phase;
  }

  decides(request: ByteRange): boolean {
    return this.#context.unit.isPiece(request);
  }

  next(): ByteRange | undefined {
    const { map, domain, unit } = this.#context;
    for (;;) {
      const block = firstBlock(map, domain, this.#cursor, '/');
      if (!block) return undefined;
      const group = unit.groupAt(block.start);
      // The rest of a hidden sector stands or falls with its bad piece, which is checked when all else is done.
      if (!unit.isGuessed || !map.findForward(group.start, group.end, '-')) return unit.first(block);
      this.#cursor = group.end;
    }
  }

  settle(request: ByteRange, readable: boolean): void {
    const { map, unit } = this.#context;
    unit.observe(request, readable);
    // The rest of what was no hidden sector: piece after piece from here on.
    if (!readable && !unit.isPiece(request)) return;
    this.#cursor = request.end;
    if (!readable) map.set(request.start, request.end, '-');
  }
}

/** Tries bad units again; odd passes go forward, even ones backward, because some sectors read from one side only. */
export class Retry implements Pass {
  readonly phase = 'retry';
  readonly letter = '-';
  readonly number: number;
  readonly depth = 1;
  readonly #context: PassContext;
  readonly #backward: boolean;
  #cursor: number;

  constructor(context: PassContext, number: number) {
    this.#context = context;
    this.number = number;
    this.#backward = number % 2 === 0;
    this.#cursor = this.#backward ? context.map.sizeBytes : 0;
  }

  decides(): boolean {
    return true;
  }

  next(): ByteRange | undefined {
    const { map, domain, unit } = this.#context;
    const find = this.#backward ? lastBlock : firstBlock;
    const block = find(map, domain, this.#cursor, '-');
    if (!block) return undefined;
    return this.#backward ? lastUnit(block, unit.bytes) : firstUnit(block, unit.bytes);
  }

  settle(request: ByteRange, readable: boolean): void {
    this.#context.unit.observe(request, readable);
    this.#cursor = this.#backward ? request.start : request.end;
    if (!readable) this.#context.map.set(request.start, request.end, '-');
  }
}
