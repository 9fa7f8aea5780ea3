/** Why a source or target may not be used, for people and for scripts. */
export interface Refusal {
  /** A stable word for scripts, such as `target-mounted`. */
  readonly code: string;
  /** One clear line: what and why. */
  readonly message: string;
  /** What to do next. */
  readonly advice: string;
  /** Whether a person who insists may go on all the same. */
  readonly overridable: boolean;
}

/** A refusal that nobody can override. */
export function refusal(code: string, message: string, advice: string): Refusal {
  return { code, message, advice, overridable: false };
}
