import { readFile } from 'node:fs/promises';
import { errnoName } from './errno.ts';
import { type Mount, readMounts, sourceDeviceOf, unescapeOctal } from './mounts.ts';
import { overlap, type Things, thingAt } from './relations.ts';

/** The mounts that this process sees of filesystems on one of `devices` (`major:minor`). */
export async function mountsOf(devices: ReadonlySet<string>): Promise<Mount[]> {
  const found: Mount[] = [];
  for (const mount of await readMounts()) {
    // btrfs and FUSE show a number of their own; the device is then named as the source.
    const named = devices.has(mount.majorMinor) ? mount.majorMinor : await sourceDeviceOf(mount);
    if (named !== undefined && devices.has(named)) found.push(mount);
  }
  return found;
}

/** The path of the swap area that lies on one of `things`; undefined when none does. */
export async function swapOn(things: Things): Promise<string | undefined> {
  for (const path of await readSwaps()) {
    if (overlap(await thingAt(path), things)) return path;
  }
  return undefined;
}

/** Paths of the active swap areas: the first column of /proc/swaps after its heading. */
async function readSwaps(): Promise<string[]> {
  let text: string;
  try {
    text = await readFile('/proc/swaps', 'utf8');
  } catch (error) {
    // A kernel built without swap has no such file.
    if (errnoName(error) !== 'ENOENT') throw error;
    return [];
  }
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => unescapeOctal(line.split(/\s/)[0] ?? ''));
}
