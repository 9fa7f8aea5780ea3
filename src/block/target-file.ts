import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describePath } from './device-facts.ts';
import { majorMinorOf } from './device-number.ts';
import { errnoName } from './errno.ts';
import { lockDescriptor } from './exclusive-lock.ts';
import { retryInterrupted } from './interrupted.ts';
import { OpenError, openErrorFrom } from './open-error.ts';
import { sizeText } from './size-text.ts';
import { type OpenTarget, openedTarget } from './target-device.ts';

/** Readable and writable by its owner alone: it will hold everything that was on somebody's disk. */
const TARGET_MODE = 0o600;

/** Every file system holds files that are shorter; making one longer costs time where there are no holes. */
const ALWAYS_FITS_BYTES = 2 ** 32 - 1;

/** What the size of a file cannot be: the filesystem's limit, or not even a number to the kernel. */
const TOO_LARGE: ReadonlySet<string> = new Set(['EFBIG', 'EOVERFLOW', 'EINVAL']);

/**
 * Makes a new sparse file of `sizeBytes` and opens it for writing; its name is on stable storage when
 * this returns. Rejects with an `OpenError`, and leaves no file behind: code `EEXIST` when the name is taken,
 * `EFBIG` when the filesystem cannot hold files of that size. `mode` is subject to the user's mask.
 */
export async function createTargetFile(
  path: string,
  sizeBytes: number,
  mode: number = TARGET_MODE,
): Promise<OpenTarget> {
  let handle: FileHandle;
  try {
    handle = await retryInterrupted(() =>
      open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, mode),
    );
  } catch (error) {
    throw openErrorFrom(error, path, `make the file ${path}`);
  }
  try {
    await setSize(handle, path, sizeBytes);
    await handle.sync();
    await syncDirectory(dirname(path));
    return await finish(path, handle);
  } catch (error) {
    await removeAgain(handle, path);
    throw openErrorFrom(error, path, `make the file ${path}`);
  }
}

/**
 * Empties an existing file and gives it `sizeBytes` of holes: all that was in it is lost. Rejects with an
 * `OpenError`; code `locked` when another process works on it, `EFBIG` when the filesystem cannot hold files of that
 * size, in which cases it is left as it is.
 */
export async function replaceTargetFile(path: string, sizeBytes: number): Promise<OpenTarget> {
  const facts = await describePath(path);
  if (facts.kind !== 'file') {
    throw new OpenError(
      path,
      'not-a-file',
      `Cannot replace ${path}: ${facts.kind === 'missing' ? 'there is nothing of that name' : 'it is not a regular file'}.`,
      'Check the name of the target.',
    );
  }
  let handle: FileHandle;
  try {
    handle = await retryInterrupted(() => open(path, constants.O_RDWR));
  } catch (error) {
    throw openErrorFrom(error, path, `open ${path} for writing`);
  }
  try {
    // Before the first change, or a second run would wipe out what the first one is saving.
    await refuseLocked(handle, path);
    // A size that cannot be shows while all that is in it is still there.
    if (sizeBytes > ALWAYS_FITS_BYTES && sizeBytes > facts.sizeBytes) await setSize(handle, path, sizeBytes);
    await handle.truncate(0);
    await setSize(handle, path, sizeBytes);
    await handle.sync();
    return await finish(path, handle);
  } catch (error) {
    await handle.close();
    throw openErrorFrom(error, path, `replace the file ${path}`);
  }
}

/** Closes and unlinks the file that was just made; rejects with the error of the system when that fails. */
async function removeAgain(handle: FileHandle, path: string): Promise<void> {
  const ours = await handle.stat({ bigint: true });
  await handle.close();
  const facts = await describePath(path);
  // The name may have been given to somebody else's file by now.
  if (facts.kind === 'file' && facts.ino === String(ours.ino) && facts.dev === majorMinorOf(ours.dev)) {
    await unlink(path);
  }
}

/** Closes a file that `createTargetFile` has made, and removes it again if its name still leads to it. */
export async function discardTargetFile(target: OpenTarget): Promise<void> {
  const isOurs = await target.keepsName();
  await target.close();
  if (isOurs) await unlink(target.path);
}

async function refuseLocked(handle: FileHandle, path: string): Promise<void> {
  if (await lockDescriptor(handle.fd, path)) return;
  throw new OpenError(
    path,
    'locked',
    `Refusing to replace ${path}: another program is writing to it.`,
    'Wait until the other run has ended, or choose another target.',
  );
}

async function setSize(handle: FileHandle, path: string, sizeBytes: number): Promise<void> {
  try {
    await retryInterrupted(() => handle.truncate(sizeBytes));
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined || !TOO_LARGE.has(errno)) throw error;
    throw new OpenError(
      path,
      'EFBIG',
      `Cannot make the file ${path}: its filesystem cannot hold a file of ${sizeText(sizeBytes)} (${errno}).`,
      'Choose a target on ext4, xfs, NTFS or exFAT (FAT32 ends at 4 GiB), or a whole drive.',
      error,
    );
  }
}

/** A new name is lost in a power cut until its directory is on stable storage as well. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } catch (error) {
    // Some filesystems (FUSE) cannot sync a directory and say EINVAL: then there is nothing to be had.
    if (errnoName(error) !== 'EINVAL') throw error;
  } finally {
    await handle.close();
  }
}

/** Describes the file anew, as what was made, and makes sure that the name still means the open file. */
async function finish(path: string, handle: FileHandle): Promise<OpenTarget> {
  const facts = await describePath(path);
  const { dev, ino } = await handle.stat({ bigint: true });
  if (facts.kind === 'file' && facts.dev === majorMinorOf(dev) && facts.ino === String(ino)) {
    return openedTarget(path, facts, handle);
  }
  throw new OpenError(
    path,
    'changed',
    `Refusing to write to ${path}: the name was given to something else meanwhile.`,
    'Find out which program does that, then start again.',
  );
}
