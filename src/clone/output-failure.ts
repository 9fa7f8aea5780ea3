import { errnoName } from '../block/errno.ts';
import type { OpenTarget } from '../block/target-device.ts';
import { CloneError } from './clone-error.ts';

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'Free space there, or choose another target.',
  EDQUOT: 'The quota of your user is used up: free space, or choose another target.',
  EPIPE: 'The program that reads the output has ended.',
  EBADF: 'The output is closed.',
  EFBIG: 'The file system there cannot hold a file of that size: choose another target.',
};

/** A write to `name` that failed: what is there now must not be taken for a copy. */
export function outputFailure(name: string, errno: string, deed = 'Write failed'): CloneError {
  return new CloneError(
    'output',
    `${deed}: ${name} is incomplete`,
    ADVICE[errno] ?? 'Check the target.',
    errno,
  );
}

/** The same from what a system call threw; defects of the program are thrown as they are. */
export function outputFailureFrom(error: unknown, name: string, deed?: string): unknown {
  const errno = errnoName(error);
  return errno === undefined ? error : outputFailure(name, errno, deed);
}

/** Closes a target to which all was written. Rejects with a `CloneError` when its name does not lead to it any more. */
export async function closeWritten(target: OpenTarget): Promise<void> {
  const isNamed = await target.keepsName();
  await target.close();
  if (isNamed) return;
  throw new CloneError(
    'output',
    `${target.path} is not there any more: it was deleted, renamed or replaced while it was written.`,
    'Find out which program does that, then start again.',
  );
}
