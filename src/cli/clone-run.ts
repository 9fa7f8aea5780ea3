import { inspectTarget } from '../block/target-content.ts';
import { CloneError, type CloneFault } from '../clone/clone-error.ts';
import { STANDARD_STREAM } from '../clone/standard-stream.ts';
import { canAsk, confirmByWord } from './confirm.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

const CODES: Readonly<Record<CloneFault, ExitCode>> = {
  refused: EXIT.refused,
  source: EXIT.failed,
  unreadable: EXIT.failed,
  output: EXIT.failed,
  gone: EXIT.sourceGone,
  stopped: EXIT.stopped,
};

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a clone or something like it: Ctrl-C ends it in good order, and what speaks against it is told in one line. */
export async function runClone(
  output: string,
  work: (signal: AbortSignal) => Promise<ExitCode>,
): Promise<ExitCode> {
  const stop = new AbortController();
  const onSignal = (): void => {
    // Whoever asks twice does not want to wait for a disk that hangs.
    if (stop.signal.aborted) process.exit(EXIT.stopped);
    stop.abort(
      new CloneError('stopped', `Stopped by you: ${output} is incomplete.`, 'Begin again from the start.'),
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (!(error instanceof CloneError)) throw error;
    const { message, advice, errno, fault } = error;
    const end = /[.!]$/.test(message) ? '' : '.';
    process.stderr.write(`lifeboat: ${message}${errno === undefined ? '' : ` (${errno})`}${end} ${advice}\n`);
    return CODES[fault];
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  }
}

/** Asks the user whether what `target` holds may be lost. Throws a `CloneError` for a no, and when nobody can be asked. */
export async function confirmOverwrite(target: string): Promise<void> {
  if (target === STANDARD_STREAM) return;
  const content = await inspectTarget(target);
  if (content.empty) return;
  const message = `The target ${target} is not empty: it holds ${content.description}, which would be lost.`;
  const advice = 'Say --yes to overwrite it, or name another target.';
  if (!canAsk()) throw new CloneError('refused', message, advice);
  const question = { event: 'question', code: 'target-not-empty', message, advice } as const;
  if (!(await confirmByWord(question, target))) throw new CloneError('refused', 'Nothing was touched.');
}
