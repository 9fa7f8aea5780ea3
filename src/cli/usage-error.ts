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

/** What `parseArgs` threw, as a usage error: its first sentence says what is wrong, the rest explains at length. */
export function argumentProblem(error: unknown, command?: string): UsageError {
  const sentence = (error as Error).message.split(/\.\s/)[0] ?? '';
  return new UsageError(sentence.replace(/\.$/, ''), command);
}
