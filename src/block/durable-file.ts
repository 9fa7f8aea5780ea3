import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Puts `bytes` on stable storage under `path` so that at any instant, through crash and power cut, the file holds
 * the old content or the new, whole: written to `aside`, synced, renamed over the old one, and the folder synced.
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array,
  aside: string = `${path}.new`,
): Promise<void> {
  await withFile(aside, constants.O_RDWR | constants.O_CREAT, async (file) => {
    await writeAll(file, bytes);
    await file.truncate(bytes.length);
    await file.sync();
    await renameOver(aside, path);
    // FAT keeps size and place of a file beside its name: the new name gets them only now.
    await file.sync();
  });
  await syncFolder(dirname(path));
}

/** So many names may stand in the way of a rename. */
const MOST_LEFTOVERS = 10;

/**
 * ntfs-3g renames over a file by way of a third name that ends in a number, which it counts up from 1. What a power cut
 * has left under such a name makes it fail with EEXIST, which a rename over a file gives for nothing else; the next
 * number is free (measured).
 */
async function renameOver(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await rename(from, to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > MOST_LEFTOVERS) throw error;
    }
  }
}

/** Makes the names in a folder durable. */
export function syncFolder(path: string): Promise<void> {
  return withFile(path, constants.O_RDONLY, (folder) => folder.sync());
}

/** Writes at `position`; a write that the system takes only in part is continued. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position = 0): Promise<void> {
  let at = 0;
  while (at < bytes.length) {
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}

/** Opens a file for as long as `work` takes. New ones belong to the user alone: they name disks and files. */
export async function withFile<T>(
  path: string,
  flags: number,
  work: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags, 0o600);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
