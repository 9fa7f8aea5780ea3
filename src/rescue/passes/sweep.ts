import type { ByteRange } from '../../block/range.ts';
import { firstBlock } from '../blocks.ts';
import type { DiskMood } from '../disk-mood.ts';
import type { Pass, PassContext } from '../pass.ts';

/** Reads all that was jumped over and never tried, without jumping again. */
export class Sweep implements Pass {
  readonly phase = 'sweep';
  readonly letter = '?';
  readonly number = 5;
  readonly decides = false;
  readonly depth = 1;
  readonly #context: PassContext;
  readonly #mood: DiskMood;
  #cursor = 0;

  constructor(context: PassContext, mood: DiskMood) {
    this.#context = context;
    this.#mood = mood;
  }

  next(): ByteRange | undefined {
    const block = firstBlock(this.#context.map, this.#context.domain, this.#cursor, '?');
    if (!block) return undefined;
    return { start: block.start, end: Math.min(block.end, block.start + this.#mood.readBytes) };
  }

  settle(request: ByteRange, readable: boolean, serviceMs: number): void {
    this.#mood.learn(request.end - request.start, readable, serviceMs);
    this.#cursor = request.end;
    if (!readable) this.#context.map.set(request.start, request.end, '*');
  }
}
