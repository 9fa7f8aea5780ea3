import { constants } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { describePath } from '../block/device-facts.ts';
import { withFile } from '../block/durable-file.ts';
import { errnoName } from '../block/errno.ts';
import { readMounts } from '../block/mounts.ts';
import { lockAgain } from '../block/unlocked-target.ts';
import { Refusal } from './refusal.ts';

/** The last writes of a driver may take so long. */
const DRIVER_MS = 120_000;
const LOOK_MS = 50;

/**
 * Unmounts a volume of NTFS, waits until its driver has written the last of it, and has it put on stable storage. Throws a `Refusal` when nothing of the kind is mounted there, or something in it is in use.
 */
export async function unmountVolume(folder: string): Promise<void> {
  const facts = await describePath(folder);
  const place = facts.kind === 'directory' ? facts.realPath : folder;
  const mount = (await readMounts()).findLast(({ mountPoint }) => mountPoint === place);
  if (mount === undefined) {
    throw new Refusal(
      'not-mounted',
      `Nothing is mounted at ${folder}.`,
      'See what is mounted: lifeboat probe.',
    );
  }
  if (!mount.fileSystem.startsWith('fuse')) {
    throw new Refusal(
      'not-ours',
      `What is mounted at ${folder} is ${mount.fileSystem}, not a volume of lifeboat mount.`,
      `Unmount it with umount ${folder}.`,
    );
  }
  const drivers = await driversOf(place);
  const source = await describePath(mount.source);
  // A loop device goes with the mount; what it lay over stays.
  const under = source.kind === 'block' ? (source.loopBackingFile?.path ?? mount.source) : mount.source;
  const { failed, stderr } = await execa('umount', [place], {
    reject: false,
    stdin: 'ignore',
    env: { LC_ALL: 'C' },
  });
  if (failed) {
    const isBusy = stderr.includes('busy');
    throw new Refusal(
      'busy',
      isBusy ? `Something at ${folder} is in use.` : `${folder} cannot be unmounted: ${stderr.trim()}.`,
      isBusy
        ? 'Close the programs that use it, and leave the folder in every shell; then say it again.'
        : 'Run Lifeboat as root.',
    );
  }
  for (let waited = 0; waited < DRIVER_MS && (await someAlive(drivers)); waited += LOOK_MS)
    await delay(LOOK_MS);
  if (mount.readOnly) return;
  await flush(under);
  if (source.kind === 'block') await lockAgain(under);
}

/** Has the system write what it still holds of a device or file. Throws a `Refusal` when that fails. */
async function flush(path: string): Promise<void> {
  try {
    await withFile(path, constants.O_RDONLY, (file) => file.sync());
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    throw new Refusal(
      'not-flushed',
      `It is unmounted, but ${path} has not taken the last writes (${errno}).`,
      'Check its files.',
    );
  }
}

/** Processes of ntfs-3g that serve that folder: they go on for a moment after the unmount. */
async function driversOf(place: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const words = (await readIfThere(join('/proc', pid, 'cmdline'))).split('\0');
    if (words[0]?.endsWith('ntfs-3g') && words.includes(place)) found.push(pid);
  }
  return found;
}

async function someAlive(pids: readonly string[]): Promise<boolean> {
  for (const pid of pids) if ((await readIfThere(join('/proc', pid, 'cmdline'))) !== '') return true;
  return false;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return '';
  }
}
