import { execa } from 'execa';
import { jsonLines } from '../text/lines.ts';
import { selfCommand } from './self.ts';

/** A command of this program at work as a process of its own, which tells what it does as lines of JSON. */
export interface SelfTask {
  /** What it tells. Ends with the process. */
  readonly events: AsyncIterable<unknown>;
  /** Ends it in good order, as Ctrl-C would; the second time at once. */
  stop(): void;
  /** How it ended: its exit code (undefined when a signal did), and what it said to people. */
  readonly ended: Promise<{ readonly exitCode: number | undefined; readonly said: string }>;
}

const MOST_SAID = 10_000;

/** The same, which is told what to do while it runs. */
export interface SelfTalk extends SelfTask {
  /** Tells it something, as a line of JSON. */
  send(order: unknown): void;
  /** There is nothing more to be told: it ends when it has done the last. */
  close(): void;
}

/**
 * Starts `lifeboat WORDS`, which must print JSON. A disk that hangs holds up that process alone. `input` is all that it
 * is told: what must not stand on a command line.
 */
export const startSelf = (words: readonly string[], input?: string): SelfTask =>
  taskOf(start(words, input === undefined ? 'ignore' : { text: input }));

/** Starts `lifeboat WORDS`, which reads JSON as well. It ends by itself when this process is gone. */
export function startSelfTalk(words: readonly string[]): SelfTalk {
  const child = start(words, 'pipe');
  // It may end while an order is on its way to it; how it ended says why.
  child.stdin?.on('error', () => undefined);
  return {
    ...taskOf(child),
    send: (order) => void child.stdin?.write(`${JSON.stringify(order)}\n`),
    close: () => void child.stdin?.end(),
  };
}

function start(words: readonly string[], input: 'ignore' | 'pipe' | { readonly text: string }) {
  const { file, args } = selfCommand();
  return execa(file, [...args, ...words], {
    ...(typeof input === 'string' ? { stdin: input } : { input: input.text }),
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    // Who listens to its input ends with that, and not in the middle of something.
    cleanup: input !== 'pipe',
  });
}

function taskOf(child: ReturnType<typeof start>): SelfTask {
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-MOST_SAID);
  });
  return {
    events: jsonLines<unknown>(child.stdout),
    stop: () => void child.kill('SIGINT'),
    ended: child.then(({ exitCode }) => ({ exitCode, said: said.trim().replace(/^lifeboat: /, '') })),
  };
}
