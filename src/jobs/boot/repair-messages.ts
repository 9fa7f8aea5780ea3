import type { BootVerdict } from '../../boot/verdict.ts';
import type { ToldFinding, ToldPiece } from './told-check.ts';

/** The sub-command that checks and mends one disk for a screen; not for people. */
export const REPAIR_COMMAND = 'boot-repair';

/** What a screen asks of it, a line of JSON each. One answer comes for each. */
export type RepairOrder =
  | { readonly do: 'check' }
  /** Works out every byte of the fix of a finding. */
  | { readonly do: 'prepare'; readonly name: string }
  /** Works out what an undo file would put back. */
  | { readonly do: 'prepare-undo'; readonly path: string }
  /** Writes what was prepared last, these very bytes. */
  | { readonly do: 'write' };

/** What a check has found, for a screen. */
export interface ShownCheck {
  /** The whole disk, or the image. */
  readonly device: string;
  readonly sizeBytes: number;
  readonly verdict: BootVerdict;
  readonly findings: readonly ToldFinding[];
  /** A rescue to it that is not finished: what it has not come to yet counts as unreadable. */
  readonly unfinished: string | undefined;
}

/** What would be written, and what for. */
export interface ShownPlan {
  readonly kind: 'fix' | 'undo';
  /** Paragraphs: what is done, and what may come of it. */
  readonly does: readonly string[];
  readonly pieces: readonly ToldPiece[];
  /** Bytes that are changed besides: there are too many to be shown. */
  readonly moreBytes: number;
}

/** What comes back, a line of JSON each. */
export type RepairEvent =
  | { readonly event: 'checked'; readonly check: ShownCheck }
  | { readonly event: 'planned'; readonly plan: ShownPlan }
  | {
      readonly event: 'written';
      readonly check: ShownCheck;
      /** Sentences for people: what was done, and what the check says now. */
      readonly said: readonly string[];
      /** What puts it back; undefined when all was put back. */
      readonly undoFile: string | undefined;
    }
  | { readonly event: 'refused'; readonly message: string; readonly advice: string };
