import type { ByteRange } from '../../block/range.ts';
import { lastBlock } from '../blocks.ts';
import type { DiskMood } from '../disk-mood.ts';
import type { Pass, PassContext } from '../pass.ts';
import type { CopyPolicy } from './copy-policy.ts';

/**
 * Reads what the forward copy jumped over, from the far end of the disk: a bad zone is approached from its other
 * side, and left at its first error or slow read.
 */
export class CopyBackward implements Pass {
  readonly phase = 'copy-backward';
  readonly letter = '?';
  readonly number = 2;
  readonly depth = 1;
  readonly #context: PassContext;
  readonly #policy: CopyPolicy;
  readonly #mood: DiskMood;
  #cursor: number;
  /** Where the way back began in this block. */
  #from: number;

  constructor(context: PassContext, policy: CopyPolicy, mood: DiskMood) {
    this.#context = context;
    this.#policy = policy;
    this.#mood = mood;
    this.#cursor = context.map.sizeBytes;
    this.#from = this.#cursor;
  }

  decides(): boolean {
    return false;
  }

  next(): ByteRange | undefined {
    const block = this.#nextBlock();
    if (!block) return undefined;
    if (block.end !== this.#cursor) this.#from = block.end;
    // Each step back waits for a turn of the platter: what goes well is read in larger and larger steps.
    const size = Math.max(
      this.#mood.readBytes,
      Math.min(this.#policy.healthyReadBytes, powerBelow(this.#from - block.end)),
    );
    // Requests end on multiples of their size, so that all but the outermost are aligned.
    const start = Math.max(block.start, (Math.ceil(block.end / size) - 1) * size);
    return { start, end: block.end };
  }

  /** What ends at damage is not approached from its healthy side: it is left for the sweep. */
  #nextBlock(): ByteRange | undefined {
    const { map, domain } = this.#context;
    for (;;) {
      const block = lastBlock(map, domain, this.#cursor, '?');
      if (!block || block.end === map.sizeBytes || !domain.touches(block.end, block.end + 1)) return block;
      const behind = map.statusAt(block.end);
      if (behind === '+' || behind === '?') return block;
      this.#cursor = block.start;
    }
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

/** The largest power of two that is not above `bytes`; 1 for less than one. */
const powerBelow = (bytes: number): number => 2 ** Math.floor(Math.log2(Math.max(1, bytes)));
