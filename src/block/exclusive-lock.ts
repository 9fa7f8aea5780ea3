import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** The exit code of util-linux's `flock` when somebody else holds the lock. */
const CONFLICT_EXIT_CODE = 1;

/** `flock` answers at once, unless the filesystem is on a network that hangs. */
const TIME_LIMIT_MS = 10_000;

/** The number under which the child process sees the open file. */
const CHILD_DESCRIPTOR = 3;

/**
 * Takes an exclusive advisory lock on the open file behind `descriptor`, waiting at most `waitSeconds` for
 * whoever holds it now. Returns whether it was got. Rejects with an `Error` of one clear line when locking does not work there at all.
 *
 * Node cannot lock files. The lock is taken by `flock`, which inherits the descriptor; it belongs to the open
 * file description that both share (`man 2 flock`), so it outlives the child and ends when this process closes
 * the file or dies. Spawned by Node itself, because execa hands on only the descriptors 3 to 9.
 */
export async function lockDescriptor(
  descriptor: number,
  path: string,
  waitSeconds: number = 0,
): Promise<boolean> {
  const patience = waitSeconds > 0 ? ['--wait', String(waitSeconds)] : ['--nonblock'];
  const child = spawn('flock', [...patience, '--exclusive', String(CHILD_DESCRIPTOR)], {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
    timeout: TIME_LIMIT_MS,
  });
  let complaint: string;
  let exitCode: unknown;
  try {
    const [output, [code]] = await Promise.all([
      child.stderr ? text(child.stderr) : '',
      once(child, 'close'),
    ]);
    complaint = output.trim();
    exitCode = code;
  } catch (cause) {
    throw new Error(`Cannot lock ${path} against a second run: flock (util-linux) does not start.`, {
      cause,
    });
  }
  if (exitCode === 0) return true;
  if (exitCode === CONFLICT_EXIT_CODE) return false;
  const reason = complaint || (exitCode === null ? 'no answer within 10 s' : `flock ended with ${exitCode}`);
  throw new Error(`Cannot lock ${path} against a second run: ${reason}`);
}
