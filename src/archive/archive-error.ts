/**
 * How work on an archive ended when it did not end well. `refused`: a check spoke against it and nothing was touched;
 * `failed`: it began and did not come through; `stopped`: the user wanted that; `gone`: the source is no device any more.
 */
export type ArchiveFault = 'refused' | 'failed' | 'stopped' | 'gone';

/** Why work on an archive ended: one clear line, what to do next, and a stable word for scripts. */
export class ArchiveError extends Error {
  readonly fault: ArchiveFault;
  readonly code: string;
  readonly advice: string;
  /** Whether `--force` passes it. */
  readonly overridable: boolean;

  constructor(fault: ArchiveFault, code: string, message: string, advice: string, overridable = false) {
    super(message);
    this.name = 'ArchiveError';
    this.fault = fault;
    this.code = code;
    this.advice = advice;
    this.overridable = overridable;
  }
}

/** The error with which everything ends when the user stops it. */
export const stoppedByUser = (what: string): ArchiveError =>
  new ArchiveError('stopped', 'stopped', `Stopped by you: ${what}`, 'Begin again from the start.');
