import { constants } from 'node:fs';
import { mkdir, open, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type AgreedDevice, DEVICE_CHANGED, refuseOthers } from '../../block/agreed-device.ts';
import { errnoName } from '../../block/errno.ts';
import { readMounts } from '../../block/mounts.ts';
import { OpenError } from '../../block/open-error.ts';
import { lockAgain, unlock } from '../../block/unlocked-target.ts';
import { JobLock } from '../job-lock.ts';
import { DRIVES, lockOf, rootOf } from './drive-place.ts';
import type { FileRoom } from './file-room.ts';
import type { KeeperOrder, KeeperWord } from './keeper-messages.ts';
import { mountAt, unmountFrom } from './mount-commands.ts';

const LOCK_TRIES = 12;
const LOCK_PAUSE_MS = 250;
const FREE_CHECK_MS = 100;
/** The driver in user space writes its last for a moment after the unmount has returned. */
const FREE_WITHIN_MS = 60_000;

/**
 * Keeps one drive mounted for as long as somebody wants it. It is a process of its own so that the drive is put away
 * whatever becomes of who wanted it, also by `kill -9`. Where disks are kept locked it is unlocked for that time.
 */
export class DriveKeeper {
  readonly #tell: (word: KeeperWord) => void;
  #lock: JobLock | undefined;
  #mounted: { readonly device: string; readonly root: string; readonly writable: boolean } | undefined;
  #root: string | undefined;

  constructor(tell: (word: KeeperWord) => void) {
    this.#tell = tell;
  }

  async obey(order: KeeperOrder): Promise<void> {
    if (order.do === 'sweep') await sweep();
    else await this.#mount(order);
  }

  /** Puts the drive away; tells when it may be pulled. */
  async finish(): Promise<void> {
    const problem = await this.#release();
    await this.#lock?.release();
    this.#tell({ told: 'away', problem });
  }

  async #mount({ looked, room, writable }: Extract<KeeperOrder, { do: 'mount' }>): Promise<void> {
    const device = looked.path;
    // What is mounted still was lost: there is nothing to wait for.
    if (this.#mounted !== undefined) {
      await putAway(this.#mounted.root);
      if (this.#mounted.writable) await lockAgain(this.#mounted.device);
    }
    this.#mounted = undefined;
    await mkdir(DRIVES, { recursive: true, mode: 0o700 });
    // A drive that comes back under another name stays in its place.
    this.#root ??= rootOf(device);
    if (this.#lock === undefined) {
      this.#lock = await takeLock(lockOf(device));
      if (this.#lock === undefined) {
        const message = `Another run of Lifeboat uses ${device} at this moment.`;
        this.#tell({ told: 'problem', code: 'drive-busy', message });
        return;
      }
      await this.#lock.sign(undefined);
      await putAway(this.#root);
    }
    const root = this.#root;
    await mkdir(root, { recursive: true, mode: 0o700 });
    const problem = await mountLooked(looked, root, room, writable);
    if (problem === undefined) {
      this.#mounted = { device, root, writable };
      this.#tell({ told: 'mounted', root });
      return;
    }
    if (writable) await lockAgain(device);
    await rmdir(root);
    this.#tell({ told: 'problem', ...problem });
  }

  async #release(): Promise<string | undefined> {
    if (this.#mounted === undefined) return undefined;
    const { device, root, writable } = this.#mounted;
    this.#mounted = undefined;
    const problem = await putAway(root);
    // A lock on a device that is still being written to would lose what is on its way.
    if (!(await isFree(device))) return problem ?? 'its driver is still writing';
    if (writable) await lockAgain(device);
    return problem;
  }
}

/** Mounts the drive that was looked at, unlocked if it is to be written to; what speaks against it, if anything. */
async function mountLooked(
  looked: AgreedDevice,
  root: string,
  room: FileRoom,
  writable: boolean,
): Promise<Omit<Extract<KeeperWord, { told: 'problem' }>, 'told'> | undefined> {
  const device = looked.path;
  const cannot = (why: string) =>
    ({ code: 'drive-mount', message: `${device} cannot be mounted: ${why}.` }) as const;
  try {
    await refuseOthers([looked]);
    if (writable) await unlock(device);
    // To lift a lock takes its time.
    await refuseOthers([looked]);
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    const { code, message } = error;
    return code === DEVICE_CHANGED ? { code, message } : cannot(message.replace(/\.$/, ''));
  }
  const problem = await mountAt(device, root, room, writable);
  return problem === undefined ? undefined : cannot(problem);
}

/** Another look at the drive may just be over: it is waited for a little. */
async function takeLock(path: string): Promise<JobLock | undefined> {
  for (let tries = 1; ; tries++) {
    const lock = await JobLock.take(path);
    if (lock !== undefined || tries === LOCK_TRIES) return lock;
    await delay(LOCK_PAUSE_MS);
  }
}

/** Unmounts what keepers have left that were killed; what a living one holds is left alone. */
async function sweep(): Promise<void> {
  for (const name of await namesIn(DRIVES)) {
    if (name.endsWith('.lock')) continue;
    const lock = await JobLock.take(lockOf(name));
    if (lock === undefined) continue;
    await putAway(join(DRIVES, name));
    if (await isFree(`/dev/${name}`)) await lockAgain(`/dev/${name}`);
    await lock.release();
  }
}

/** Unmounts whatever is mounted at `root`, and removes the folder. */
async function putAway(root: string): Promise<string | undefined> {
  for (;;) {
    const isMounted = (await readMounts()).some(({ mountPoint }) => mountPoint === root);
    if (!isMounted) break;
    const problem = await unmountFrom(root);
    if (problem !== undefined) return problem;
  }
  try {
    await rmdir(root);
  } catch (error) {
    // It was never made, or is still busy below: the next one finds it.
    if (errnoName(error) === undefined) throw error;
  }
  return undefined;
}

/** Waits until nobody holds the device any more: file systems and their drivers open it exclusively (man 2 open). */
async function isFree(device: string): Promise<boolean> {
  const end = Date.now() + FREE_WITHIN_MS;
  while (Date.now() < end) {
    try {
      const handle = await open(device, constants.O_RDONLY | constants.O_EXCL);
      await handle.close();
      return true;
    } catch (error) {
      if (errnoName(error) === undefined) throw error;
      // One that is gone is free.
      if (errnoName(error) !== 'EBUSY') return true;
    }
    await delay(FREE_CHECK_MS);
  }
  return false;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoName(error) !== 'ENOENT') throw error;
    return [];
  }
}
