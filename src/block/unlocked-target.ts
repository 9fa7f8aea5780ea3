import { join } from 'node:path';
import { execa } from 'execa';
import { asLooked, refuseReplaced, refuseUnlike } from './agreed-device.ts';
import { OpenError } from './open-error.ts';
import type { BlockFacts } from './path-facts.ts';
import { type OpenTarget, openTargetDevice } from './target-device.ts';
import { writeLocks } from './write-locks.ts';

/** A disk that hangs may never answer. */
const LIMIT_MS = 30_000;

/**
 * Devices that are unlocked for this process, by their paths, and how often: one that comes back is opened anew while it is
 * still open from before.
 */
const unlocked = new Map<string, number>();

/**
 * Opens a target device for writing as `openTargetDevice` does. Where disks are kept locked it is unlocked just before,
 * so the person must have confirmed it, and locked again as soon as it is closed, unless others still write to it.
 * `looked` is what it was when it was checked, and confirmed: another device that has its name by now is neither unlocked
 * nor opened. Rejects with an `OpenError`.
 */
export async function openUnlocked(looked: BlockFacts): Promise<OpenTarget> {
  const { path } = looked;
  await refuseReplaced(looked);
  if (writeLocks() === undefined) return openLooked(looked);
  await unlock(path);
  let target: OpenTarget;
  try {
    target = await openLooked(looked);
  } catch (error) {
    await lockAgain(path);
    throw error;
  }
  const close = target.close.bind(target);
  let isOpen = true;
  return Object.assign(target, {
    close: async () => {
      await close();
      if (isOpen) await lockAgain(path);
      isOpen = false;
    },
  });
}

/** While it is open no other device gets its name: what is found then is what will be written to. */
async function openLooked(looked: BlockFacts): Promise<OpenTarget> {
  const target = await openTargetDevice(looked.path);
  try {
    refuseUnlike(asLooked(looked), target.facts);
    return target;
  } catch (error) {
    await target.close();
    throw error;
  }
}

/** Lifts the write lock of a device for this process, where disks are kept locked. Rejects with an `OpenError`. */
export async function unlock(path: string): Promise<void> {
  const folder = writeLocks();
  if (folder === undefined) return;
  unlocked.set(path, (unlocked.get(path) ?? 0) + 1);
  const problem = await ask(folder, 'unlock', path);
  if (problem === undefined) return;
  // What failed half-way, or took too long, may have lifted it all the same.
  await lockAgain(path);
  throw new OpenError(
    path,
    'locked',
    `The write lock of ${path} cannot be lifted: ${problem}.`,
    'Look at the list of disks again and choose anew.',
  );
}

/**
 * Locks every device again that was unlocked here and never locked, and waits for what is being locked: for the end of a
 * process that was interrupted.
 */
export async function lockAllAgain(): Promise<void> {
  for (const path of [...unlocked.keys()]) {
    unlocked.delete(path);
    await lockAgain(path);
  }
  await Promise.all(turns.values());
}

/**
 * Locks it again, as far as this process is concerned: what others have unlocked stays so, until they have done with it. A
 * device that was pulled cannot be locked, and need not be.
 */
export async function lockAgain(path: string): Promise<void> {
  const folder = writeLocks();
  if (folder === undefined) return;
  forget(path);
  if (!unlocked.has(path)) await ask(folder, 'lock', path);
}

function forget(path: string): void {
  const times = (unlocked.get(path) ?? 0) - 1;
  if (times > 0) unlocked.set(path, times);
  else unlocked.delete(path);
}

/** What is asked about a device, one thing after the other: the last word counts. */
const turns = new Map<string, Promise<string | undefined>>();

function ask(folder: string, program: 'lock' | 'unlock', device: string): Promise<string | undefined> {
  const turn = (turns.get(device) ?? Promise.resolve(undefined)).then(() => run(folder, program, device));
  turns.set(device, turn);
  return turn;
}

/**
 * Runs `lock` or `unlock` in the name of this process; what went wrong in words, if anything. Ctrl-C at a terminal reaches
 * everything that was started there: it must not end these half-way, nor must the end of this process.
 */
async function run(folder: string, program: 'lock' | 'unlock', device: string): Promise<string | undefined> {
  const result = await execa(join(folder, program), [device, String(process.pid)], {
    reject: false,
    stdin: 'ignore',
    timeout: LIMIT_MS,
    detached: true,
    cleanup: false,
  });
  if (!result.failed) return undefined;
  return result.stderr.trim() || result.shortMessage;
}

/**
 * Unlocks a device for as long as `work` takes, where devices are kept locked; for programs that open it themselves. The
 * person must have confirmed it. Rejects with an `OpenError` when it cannot be unlocked, or another device has its name
 * by now; then `work` has not begun.
 */
export async function withUnlocked<T>(looked: BlockFacts, work: () => Promise<T>): Promise<T> {
  await refuseReplaced(looked);
  await unlock(looked.path);
  try {
    await refuseReplaced(looked);
    return await work();
  } finally {
    await lockAgain(looked.path);
  }
}
