import type { ByteRange } from '../../block/range.ts';
import { firstBlock } from '../blocks.ts';
import type { DiskMood } from '../disk-mood.ts';
import type { Pass, PassContext } from '../pass.ts';
import type { CopyPolicy } from './copy-policy.ts';

/** Trouble within so many jumps of the last belongs to the same bad zone. */
const ZONE_SKIPS = 4;

/**
 * Reads what was never tried, in disk order, in large requests. A failed request is left for trimming, and the
 * copy jumps ahead: by a little after the first error, by more after each further error nearby, so that a bad zone
 * is left quickly. Slow zones are left in the same way; what was jumped over there stays untried.
 */
export class CopyForward implements Pass {
  readonly phase = 'copy';
  readonly letter = '?';
  readonly number = 1;
  readonly decides = false;
  readonly #context: PassContext;
  readonly #policy: CopyPolicy;
  readonly #mood: DiskMood;
  #cursor = 0;
  #skipBytes: number;
  #lastTroubleEnd = Number.NEGATIVE_INFINITY;

  constructor(context: PassContext, policy: CopyPolicy, mood: DiskMood) {
    this.#context = context;
    this.#policy = policy;
    this.#mood = mood;
    this.#skipBytes = policy.firstSkipBytes;
  }

  get depth(): number {
    return this.#mood.depth;
  }

  next(): ByteRange | undefined {
    const { map, domain } = this.#context;
    const block = firstBlock(map, domain, this.#cursor, '?');
    if (!block) return undefined;
    const limit = block.start + this.#mood.readBytes;
    let end = Math.min(block.end, limit);
    // Many small gaps would cost a request each; reading over them is cheaper while nothing speaks against it.
    while (!this.#mood.everFailed && end < limit) {
      const following = firstBlock(map, domain, end, '?');
      if (!following || following.start - end > this.#policy.gapBytes || following.start >= limit) break;
      end = Math.min(following.end, limit);
    }
    this.#cursor = end;
    return { start: block.start, end };
  }

  settle(request: ByteRange, readable: boolean, serviceMs: number): void {
    const verdict = this.#mood.learn(request.end - request.start, readable, serviceMs);
    if (verdict === 'good') return;
    if (verdict === 'failed') this.#leaveForTrimming(request);
    const reach = Math.max(this.#policy.zoneBytes, ZONE_SKIPS * this.#skipBytes);
    const sameZone = request.start - this.#lastTroubleEnd <= reach;
    this.#skipBytes = sameZone
      ? Math.min(this.#policy.largestSkipBytes, this.#skipBytes * 2)
      : this.#policy.firstSkipBytes;
    this.#lastTroubleEnd = request.end;
    this.#cursor = Math.max(this.#cursor, request.end + this.#skipBytes);
  }

  /** Gaps that were read along are nobody's. */
  #leaveForTrimming(request: ByteRange): void {
    const { map, domain } = this.#context;
    for (const piece of domain.within(request.start, request.end)) {
      for (const run of [...map.runs(piece.start, piece.end)]) {
        if (run.status === '?') map.set(run.start, run.end, '*');
      }
    }
  }
}
