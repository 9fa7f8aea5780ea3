import type { ByteRange } from '../../block/range.ts';
import { lastBlock } from '../blocks.ts';
import type { Pass, PassContext } from '../pass.ts';

/**
 * Tries both ends of each stretch that was passed over because a dead head was expected there, the last first: behind
 * the end of the damage the expectation is wrong, and that is free to find out. Where both ends are bad the
 * expectation holds, and the inside is left for scraping; where one is readable the stretch is narrowed from there;
 * where both are, it is left untried for the sweep.
 */
export class StripeEdges implements Pass {
  readonly phase = 'trim';
  readonly letter = '?';
  readonly number = 2;
  readonly depth = 1;
  readonly #context: PassContext;
  readonly #untilFault: boolean;
  #cursor: number;
  #block: ByteRange | undefined;
  /** What the start of the block has shown. */
  #startReadable: boolean | undefined;
  #faulty = false;
  #healthyFrom: number | undefined;

  /** With `untilFault`, ends behind the first stretch that is as bad as expected. */
  constructor(context: PassContext, untilFault: boolean) {
    this.#context = context;
    this.#untilFault = untilFault;
    this.#cursor = context.map.sizeBytes;
  }

  /** Start of the first of the last stretches that are all readable; undefined when the very last is not. */
  get healthyFrom(): number | undefined {
    return this.#healthyFrom;
  }

  decides(request: ByteRange): boolean {
    return this.#context.unit.isPiece(request);
  }

  next(): ByteRange | undefined {
    const { map, domain, unit } = this.#context;
    for (;;) {
      if (this.#block === undefined) {
        if (this.#untilFault && this.#faulty) return undefined;
        this.#block = lastBlock(map, domain, this.#cursor, '?');
        if (!this.#block) return undefined;
        this.#cursor = this.#block.start;
        this.#startReadable = undefined;
      }
      const block = this.#block;
      if (this.#startReadable === undefined) {
        if (!this.#isBad(block.start - 1)) return unit.first(block);
        this.#startReadable = false;
      }
      if (!this.#isBad(block.end)) return unit.last(block);
      this.#finish(block, false);
    }
  }

  settle(request: ByteRange, readable: boolean): void {
    const { map, unit } = this.#context;
    unit.observe(request, readable);
    const block = this.#block;
    if (!block) return;
    if (!readable) map.set(request.start, request.end, unit.isPiece(request) ? '-' : '*');
    if (this.#startReadable !== undefined) {
      this.#finish({ start: block.start, end: request.start }, readable);
    } else if (request.end < block.end) {
      this.#startReadable = readable;
      this.#block = { start: request.end, end: block.end };
    } else {
      this.#startReadable = readable;
      this.#finish({ start: block.end, end: block.end }, readable);
    }
  }

  #finish(rest: ByteRange, endReadable: boolean): void {
    this.#block = undefined;
    if (this.#startReadable && endReadable) {
      if (!this.#faulty) this.#healthyFrom = this.#cursor;
      return;
    }
    this.#faulty = true;
    this.#context.map.set(rest.start, rest.end, this.#startReadable || endReadable ? '*' : '/');
  }

  /** Whether a neighbour is known to be bad already. */
  #isBad(position: number): boolean {
    const { map } = this.#context;
    if (position < 0 || position >= map.sizeBytes) return false;
    const status = map.statusAt(position);
    return status !== '+' && status !== '?';
  }
}
