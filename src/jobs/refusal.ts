import { OpenError } from '../block/open-error.ts';

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

/** Turns what speaks against opening something into a refusal. */
export async function refusing<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof OpenError) throw new Refusal(error.code, error.message, error.advice);
    throw error;
  }
}
