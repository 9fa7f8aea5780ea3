import { constants } from 'node:os';
import type { Outcome } from './outcome.ts';

/**
 * Linux error numbers that block devices use and Node has no name for, from the kernel's
 * `include/uapi/asm-generic/errno.h`. Node reports them as `Unknown system error -NNN`.
 */
const EXTRA_NAMES: ReadonlyMap<number, string> = new Map([
  // One of two names that Node has for the number, and the one that everybody compares with.
  [11, 'EAGAIN'],
  [52, 'EBADE'],
  [78, 'EREMCHG'],
  [108, 'ESHUTDOWN'],
  [112, 'EHOSTDOWN'],
  [117, 'EUCLEAN'],
  [121, 'EREMOTEIO'],
  [123, 'ENOMEDIUM'],
  [124, 'EMEDIUMTYPE'],
  [133, 'EHWPOISON'],
]);

const NAMES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(constants.errno).map(([name, number]): [number, string] => [number, name]),
  ...EXTRA_NAMES,
]);

/**
 * The device itself has gone: unplugged, ejected, its driver or its FUSE server dead. Nothing follows from
 * these about any sector.
 */
const GONE: ReadonlySet<string> = new Set([
  'ENXIO',
  'ENODEV',
  'ENOTCONN',
  'ECONNABORTED',
  'ESTALE',
  'EBADF',
  'ENOMEDIUM',
  'ESHUTDOWN',
]);

/** The request itself was impossible; asking another sector would not help. */
const BROKEN: ReadonlySet<string> = new Set([
  'EINVAL',
  'EACCES',
  'EPERM',
  'ENOMEM',
  'EFAULT',
  'EISDIR',
  'ESPIPE',
  'ENOSYS',
  'EMFILE',
  'ENFILE',
]);

/**
 * The name of the error number that `error` carries, such as `EIO`; `errno 999` for a number without a known
 * name; undefined when `error` does not come from a system call.
 */
export function errnoName(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errno' in error && typeof error.errno === 'number') {
    const number = Math.abs(error.errno);
    const name = NAMES.get(number);
    if (name !== undefined) return name;
    return `errno ${number}`;
  }
  if ('code' in error && typeof error.code === 'string') {
    const unknown = /^Unknown system error -?(\d+)$/.exec(error.code);
    if (unknown !== null) return NAMES.get(Number(unknown[1])) ?? `errno ${unknown[1]}`;
    if (/^E[A-Z0-9]+$/.test(error.code)) return error.code;
  }
  return undefined;
}

/**
 * What a failed read or write means for the rescue.
 *
 * A bad sector has many names: EIO, ENODATA (a SCSI medium error read directly), EILSEQ, EREMOTEIO, ETIMEDOUT
 * and more, so every number that does not say otherwise counts as `bad`; a tool that knew only EIO wrote
 * rubbish over half a megabyte for one bad sector (facts/rescue.md section 0, finding 4). Errors that come
 * from no system call are defects of the program: `broken`.
 */
export function classify(error: unknown, direction: 'read' | 'write'): Outcome {
  const errno = errnoName(error);
  if (errno === undefined) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      kind: 'broken',
      errno: 'none',
      message: `The ${direction} failed inside the program: ${message}`,
    };
  }
  if (GONE.has(errno)) return { kind: 'gone', errno };
  if (BROKEN.has(errno)) {
    return { kind: 'broken', errno, message: `The kernel refused the ${direction} as impossible: ${errno}.` };
  }
  return { kind: 'bad', errno };
}
