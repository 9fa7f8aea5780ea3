import { ArchiveError, type ArchiveFault } from '../archive/archive-error.ts';
import type { ArchiveView } from './archive-view.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

const CODES: Readonly<Record<ArchiveFault, ExitCode>> = {
  refused: EXIT.refused,
  failed: EXIT.failed,
  stopped: EXIT.stopped,
  gone: EXIT.sourceGone,
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs work on an archive: Ctrl-C ends it in good order, and what speaks against it is told in one line. */
export async function runArchive(
  view: ArchiveView,
  work: (signal: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  const stop = new AbortController();
  const onSignal = (): void => {
    // FSArchiver and its mounts end with this process, so whoever asks twice gets it at once.
    if (stop.signal.aborted) process.exit(EXIT.stopped);
    view.say('Stopping: FSArchiver is told to end and to unmount. Ctrl-C again ends it at once.');
    stop.abort(new Error('stopped by the user'));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (!(error instanceof ArchiveError)) {
      if (!stop.signal.aborted) throw error;
      process.stderr.write('lifeboat: Stopped by you.\n');
      return EXIT.stopped;
    }
    const { message, advice, fault, overridable } = error;
    const end = /[.!]$/.test(message) ? '' : '.';
    const passing = overridable ? ' (--force goes on in spite of it.)' : '';
    view.failed(error);
    process.stderr.write(view.told(`lifeboat: ${oneLine(message)}${end} ${advice}${passing}\n`));
    return CODES[fault];
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  }
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');
