import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { allocateAligned } from './aligned-memory.ts';
import { describePath } from './device-facts.ts';
import { majorMinorOf } from './device-number.ts';
import { classify, errnoName } from './errno.ts';
import { lockDescriptor } from './exclusive-lock.ts';
import { retryInterrupted } from './interrupted.ts';
import { OpenError, openErrorFrom } from './open-error.ts';
import { DONE, type Outcome } from './outcome.ts';
import type { BlockFacts, FileFacts } from './path-facts.ts';
import type { Target } from './ports.ts';
import { deviceIsThere, fileIsThere } from './presence.ts';

/**
 * udev locks a disk for the moment in which it looks at it, which it does whenever the disk changes, for
 * instance when its write protection is lifted just before a rescue.
 */
const DEVICE_LOCK_WAIT_SECONDS = 3;

/** Direct reads are made of whole units of this size, which suits every device and file system. */
const DIRECT_BYTES = 4096;

/** A target that was opened here and is closed with `close`. */
export interface OpenTarget extends Target {
  /** The path as it was given. */
  readonly path: string;
  readonly kind: 'file' | 'block';
  /** Size in bytes when it was opened or made, or by `grow`. */
  readonly sizeBytes: number;
  /** Makes a file longer, by a hole. Rejects with an `OpenError`. */
  grow(sizeBytes: number): Promise<void>;
  /**
   * Locks it against every other process that asks the same way. False when another one holds the lock; true
   * again when this process holds it already. Rejects with an `Error` when locking does not work there.
   */
  lockExclusively(): Promise<boolean>;
  readonly facts: BlockFacts | FileFacts;
  /** Whether the device or file is still attached and not smaller than when it was opened. */
  stillThere(): Promise<boolean>;
  /** Whether its name still leads to it: a file may be deleted, renamed or replaced while it is written. */
  keepsName(): Promise<boolean>;
  /** Closes without flushing; the lock ends. */
  close(): Promise<void>;
}

/**
 * Opens a block device for writing. Rejects with an `OpenError`: with code `EBUSY` when the device or a part of
 * it is mounted or held, which the kernel checks for O_EXCL, and keeps others from mounting it afterwards.
 */
export async function openTargetDevice(path: string): Promise<OpenTarget> {
  const facts = await describePath(path);
  if (facts.kind !== 'block') {
    const what = facts.kind === 'missing' ? 'there is nothing of that name' : 'it is no block device';
    throw new OpenError(
      path,
      'not-a-device',
      `Cannot write to ${path} as a device: ${what}.`,
      'Name a block device such as /dev/sdc, or choose a file as the target.',
    );
  }
  // The kernel lets a read-only device be opened for writing, and fails only the writes (seen on 6.18).
  if (facts.readOnly) {
    throw new OpenError(
      path,
      'EROFS',
      `Cannot open ${path} for writing: the device is read-only.`,
      `Remove its write protection switch, or allow writing: blockdev --setrw ${facts.realPath}`,
    );
  }
  // O_EXCL without O_CREAT has this meaning for block devices only (man 2 open).
  const handle = await openHandle(path, constants.O_RDWR | constants.O_EXCL);
  const { rdev } = await handle.stat({ bigint: true });
  if (majorMinorOf(rdev) !== facts.majorMinor || !(await deviceIsThere(facts))) {
    await handle.close();
    throw new OpenError(
      path,
      'changed',
      `Refusing to write to ${path}: it is no longer the device it was.`,
      'Look at the list of disks again and choose anew.',
    );
  }
  await takeOldWriteError(handle);
  return openedTarget(path, facts, handle);
}

/**
 * Lets the kernel tell a write error that an earlier process has left behind: it goes to the first flush of whoever
 * opens the device next (seen on 6.18), who would take it for its own. A map only vouches for what was flushed
 * without an error, so nothing is hidden; a device that still fails shows at the next flush.
 */
async function takeOldWriteError(handle: FileHandle): Promise<void> {
  try {
    await handle.datasync();
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
  }
}

/** Opens an existing file for writing, as it is: for going on. Rejects with an `OpenError`. */
export async function openTargetFile(path: string): Promise<OpenTarget> {
  const facts = await describePath(path);
  // Asked before opening: opening a device or a pipe can have effects of its own.
  if (facts.kind !== 'file') {
    const what = facts.kind === 'missing' ? 'there is nothing of that name' : 'it is not a regular file';
    throw new OpenError(
      path,
      'not-a-file',
      `Cannot write to ${path} as a file: ${what}.`,
      'Check the name of the target.',
    );
  }
  return openedTarget(path, facts, await openHandle(path, constants.O_RDWR));
}

/** Wraps a handle that is open for reading and writing; `facts` tell what it is. */
export function openedTarget(path: string, facts: BlockFacts | FileFacts, handle: FileHandle): OpenTarget {
  return new TargetDevice(path, facts, handle);
}

async function openHandle(path: string, flags: number): Promise<FileHandle> {
  try {
    return await retryInterrupted(() => open(path, flags));
  } catch (error) {
    throw openErrorFrom(error, path, `open ${path} for writing`);
  }
}

