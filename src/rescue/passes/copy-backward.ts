import type { ByteRange } from '../../block/range.ts';
import { lastBlock } from '../blocks.ts';
import type { Pass, PassContext } from '../pass.ts';
import type { CopyPolicy, DiskMood } from './copy-forward.ts';

/**
 * Reads what the forward copy jumped over, from the far end of the disk: a bad zone is approached from its other
 * side, and left at its first error.
 */
export class CopyBackward implements Pass {
  readonly phase = 'copy-backward';
  readonly letter = '?';
  readonly number = 2;
  readonly decides = false;
  readonly depth = 1;
  readonly #context: PassContext;
  readonly #policy: CopyPolicy;
  readonly #mood: DiskMood;
  #cursor: number;

  constructor(context: PassContext, policy: CopyPolicy, mood: DiskMood) {
    this.#context = context;
    this.#policy = policy;
    this.#mood = mood;
    this.#cursor = context.map.sizeBytes;
  }

  next(): ByteRange | undefined {
    const block = lastBlock(this.#context.map, this.#context.domain, this.#cursor, '?');
    if (!block) return undefined;
    const size = this.#policy.woundedReadBytes;
    // Requests end on multiples of their size, so that all but the outermost are aligned.
    const start = Math.max(block.start, (Math.ceil(block.end / size) - 1) * size);
    return { start, end: block.end };
  }

  settle(request: ByteRange, readable: boolean): void {
    this.#mood.learn(request.end - request.start, readable);
    if (readable) {
      this.#cursor = request.start;
      return;
    }
    this.#context.map.set(request.start, request.end, '*');
    const rest = lastBlock(this.#context.map, this.#context.domain, request.start, '?');
    this.#cursor = rest && rest.end === request.start ? rest.start : request.start;
  }
}
