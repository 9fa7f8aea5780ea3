/** How large and how many requests are, and how far errors make the copy jump. Bytes throughout. */
export interface CopyPolicy {
  /** Largest request: while the disk has shown no fault for a long stretch. */
  readonly healthyReadBytes: number;
  /** Smallest request of the copy, near damage: narrowing a failed one is cheap. */
  readonly woundedReadBytes: number;
  /** Requests grow again after an error: to this share of the good bytes since then. */
  readonly recoveryShare: number;
  /** Requests in flight on a healthy disk, so that it reads on while the last is saved; one at a time near damage. */
  readonly healthyDepth: number;
  /** Unwanted gaps up to this size are read along (never written) until the first error. */
  readonly gapBytes: number;
  /** An error so near behind the end of a jump belongs to the same bad zone. */
  readonly zoneBytes: number;
  /** First jump after an error, and how many times as far it goes after each further error in the same zone. */
  readonly firstSkipBytes: number;
  readonly skipGrowth: number;
  readonly largestSkipBytes: number;
}

/**
 * The policy for a source of `sizeBytes`. Most errors are lone ones, so the first jump is short. A second error nearby
 * means a bad zone, and its third costs more than to come back for what a long jump leaves behind.
 */
export function defaultCopyPolicy(sizeBytes: number): CopyPolicy {
  const KIB64 = 65536;
  return {
    healthyReadBytes: 1 << 19,
    woundedReadBytes: 2 * KIB64,
    recoveryShare: 1 / 128,
    healthyDepth: 2,
    gapBytes: KIB64,
    zoneBytes: 1 << 20,
    firstSkipBytes: KIB64,
    skipGrowth: 16,
    largestSkipBytes: Math.max(16 << 20, Math.floor(sizeBytes / 100 / KIB64) * KIB64),
  };
}