class TargetDevice implements OpenTarget {
  readonly path: string;
  readonly kind: 'file' | 'block';
  sizeBytes: number;
  readonly facts: BlockFacts | FileFacts;
  readonly #handle: FileHandle;
  /** For reading past the cache; undefined when it is not open yet, or cannot be had. */
  #direct: Promise<FileHandle | undefined> | undefined;
  #flushing: Promise<Outcome> = Promise.resolve(DONE);

  constructor(path: string, facts: BlockFacts | FileFacts, handle: FileHandle) {
    this.path = path;
    this.kind = facts.kind;
    this.sizeBytes = facts.sizeBytes;
    this.facts = facts;
    this.#handle = handle;
  }

  async grow(sizeBytes: number): Promise<void> {
    try {
      await retryInterrupted(() => this.#handle.truncate(sizeBytes));
    } catch (error) {
      throw openErrorFrom(error, this.path, `make ${this.path} longer`);
    }
    this.sizeBytes = sizeBytes;
  }

  async write(offset: number, data: Uint8Array): Promise<Outcome> {
    let written = 0;
    while (written < data.length) {
      const at = written;
      try {
        const { bytesWritten } = await retryInterrupted(() =>
          this.#handle.write(data, at, data.length - at, offset + at),
        );
        if (bytesWritten === 0)
          return { kind: 'broken', errno: 'none', message: this.#stuck('take', offset + at) };
        written += bytesWritten;
      } catch (error) {
        return this.#judge(classify(error, 'write'));
      }
    }
    return DONE;
  }

  async read(offset: number, length: number, into: Uint8Array): Promise<Outcome> {
    let filled = 0;
    while (filled < length) {
      const at = filled;
      try {
        const { bytesRead } = await retryInterrupted(() =>
          this.#handle.read(into, at, length - at, offset + at),
        );
        if (bytesRead === 0)
          return { kind: 'broken', errno: 'none', message: this.#stuck('give', offset + at) };
        filled += bytesRead;
      } catch (error) {
        return this.#judge(classify(error, 'read'));
      }
    }
    return DONE;
  }

  async readBack(offset: number, length: number, into: Uint8Array): Promise<Outcome | undefined> {
    this.#direct ??= this.#openDirect();
    const handle = await this.#direct;
    if (!handle) return undefined;
    const start = Math.floor(offset / DIRECT_BYTES) * DIRECT_BYTES;
    const end = Math.ceil((offset + length) / DIRECT_BYTES) * DIRECT_BYTES;
    const whole = allocateAligned(end - start);
    try {
      // The end of a device need not be the end of such a unit: what is read then is shorter.
      const room = this.kind === 'block' ? Math.min(end, this.sizeBytes) - start : whole.length;
      const { bytesRead } = await retryInterrupted(() => handle.read(whole, 0, room, start));
      if (bytesRead < offset + length - start) return { kind: 'bad', errno: 'EOF' };
    } catch (error) {
      const outcome = classify(error, 'read');
      return outcome.kind === 'broken' ? undefined : this.#judge(outcome);
    }
    into.set(whole.subarray(offset - start, offset - start + length));
    return DONE;
  }

  /** Opens the same device or file once more; undefined on a file system that knows no direct reads. */
  async #openDirect(): Promise<FileHandle | undefined> {
    try {
      const path = `/proc/self/fd/${this.#handle.fd}`;
      return await retryInterrupted(() => open(path, constants.O_RDONLY | constants.O_DIRECT));
    } catch (error) {
      if (errnoName(error) === undefined) throw error;
      return undefined;
    }
  }

  /**
   * One after the other, and the first failure stays: the kernel tells a lost write once and then forgets it,
   * so a later `fdatasync` that succeeds proves nothing about the data before.
   */
  flush(): Promise<Outcome> {
    this.#flushing = this.#flushing.then((before) => (before.kind === 'done' ? this.#synchronise() : before));
    return this.#flushing;
  }

  lockExclusively(): Promise<boolean> {
    return lockDescriptor(this.#handle.fd, this.path, this.kind === 'block' ? DEVICE_LOCK_WAIT_SECONDS : 0);
  }

  async stillThere(): Promise<boolean> {
    return this.facts.kind === 'block' ? deviceIsThere(this.facts) : fileIsThere(this.#handle, this.facts);
  }

  async keepsName(): Promise<boolean> {
    if (this.facts.kind === 'block') return true;
    const { dev, ino } = await this.#handle.stat({ bigint: true });
    try {
      const named = await stat(this.path, { bigint: true });
      return named.dev === dev && named.ino === ino;
    } catch (error) {
      if (errnoName(error) === undefined) throw error;
      return false;
    }
  }

  async close(): Promise<void> {
    await (await this.#direct)?.close();
    await this.#handle.close();
  }

  async #synchronise(): Promise<Outcome> {
    try {
      await retryInterrupted(() => this.#handle.datasync());
      return DONE;
    } catch (error) {
      return this.#judge(classify(error, 'write'));
    }
  }

  async #judge(outcome: Outcome): Promise<Outcome> {
    if (outcome.kind !== 'bad' || (await this.stillThere())) return outcome;
    return { kind: 'gone', errno: outcome.errno };
  }

  #stuck(verb: 'take' | 'give', position: number): string {
    return `${this.path} does not ${verb} any bytes at byte ${position}, though the system reports no error.`;
  }
}
