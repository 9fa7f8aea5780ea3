/** A structure of a hive that contradicts the format. The message is one sentence for people. */
export class HiveError extends Error {
  /** Byte of the hive file at which the structure lies. */
  readonly position: number;
  readonly expected: string;
  readonly found: string;

  constructor(position: number, expected: string, found: string) {
    super(`The registry hive is damaged at byte ${position}: found ${found}, expected ${expected}.`);
    this.name = 'HiveError';
    this.position = position;
    this.expected = expected;
    this.found = found;
  }
}

/** A part of a hive that cannot be read at all: nothing is known of it. */
export class HiveUnreadable extends HiveError {
  constructor(position: number) {
    super(position, 'readable bytes', 'some that cannot be read');
    this.name = 'HiveUnreadable';
    this.message = `The registry hive cannot be read at byte ${position}.`;
  }
}
