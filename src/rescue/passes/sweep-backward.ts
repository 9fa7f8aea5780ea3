import type { ByteRange } from '../../block/range.ts';
import { lastBlock } from '../blocks.ts';
import type { DiskMood } from '../disk-mood.ts';
import type { Pass, PassContext } from '../pass.ts';

/** So many units are read one by one, from there on each request is twice as large as the last. */
const SINGLE_UNITS = 16;

/** Reads what the sweep jumped over, from its far end to the first fault; the rest is left for scraping. */
export class SweepBackward implements Pass {
  readonly phase = 'sweep';
  readonly letter = '?';
  readonly number = 6;
  readonly depth = 1;
  readonly #context: PassContext;
  readonly #mood: DiskMood;
  #cursor: number;
  /** End of the block that is being read. */
  #from = Number.NaN;

  constructor(context: PassContext, mood: DiskMood) {
    this.#context = context;
    this.#mood = mood;
    this.#cursor = context.map.sizeBytes;
  }

  decides(request: ByteRange): boolean {
    return this.#context.unit.isPiece(request);
  }

  next(): ByteRange | undefined {
    const { map, domain, unit } = this.#context;
    const block = lastBlock(map, domain, this.#cursor, '?');
    if (!block) return undefined;
    if (block.end !== this.#cursor) this.#from = block.end;
    const read = this.#from - block.end;
    if (!(read >= SINGLE_UNITS * unit.bytes)) return unit.last(block);
    const start = block.end - Math.min(this.#mood.readBytes, read);
    return { start: Math.max(block.start, Math.ceil(start / unit.bytes) * unit.bytes), end: block.end };
  }

  settle(request: ByteRange, readable: boolean): void {
    const { map, domain, unit } = this.#context;
    unit.observe(request, readable);
    this.#cursor = request.start;
    if (readable) return;
    const rest = lastBlock(map, domain, request.end, '?');
    // The rest of what was no hidden sector is part of what is left, too.
    if (unit.isPiece(request)) map.set(request.start, request.end, '-');
    else map.set(request.start, request.end, '*');
    if (rest && rest.start < request.start) {
      map.set(rest.start, request.start, '/');
      this.#cursor = rest.start;
    }
  }
}
