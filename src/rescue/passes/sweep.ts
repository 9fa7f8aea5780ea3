import type { ByteRange } from '../../block/range.ts';
import { firstBlock, unitStart } from '../blocks.ts';
import type { DiskMood } from '../disk-mood.ts';
import type { Pass, PassContext } from '../pass.ts';
import { HiddenSector } from './hidden-sector.ts';

/**
 * So many units behind a fault are read one by one. A larger request that fails tells nothing but that it failed, at
 * the cost of a thousand small ones that succeed; so small ones are cheaper where the next fault is that near.
 */
const FINE_UNITS = 2048;
/** First jump over a bad unit, in units: runs of bad ones are mostly shorter. */
const FIRST_JUMP_UNITS = 4;
/** Growth of the jump while nothing readable is met. */
const JUMP_GROWTH = 4;

/**
 * Reads what was jumped over and never tried, forward: unit by unit behind faults, in large requests elsewhere.
 * Behind a bad unit it jumps a little; what it jumps over is left to the way back.
 */
export class Sweep implements Pass {
  readonly phase = 'sweep';
  readonly letter = '?';
  readonly number = 5;
  readonly depth = 1;
  readonly #context: PassContext;
  readonly #mood: DiskMood;
  readonly #hidden: HiddenSector;
  #cursor = 0;
  #faultEnd = Number.NEGATIVE_INFINITY;
  #jumpUnits = FIRST_JUMP_UNITS;

  constructor(context: PassContext, mood: DiskMood) {
    this.#context = context;
    this.#mood = mood;
    this.#hidden = new HiddenSector(context);
  }

  decides(request: ByteRange): boolean {
    return this.#context.unit.isPiece(request);
  }

  next(): ByteRange | undefined {
    if (this.#hidden.comparison) return this.#hidden.comparison;
    const { map, domain, unit } = this.#context;
    const block = firstBlock(map, domain, this.#cursor, '?');
    if (!block) return undefined;
    if (this.#isBehindFault(block.start)) this.#faultEnd = block.start;
    if (block.start - this.#faultEnd < FINE_UNITS * unit.bytes) return unit.first(block);
    return { start: block.start, end: Math.min(block.end, block.start + this.#mood.readBytes) };
  }

  settle(request: ByteRange, readable: boolean, serviceMs: number): void {
    const { map, domain, unit } = this.#context;
    unit.observe(request, readable);
    this.#mood.learn(request.end - request.start, readable, serviceMs);
    if (this.#hidden.comparison) {
      this.#jump(request.start, this.#hidden.compared(request, readable));
    } else if (readable) {
      this.#cursor = request.end;
      this.#jumpUnits = FIRST_JUMP_UNITS;
    } else if (unit.isPiece(request)) {
      const block = firstBlock(map, domain, request.start, '?') ?? request;
      const done = this.#hidden.bad(request, block, this.#jumpUnits > FIRST_JUMP_UNITS);
      if (done !== undefined) this.#jump(request.start, done);
    } else if (request.end - request.start >= this.#mood.readBytes) {
      map.set(request.start, request.end, '*');
      this.#jump(request.start, request.end);
    } else {
      this.#faultEnd = request.start;
    }
  }

  #isBehindFault(start: number): boolean {
    const { map, domain } = this.#context;
    if (start === 0 || !domain.touches(start - 1, start)) return false;
    const before = map.statusAt(start - 1);
    return before !== '+' && before !== '?';
  }

  #jump(fault: number, done: number): void {
    const { unit } = this.#context;
    this.#faultEnd = done;
    this.#cursor = Math.max(done, unitStart(fault, unit.bytes) + this.#jumpUnits * unit.bytes);
    this.#jumpUnits *= JUMP_GROWTH;
  }
}
