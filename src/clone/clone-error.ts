import type { SourceFailure } from '../ntfs/source-reader.ts';

/** What went wrong, as far as it decides how a command ends. */
export type CloneFault =
  /** A check spoke against it; nothing was touched. */
  | 'refused'
  /** The source, or the image, is damaged in a way that showed only on the way. */
  | 'source'
  /** A sector could not be read, and nobody asked to go on without it. */
  | 'unreadable'
  /** The source vanished. */
  | 'gone'
  /** The output could not be written. */
  | 'output'
  /** The user stopped it. */
  | 'stopped';

/** Why a clone, an image or a restore has ended early: one line, what to do next, and the system's error number. */
export class CloneError extends Error {
  readonly fault: CloneFault;
  readonly advice: string;
  /** Such as `ENOSPC`; undefined when no system call failed. */
  readonly errno: string | undefined;

  constructor(fault: CloneFault, message: string, advice = '', errno?: string) {
    super(message);
    this.name = 'CloneError';
    this.fault = fault;
    this.advice = advice;
    this.errno = errno;
  }
}

/** The same for a volume, or an image, that stopped being readable at all. */
export const sourceError = ({ kind, message }: SourceFailure): CloneError =>
  new CloneError(kind === 'gone' ? 'gone' : 'source', message, 'Check cable and power.');
