import { Refusal } from '../jobs/refusal.ts';
import { SourceFailure } from '../ntfs/source-reader.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Runs a command that reads files of a volume, and tells in one line what speaks against it or ends it early. */
export async function withVolume(work: () => Promise<ExitCode>): Promise<ExitCode> {
  // A reader of a pipe that has seen enough.
  process.stdout.on('error', () => process.exit(EXIT.failed));
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) {
      process.stderr.write(`lifeboat: ${error.message} ${error.advice}\n`);
      return EXIT.refused;
    }
    if (error instanceof SourceFailure) {
      process.stderr.write(`lifeboat: ${error.message}\n`);
      return error.kind === 'gone' ? EXIT.sourceGone : EXIT.failed;
    }
    throw error;
  }
}
