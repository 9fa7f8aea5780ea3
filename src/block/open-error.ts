import { errnoName } from './errno.ts';

/** Why a source or target could not be opened or made: one clear line, and what to do next. */
export class OpenError extends Error {
  override readonly name = 'OpenError';
  /** The path as it was given. */
  readonly path: string;
  /** The kernel's error such as `EBUSY`, or a word of our own in lower case such as `not-a-file`. */
  readonly code: string;
  /** One sentence: what to do next. */
  readonly advice: string;

  constructor(path: string, code: string, message: string, advice: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.path = path;
    this.code = code;
    this.advice = advice;
  }
}

/** What the kernel's refusals mean for somebody who wanted to open or make `path`: reason, then advice. */
const REASONS: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  EACCES: ['permission denied', 'Run Lifeboat as root, or give your user access to it.'],
  EPERM: ['the system forbids it', 'Run Lifeboat as root; check that it is not marked immutable (lsattr).'],
  ENOENT: ['there is nothing of that name', 'Check the name and that the drive is attached.'],
  ENOTDIR: ['a part of the path is not a directory', 'Check the path.'],
  EEXIST: ['it exists already', 'Choose another name, or say that it is to be continued or replaced.'],
  EBUSY: [
    'something is using it (it or a part of it is mounted, or another program holds it)',
    'Unmount it, close the program that uses it, then try again.',
  ],
  EROFS: ['it is read-only', 'Remove the write protection, or choose another target.'],
  ENOSPC: ['the disk is full', 'Free space there, or choose another target.'],
  EDQUOT: ['the quota of your user is used up', 'Free space there, or choose another target.'],
  ENXIO: ['no device answers under that name', 'Check that the drive is attached and has power.'],
  ENODEV: ['no device answers under that name', 'Check that the drive is attached and has power.'],
  ENOMEDIUM: ['there is no medium in the drive', 'Put the card or disc in and try again.'],
  EIO: ['the device does not answer properly', 'Check cable and power; the drive may be failing.'],
};

/**
 * `error` from a system call as an `OpenError`: "Cannot `attempt`: reason (ERRNO)." `attempt` names the deed
 * and the path, such as `open /dev/sdb for reading`.
 */
export function openErrorFrom(error: unknown, path: string, attempt: string): OpenError {
  if (error instanceof OpenError) return error;
  const errno = errnoName(error);
  if (errno === undefined) {
    const detail = error instanceof Error ? error.message : String(error);
    return new OpenError(path, 'none', `Cannot ${attempt}: ${detail}`, 'Check the path.', error);
  }
  const [reason, advice] = REASONS[errno] ?? ['the system refused it', 'Check the path and the drive.'];
  return new OpenError(path, errno, `Cannot ${attempt}: ${reason} (${errno}).`, advice, error);
}
