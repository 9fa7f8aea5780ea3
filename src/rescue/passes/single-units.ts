import type { ByteRange } from '../../block/range.ts';
import { firstBlock, firstUnit, lastBlock, lastUnit } from '../blocks.ts';
import type { Pass, PassContext } from '../pass.ts';
import type { Status } from '../status.ts';

/** Tries every unit of one status alone, once. What cannot be read is bad. */
abstract class SingleUnits implements Pass {
  abstract readonly phase: 'scrape' | 'hopeless' | 'retry';
  abstract readonly letter: '/' | '-';
  readonly number: number;
  readonly decides = true;
  readonly depth = 1;
  readonly #context: PassContext;
  readonly #status: Status;
  readonly #backward: boolean;
  #cursor: number;

  constructor(context: PassContext, status: Status, number: number, backward: boolean) {
    this.#context = context;
    this.#status = status;
    this.number = number;
    this.#backward = backward;
    this.#cursor = backward ? context.map.sizeBytes : 0;
  }

  next(): ByteRange | undefined {
    const { map, domain, unitBytes } = this.#context;
    const find = this.#backward ? lastBlock : firstBlock;
    const block = find(map, domain, this.#cursor, this.#status);
    if (!block) return undefined;
    return this.#backward ? lastUnit(block, unitBytes) : firstUnit(block, unitBytes);
  }

  settle(request: ByteRange, readable: boolean): void {
    this.#cursor = this.#backward ? request.start : request.end;
    if (!readable) this.#context.map.set(request.start, request.end, '-');
  }
}

/** Decides what probing has left of bad areas, unit by unit, forward. */
export class Scrape extends SingleUnits {
  readonly phase: 'scrape' | 'hopeless';
  readonly letter = '/';

  constructor(context: PassContext, phase: 'scrape' | 'hopeless' = 'scrape') {
    super(context, '/', 1, false);
    this.phase = phase;
  }
}

/** Tries bad units again; odd passes go forward, even ones backward, because some sectors read from one side only. */
export class Retry extends SingleUnits {
  readonly phase = 'retry';
  readonly letter = '-';

  constructor(context: PassContext, number: number) {
    super(context, '-', number, number % 2 === 0);
  }
}
