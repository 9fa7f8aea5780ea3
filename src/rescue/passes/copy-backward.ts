import type { ByteRange } from '../../block/range.ts';
import { lastBlock } from '../blocks.ts';
import type { DiskMood } from '../disk-mood.ts';
import type { Pass, PassContext } from '../pass.ts';

/**
 * Reads what the forward copy jumped over, from the far end of the disk: a bad zone is approached from its other
 * side, and left at its first error or slow read.
 */
export class CopyBackward implements Pass {
  readonly phase = 'copy-backward';
  readonly letter = '?';
  readonly number = 2;
  readonly decides = false;
  readonly depth = 1;
  readonly #context: PassContext;
  readonly #mood: DiskMood;
  #cursor: number;

  constructor(context: PassContext, mood: DiskMood) {
    this.#context = context;
    this.#mood = mood;
    this.#cursor = context.map.sizeBytes;
  }

  next(): ByteRange | undefined {
    const block = lastBlock(this.#context.map, this.#context.domain, this.#cursor, '?');
    if (!block) return undefined;
    const size = this.#mood.readBytes;
    // Requests end on multiples of their size, so that all but the outermost are aligned.
    const start = Math.max(block.start, (Math.ceil(block.end / size) - 1) * size);
    return { start, end: block.end };
  }

  settle(request: ByteRange, readable: boolean, serviceMs: number): void {
    const verdict = this.#mood.learn(request.end - request.start, readable, serviceMs);
    this.#cursor = request.start;
    if (verdict === 'good') return;
    if (verdict === 'failed') this.#context.map.set(request.start, request.end, '*');
    const rest = lastBlock(this.#context.map, this.#context.domain, request.start, '?');
    if (rest && rest.end === request.start) this.#cursor = rest.start;
  }
}
