/** How a disk is, by its own account. `unknown` is no good news: it only says nothing. */
export type HealthVerdict = 'good' | 'worn' | 'failing' | 'unknown';

/** One thing that speaks for the verdict. */
export interface HealthReason {
  /** A stable word for scripts, such as `pending-sectors`. */
  readonly code: string;
  readonly verdict: HealthVerdict;
  /** One sentence: what the disk says, and what that means. */
  readonly message: string;
  /** One sentence: what to do. */
  readonly advice?: string;
}

/** A figure that the disk keeps about itself. */
export interface HealthFigure {
  /** The disk's own name for it, such as `Reallocated_Sector_Ct`. */
  readonly name: string;
  /** Number of the SMART attribute. */
  readonly id?: number;
  readonly value: number;
  /** As the disk prints it, where that says more than the number. */
  readonly text?: string;
}

/** What a disk says about its own health, in words that need no manual. */
export interface Health {
  /** `asking` until smartctl has answered; `known` when it has; `unavailable` when it cannot tell. */
  readonly state: 'asking' | 'known' | 'unavailable';
  readonly verdict: HealthVerdict;
  /** The worst first. */
  readonly reasons: readonly HealthReason[];
  readonly temperatureC?: number;
  readonly powerOnHours?: number;
  readonly powerCycles?: number;
  /** How much of what the maker promised is used up, in percent; may exceed 100. */
  readonly wearPercent?: number;
  readonly figures: readonly HealthFigure[];
}

/** Before the disk was asked. */
export const HEALTH_ASKING: Health = { state: 'asking', verdict: 'unknown', reasons: [], figures: [] };
