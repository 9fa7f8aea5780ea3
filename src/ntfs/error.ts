/** What is told about a damaged structure: where it is, what should stand there, and what does. */
export interface NtfsErrorDetails {
  /** Byte of the volume at which the structure (or the wrong field, where known) lies. */
  readonly position: number;
  readonly expected: string;
  readonly found: string;
}

/** A structure of the volume that contradicts the format. The message is one sentence for people. */
export class NtfsError extends Error implements NtfsErrorDetails {
  readonly position: number;
  readonly expected: string;
  readonly found: string;

  constructor(message: string, details: NtfsErrorDetails) {
    super(message);
    this.name = 'NtfsError';
    this.position = details.position;
    this.expected = details.expected;
    this.found = details.found;
  }
}
