import { readFile, stat } from 'node:fs/promises';
import { errnoName } from './errno.ts';

/** Whether some process holds an advisory lock on one of these files, by the kernel's own list (`man 5 proc_locks`). */
export async function isAnyLocked(paths: readonly string[]): Promise<boolean> {
  const locks = await readFile('/proc/locks', 'utf8');
  for (const path of paths) {
    const key = await lockKey(path);
    if (key !== undefined && locks.includes(` ${key} `)) return true;
  }
  return false;
}

/**
 * Those of `paths` that some process holds for itself alone, as everything of Lifeboat does that writes to a device:
 * `1: FLOCK ADVISORY WRITE 4711 00:05:712 0 EOF` (`man 5 proc_locks`). Locks that are shared with others, as udev takes
 * them to look at a disk, do not count.
 */
export async function exclusivelyLocked(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const locks = (await readFile('/proc/locks', 'utf8')).matchAll(/ FLOCK +ADVISORY +WRITE +\S+ +(\S+) /g);
  const keys = new Set([...locks].map(([, key]) => key));
  const found = new Set<string>();
  if (keys.size === 0) return found;
  for (const path of paths) if (keys.has(await lockKey(path))) found.add(path);
  return found;
}

/** `00:05:712`: device and number of the node, as /proc/locks writes them; undefined when there is none any more. */
async function lockKey(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path);
    // Numbers of devices as the C library packs them: `man 3 makedev`.
    const major = Math.floor(dev / 256) % 4096;
    const minor = (dev % 256) + Math.floor(dev / 2 ** 20) * 256;
    const hex = (number: number): string => number.toString(16).padStart(2, '0');
    return `${hex(major)}:${hex(minor)}:${ino}`;
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return undefined;
  }
}
