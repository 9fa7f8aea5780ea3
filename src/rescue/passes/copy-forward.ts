import type { ByteRange } from '../../block/range.ts';
import { firstBlock } from '../blocks.ts';
import type { Pass, PassContext } from '../pass.ts';

/** How large and how many requests are, and how far errors make the copy jump. Bytes throughout. */
export interface CopyPolicy {
  /** Request size while the disk has shown no fault for a long stretch. */
  readonly healthyReadBytes: number;
  /** Request size near damage: small enough that narrowing a failed one is cheap. */
  readonly woundedReadBytes: number;
  /** Good bytes after an error that make the disk count as healthy again. */
  readonly recoveryBytes: number;
  /** Requests in flight on a healthy disk; one at a time near damage. */
  readonly healthyDepth: number;
  /** Unwanted gaps up to this size are read along (never written) until the first error. */
  readonly gapBytes: number;
  /** First jump after an error; doubled with each further error in a row. */
  readonly firstSkipBytes: number;
  readonly largestSkipBytes: number;
}

/** The policy for a source of `sizeBytes`. Skips as ddrescue's: at least 64 KiB, at most 1 % of the source. */
export function defaultCopyPolicy(sizeBytes: number): CopyPolicy {
  const KIB64 = 65536;
  return {
    healthyReadBytes: 1 << 20,
    woundedReadBytes: 2 * KIB64,
    recoveryBytes: 64 << 20,
    healthyDepth: 4,
    gapBytes: KIB64,
    firstSkipBytes: Math.max(KIB64, Math.floor(sizeBytes / 32768 / KIB64) * KIB64),
    largestSkipBytes: Math.max(KIB64, Math.floor(sizeBytes / 100 / KIB64) * KIB64),
  };
}

/** What the copy passes have learnt of the disk's state; shared, so that later passes start with it. */
export class DiskMood {
  #goodBytesSinceError = Number.POSITIVE_INFINITY;
  #everFailed = false;
  readonly #policy: CopyPolicy;

  constructor(policy: CopyPolicy) {
    this.#policy = policy;
  }

  get everFailed(): boolean {
    return this.#everFailed;
  }

  get healthy(): boolean {
    return this.#goodBytesSinceError >= this.#policy.recoveryBytes;
  }

  get readBytes(): number {
    return this.healthy ? this.#policy.healthyReadBytes : this.#policy.woundedReadBytes;
  }

  get depth(): number {
    return this.healthy ? this.#policy.healthyDepth : 1;
  }

  learn(bytes: number, readable: boolean): void {
    if (readable) {
      this.#goodBytesSinceError += bytes;
    } else {
      this.#goodBytesSinceError = 0;
      this.#everFailed = true;
    }
  }
}

/**
 * Reads what was never tried, in disk order, in large requests. A failed request is left for trimming, and the
 * copy jumps ahead: by a little after the first error, by more after each further error in a row, so that a bad
 * zone is left quickly.
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

  settle(request: ByteRange, readable: boolean): void {
    this.#mood.learn(request.end - request.start, readable);
    if (readable) {
      this.#skipBytes = this.#policy.firstSkipBytes;
      return;
    }
    const { map, domain } = this.#context;
    for (const piece of domain.within(request.start, request.end)) {
      for (const run of [...map.runs(piece.start, piece.end)]) {
        if (run.status === '?') map.set(run.start, run.end, '*');
      }
    }
    this.#cursor = Math.max(this.#cursor, request.end + this.#skipBytes);
    this.#skipBytes = Math.min(this.#policy.largestSkipBytes, this.#skipBytes * 2);
  }
}
