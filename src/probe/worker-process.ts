import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { MEASURE, type WorkerEvent, type WorkerTask } from './worker-messages.ts';

/** How this program starts itself: see `selfCommand` in the jobs. */
export interface SelfCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/** The sub-command that turns the program into a worker; not for people. */
export const PROBE_WORKER_COMMAND = 'probe-worker';

/** Threads for blocking calls: where files behind many loop devices hang, each keeps one. */
const WORKER_THREADS = 32;

/** A process that asks a disk on our behalf, so that a disk that hangs holds up nobody else. */
export interface Worker {
  /** Resolves when the process has ended; to what went wrong in it, if anything did. */
  readonly ended: Promise<string | undefined>;
  /** Answers a worker that has looked: whether it shall find out how full the volumes are. */
  measure(go: boolean): void;
  /** Ends it. A process that waits for the kernel goes when its read returns, and keeps nobody waiting. */
  kill(): void;
}

export function startWorker(
  self: SelfCommand,
  task: WorkerTask,
  onEvent: (event: WorkerEvent) => void,
): Worker {
  const child = execa(self.file, [...self.args, PROBE_WORKER_COMMAND], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    env: { UV_THREADPOOL_SIZE: String(WORKER_THREADS) },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-2000);
  });
  // It may have ended while a word was on its way to it; that it ended is told elsewhere.
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(task)}\n`);
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const event = parseEvent(line);
    if (event === undefined) stderr += `it sent half a line: ${line.slice(0, 100)}`;
    else onEvent(event);
  });
  // The process may end before its last lines have been taken in.
  const heard = once(lines, 'close');
  return {
    ended: Promise.all([child, heard]).then(([{ exitCode, signal }]) =>
      exitCode === 0 ? undefined : stderr.trim() || `its process ended (${signal ?? exitCode})`,
    ),
    measure: (go) => {
      if (go) child.stdin.write(`${MEASURE}\n`);
      else child.stdin.end();
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** A worker that was killed in the middle of a word leaves a line that is none. */
function parseEvent(line: string): WorkerEvent | undefined {
  try {
    return JSON.parse(line) as WorkerEvent;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
