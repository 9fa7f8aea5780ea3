/** Why a rescue ends before its work is done. The map says what is still to do in each case. */
export type InterruptionReason =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'source-gone'; readonly position: number; readonly errno: string }
  | {
      readonly kind: 'source-broken';
      readonly position: number;
      readonly errno: string;
      readonly message: string;
    }
  | { readonly kind: 'target-failed'; readonly position: number | undefined; readonly errno: string }
  | { readonly kind: 'target-full'; readonly position: number | undefined; readonly errno: string }
  /** The target does not hold what it has said to have written. */
  | { readonly kind: 'target-untrue'; readonly position: number }
  /** Checksums say so of that many bytes; they are to be read again. */
  | { readonly kind: 'target-differs'; readonly position: number; readonly differentBytes: number }
  /** It dropped out while it was compared; what was saved stays saved as far as anybody knows. */
  | { readonly kind: 'target-unread'; readonly position: number; readonly errno: string }
  | { readonly kind: 'map-failed'; readonly message: string };

/** Carries an interruption from the place where it is noticed up to `Rescue.run`, through every pass between. */
export class Interruption extends Error {
  readonly reason: InterruptionReason;

  constructor(reason: InterruptionReason) {
    super(`rescue interrupted: ${reason.kind}`);
    this.name = 'Interruption';
    this.reason = reason;
  }
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Whether that error says that there is no room. */
export const isFull = (errno: string): boolean => FULL.has(errno);

/** The interruption that a failed write or flush of the target means. */
export function targetInterruption(errno: string, position?: number): Interruption {
  return new Interruption({ kind: isFull(errno) ? 'target-full' : 'target-failed', position, errno });
}
