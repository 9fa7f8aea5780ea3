/** Where something is in an archive: which of its files, and the byte in it. */
export interface FsaPlace {
  /** 0 for the `.fsa`, 1 for the `.f01`, and so on. */
  readonly volume: number;
  readonly position: number;
}

/** Something in an archive that contradicts its format. The message is one sentence for people. */
export class FsaError extends Error {
  readonly place: FsaPlace;
  readonly expected: string;
  readonly found: string;

  constructor(message: string, place: FsaPlace, expected: string, found: string) {
    super(message);
    this.name = 'FsaError';
    this.place = place;
    this.expected = expected;
    this.found = found;
  }
}
