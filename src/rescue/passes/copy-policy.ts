/** How large and how many requests are, and how far errors make the copy jump. Bytes throughout. */
export interface CopyPolicy {
  /** Largest request: while the disk has shown no fault for a long stretch. */
  readonly healthyReadBytes: number;
  /** Smallest request of the copy, near damage: narrowing a failed one is cheap. */
  readonly woundedReadBytes: number;
  /** Requests grow again after an error: to this share of the good bytes since then. */
  readonly recoveryShare: number;
  /** Requests in flight on a healthy disk; one at a time near damage. */
  readonly healthyDepth: number;
  /** Unwanted gaps up to this size are read along (never written) until the first error. */
  readonly gapBytes: number;
  /** Errors nearer to each other than this belong to one bad zone. */
  readonly zoneBytes: number;
  /** First jump after an error; doubled with each further error in the same zone. */
  readonly firstSkipBytes: number;
  readonly largestSkipBytes: number;
}

/** The policy for a source of `sizeBytes`. Skips as ddrescue's: at least 64 KiB, at most 1 % of the source. */
export function defaultCopyPolicy(sizeBytes: number): CopyPolicy {
  const KIB64 = 65536;
  return {
    healthyReadBytes: 1 << 20,
    woundedReadBytes: 2 * KIB64,
    recoveryShare: 1 / 128,
    healthyDepth: 4,
    gapBytes: KIB64,
    zoneBytes: 4 << 20,
    firstSkipBytes: Math.max(KIB64, Math.floor(sizeBytes / 32768 / KIB64) * KIB64),
    largestSkipBytes: Math.max(KIB64, Math.floor(sizeBytes / 100 / KIB64) * KIB64),
  };
}
