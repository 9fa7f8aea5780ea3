import { execa } from 'execa';
import { lines } from '../text/lines.ts';
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

/** Starts `lifeboat WORDS`, which must print JSON. A disk that hangs holds up that process alone. */
export function startSelf(words: readonly string[]): SelfTask {
  const { file, args } = selfCommand();
  const child = execa(file, [...args, ...words], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-MOST_SAID);
  });
  return {
    events: parsed(child.stdout),
    stop: () => void child.kill('SIGINT'),
    ended: child.then(({ exitCode }) => ({ exitCode, said: said.trim().replace(/^lifeboat: /, '') })),
  };
}

async function* parsed(stream: AsyncIterable<Uint8Array>): AsyncIterable<unknown> {
  for await (const line of lines(stream)) yield JSON.parse(line);
}
