import { join } from 'node:path';
import { execa } from 'execa';
import { OpenError } from './open-error.ts';
import { type OpenTarget, openTargetDevice } from './target-device.ts';
import { writeLocks } from './write-locks.ts';

/** A disk that hangs may never answer. */
const LIMIT_MS = 30_000;

/** Devices that are open, and unlocked for it, by their paths. */
const unlocked = new Set<string>();

/**
 * Opens a target device for writing as `openTargetDevice` does. Where disks are kept locked it is unlocked just before,
 * so the person must have confirmed it, and locked again as soon as it is closed. Rejects with an `OpenError`.
 */
export async function openUnlocked(path: string): Promise<OpenTarget> {
  if (writeLocks() === undefined) return openTargetDevice(path);
  await unlock(path);
  unlocked.add(path);
  let target: OpenTarget;
  try {
    target = await openTargetDevice(path);
  } catch (error) {
    await lockAgain(path);
    throw error;
  }
  const close = target.close.bind(target);
  return Object.assign(target, {
    close: async () => {
      await close();
      await lockAgain(path);
    },
  });
}

/** Lifts the write lock of a device, where disks are kept locked. Rejects with an `OpenError`. */
export async function unlock(path: string): Promise<void> {
  const folder = writeLocks();
  const unlocking = folder && (await ask(folder, 'unlock', path));
  if (unlocking === undefined) return;
  throw new OpenError(
    path,
    'locked',
    `The write lock of ${path} cannot be lifted: ${unlocking}.`,
    'Look at the list of disks again and choose anew.',
  );
}

/** Locks every device again that was opened here and never closed: for the end of a process that was interrupted. */
export async function lockAllAgain(): Promise<void> {
  for (const path of unlocked) await lockAgain(path);
}

/** Locks it again. A device that was pulled cannot be locked, and need not be. */
export async function lockAgain(path: string): Promise<void> {
  unlocked.delete(path);
  const folder = writeLocks();
  if (folder !== undefined) await ask(folder, 'lock', path);
}

/** Runs `lock` or `unlock`; what went wrong in words, if anything. */
async function ask(folder: string, program: 'lock' | 'unlock', device: string): Promise<string | undefined> {
  const result = await execa(join(folder, program), [device], {
    reject: false,
    stdin: 'ignore',
    timeout: LIMIT_MS,
  });
  if (!result.failed) return undefined;
  return result.stderr.trim() || result.shortMessage;
}

/**
 * Unlocks a device for as long as `work` takes, where devices are kept locked; for programs that open it themselves. The
 * person must have confirmed it. Rejects with an `OpenError` when it cannot be unlocked.
 */
export async function withUnlocked<T>(path: string, work: () => Promise<T>): Promise<T> {
  await unlock(path);
  try {
    return await work();
  } finally {
    await lockAgain(path);
  }
}
