/** Code of the refusal of a job that was stopped before it began. */
export const STOPPED = 'stopped' as const;

/** A job that must not start, in words that people can act on. Nothing was touched when it is thrown. */
export class Refusal extends Error {
  readonly code: string;
  /** What to do next. */
  readonly advice: string;
  /** Whether `--force` passes it. */
  readonly overridable: boolean;

  constructor(code: string, message: string, advice: string, overridable = false) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.advice = advice;
    this.overridable = overridable;
  }
}
