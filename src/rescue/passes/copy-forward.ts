import type { ByteRange } from '../../block/range.ts';
import { firstBlock } from '../blocks.ts';
import type { DiskMood } from '../disk-mood.ts';
import type { Pass, PassContext } from '../pass.ts';
import { isAtStripe, looksRegular, type Stripes } from '../stripes.ts';
import type { CopyPolicy } from './copy-policy.ts';

/**
 * Reads what was never tried, in disk order, in large requests. A failed request is left for trimming, and the
 * copy jumps ahead: by a little after the first error, by more after each further error nearby, so that a bad zone
 * is left quickly. Slow zones are left in the same way; what was jumped over there stays untried.
 */
export class CopyForward implements Pass {
  readonly phase = 'copy';
  readonly letter = '?';
  readonly number = 1;
  readonly #context: PassContext;
  readonly #policy: CopyPolicy;
  readonly #mood: DiskMood;
  readonly #stripes: Stripes | undefined;
  /** Starts of zones that were bad at the first jump still: a lone bad sector is none. */
  readonly #zones: number[] = [];
  #goodSinceFault = true;
  #zoneStart = 0;
  #cursor: number;
  #skipBytes: number;
  /** Where the last jump ended. */
  #landing = Number.NEGATIVE_INFINITY;

  /** Begins at `from`. Given known `stripes`, errors near one of them show that they have to be measured again. */
  constructor(
    context: PassContext,
    policy: CopyPolicy,
    mood: DiskMood,
    from = 0,
    stripes: Stripes | undefined = undefined,
  ) {
    this.#context = context;
    this.#cursor = from;
    this.#stripes = stripes;
    this.#policy = policy;
    this.#mood = mood;
    this.#skipBytes = policy.firstSkipBytes;
  }

  get depth(): number {
    return this.#mood.depth;
  }

  decides(): boolean {
    return false;
  }

  /** Where the copy has got to. */
  get position(): number {
    return this.#cursor;
  }

  /** Whether the damage so far looks like that of a dead head; the pass ends there, so that it can be measured. */
  get suspectsStripes(): boolean {
    const latest = this.#zones.at(-1);
    if (latest === undefined) return false;
    return looksRegular(this.#zones) || (this.#stripes !== undefined && isAtStripe(this.#stripes, latest));
  }

  next(): ByteRange | undefined {
    if (this.suspectsStripes) return undefined;
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
    if (verdict === 'good') this.#goodSinceFault = true;
    if (verdict === 'good') return;
    if (verdict === 'failed') this.#leaveForTrimming(request);
    const sameZone = request.start - this.#landing <= this.#policy.zoneBytes;
    this.#skipBytes = sameZone
      ? Math.min(this.#policy.largestSkipBytes, this.#skipBytes * this.#policy.skipGrowth)
      : this.#policy.firstSkipBytes;
    if (!sameZone) this.#zoneStart = request.start;
    else if (!this.#goodSinceFault && this.#zones.at(-1) !== this.#zoneStart)
      this.#zones.push(this.#zoneStart);
    this.#goodSinceFault = verdict === 'slow';
    this.#landing = request.end + this.#skipBytes;
    this.#cursor = Math.max(this.#cursor, this.#landing);
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
