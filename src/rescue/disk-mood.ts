import type { CopyPolicy } from './passes/copy-policy.ts';

/** A read is slow when it takes this many times what reads of its size usually take, */
const SLOW_FACTOR = 8;
/** and at least this long: below it is noise of a busy machine. */
const SLOW_MS = 60;
/** A read that takes so long stands for a place where the disk is stuck, whatever is usual. */
const STUCK_MS = 5000;
/** With a rate to keep, no read is slow that takes less: a seek alone may take this long. */
const SEEK_MS = 25;
/** So many reads have to be known before any is called slow. */
const KNOWN_READS = 16;
/** Weight of the latest read in what is usual. */
const LATEST = 0.05;

/** What the copy passes have learnt of the disk's state; shared, so that later passes start with it. */
export class DiskMood {
  readonly #policy: CopyPolicy;
  readonly #minRate: number | undefined;
  #goodBytesSinceTrouble = Number.POSITIVE_INFINITY;
  #everFailed = false;
  #usualMsPerByte = 0;
  #knownReads = 0;

  /** Places below `minRate` bytes a second are slow; 0: none is; undefined: what is slow for this disk is learnt. */
  constructor(policy: CopyPolicy, minRate?: number) {
    this.#policy = policy;
    this.#minRate = minRate;
  }

  get everFailed(): boolean {
    return this.#everFailed;
  }

  get readBytes(): number {
    const { woundedReadBytes, healthyReadBytes, recoveryShare } = this.#policy;
    let bytes = woundedReadBytes;
    while (bytes < healthyReadBytes && bytes * 2 <= this.#goodBytesSinceTrouble * recoveryShare) bytes *= 2;
    return bytes;
  }

  get depth(): number {
    return this.readBytes >= this.#policy.healthyReadBytes ? this.#policy.healthyDepth : 1;
  }

  /** Takes in a request of the copy; returns whether it was good, slow or failed. */
  learn(bytes: number, readable: boolean, serviceMs: number): 'good' | 'slow' | 'failed' {
    if (!readable) {
      this.#goodBytesSinceTrouble = 0;
      this.#everFailed = true;
      return 'failed';
    }
    if (this.#isSlow(bytes, serviceMs)) {
      this.#goodBytesSinceTrouble = 0;
      return 'slow';
    }
    this.#goodBytesSinceTrouble += bytes;
    const msPerByte = serviceMs / bytes;
    this.#knownReads++;
    // A plain mean at first, then one that forgets: disks are faster outside than inside.
    const weight = Math.max(LATEST, 1 / this.#knownReads);
    this.#usualMsPerByte += (msPerByte - this.#usualMsPerByte) * weight;
    return 'good';
  }

  #isSlow(bytes: number, serviceMs: number): boolean {
    if (this.#minRate !== undefined) {
      return serviceMs >= SEEK_MS && (bytes / serviceMs) * 1000 < this.#minRate;
    }
    if (serviceMs >= STUCK_MS) return true;
    if (this.#knownReads < KNOWN_READS || serviceMs < SLOW_MS) return false;
    return serviceMs > SLOW_FACTOR * this.#usualMsPerByte * bytes;
  }
}
