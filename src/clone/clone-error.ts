import { DEVICE_CHANGED } from '../block/agreed-device.ts';
import type { OpenError } from '../block/open-error.ts';
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
  /** A word for scripts, where a refusal has one of its own. */
  readonly code: typeof DEVICE_CHANGED | undefined;

  constructor(fault: CloneFault, message: string, advice = '', errno?: string, code?: typeof DEVICE_CHANGED) {
    super(message);
    this.name = 'CloneError';
    this.fault = fault;
    this.advice = advice;
    this.errno = errno;
    this.code = code;
  }
}

/** The same for a volume, or an image, that stopped being readable at all. */
export const sourceError = ({ kind, message }: SourceFailure): CloneError =>
  new CloneError(kind === 'gone' ? 'gone' : 'source', message, 'Check cable and power.');

/** The same for an output that could not be opened, or must not be. */
export const refusedOpening = ({ message, advice, code }: OpenError): CloneError =>
  new CloneError(
    'refused',
    message,
    advice,
    /^E[A-Z]/.test(code) ? code : undefined,
    code === DEVICE_CHANGED ? code : undefined,
  );
