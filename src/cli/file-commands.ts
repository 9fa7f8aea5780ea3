import { Refusal } from '../jobs/refusal.ts';
import { SourceFailure } from '../ntfs/source-reader.ts';
import { percentText } from '../text/quantity.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { CONTROL } from './terminal.ts';

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

/** A look through an image that takes longer than this is told. */
const QUIET_MS = 1000;

/** Shows on a terminal how far the look through an image without an index is. */
export function indexingProgress(): (share: number) => void {
  const { stderr } = process;
  const beganMs = performance.now();
  return (share) => {
    if (!stderr.isTTY || performance.now() - beganMs < QUIET_MS) return;
    const text = share >= 1 ? '' : `Looking through the image: ${percentText(share, 1)}`;
    stderr.write(`\r${text}${CONTROL.clearLine}`);
  };
}
