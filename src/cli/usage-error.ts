/** A command line that cannot be understood: one sentence that says what is wrong with it. */
export class UsageError extends Error {
  /** The command whose help is worth reading; undefined for the program's own. */
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.name = 'UsageError';
    this.command = command;
  }
}
