import type { ByteRange } from '../../block/range.ts';
import { firstBlock, unitStart } from '../blocks.ts';
import type { Pass, PassContext } from '../pass.ts';

/** Areas of up to so many units are not worth a probe: scraping them costs little more. */
export const SMALL_AREA_UNITS = 8;
/** Probes in vain, one after the other, that make what is left count as hopeless. */
const VAIN_PROBES = 32;

/**
 * Looks into the middle of areas whose edges are known to be bad, the largest first. A readable middle means that
 * the area is not bad throughout: both sides are handed back to trimming, which widens the readable part. After
 * many probes in vain (a dead head, the core of a scratch) what is left is left for the very end.
 */
export class Probe implements Pass {
  readonly phase = 'probe';
  readonly letter = '/';
  readonly number = 1;
  readonly depth = 1;
  readonly #context: PassContext;
  readonly #areas: ByteRange[] = [];
  #current: ByteRange | undefined;
  #vain = 0;
  #found = 0;

  constructor(context: PassContext) {
    this.#context = context;
    let from = 0;
    for (;;) {
      const area = firstBlock(context.map, context.domain, from, '/');
      if (!area) break;
      this.#add(area);
      from = area.end;
    }
  }

  /** Readable middles so far. */
  get found(): number {
    return this.#found;
  }

  decides(request: ByteRange): boolean {
    return this.#context.unit.isPiece(request);
  }

  next(): ByteRange | undefined {
    if (this.#vain >= VAIN_PROBES) return undefined;
    this.#current = this.#areas.pop();
    if (!this.#current) return undefined;
    const { start, end } = this.#current;
    const { unit } = this.#context;
    const middle = unitStart(start + (end - start) / 2, unit.bytes);
    return unit.first({ start: Math.max(start, middle), end });
  }

  settle(request: ByteRange, readable: boolean): void {
    const { unit } = this.#context;
    unit.observe(request, readable);
    const area = this.#current;
    if (!area) return;
    const done = !readable && unit.isGuessed ? unit.groupAt(request.start) : request;
    const sides = [
      { start: area.start, end: done.start },
      { start: done.end, end: area.end },
    ];
    if (readable) {
      this.#vain = 0;
      this.#found++;
      for (const side of sides) this.#context.map.set(side.start, side.end, '*');
      return;
    }
    this.#vain++;
    this.#context.map.set(request.start, request.end, '-');
    for (const side of sides) this.#add(side);
  }

  /** Keeps the areas in order of size, the largest at the end. */
  #add(area: ByteRange): void {
    const size = area.end - area.start;
    if (size <= SMALL_AREA_UNITS * this.#context.unit.bytes) return;
    let low = 0;
    let high = this.#areas.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#areas[middle];
      if (other && other.end - other.start < size) low = middle + 1;
      else high = middle;
    }
    this.#areas.splice(low, 0, area);
  }
}
