import { constants } from 'node:fs';
import { rm } from 'node:fs/promises';
import { withFile, writeAll } from '../block/durable-file.ts';
import { errnoName } from '../block/errno.ts';

/** Room for a map with a thousand areas. */
const SMALLEST_RESERVE_BYTES = 64 << 10;

/**
 * Keeps room for the next save, also for a map that has grown: when a target on the same file system fills it up, what
 * was saved until then can still be written down. Without room there is nothing to keep; the next save then says so.
 */
export async function reserve(path: string, bytes: number): Promise<void> {
  try {
    await withFile(path, constants.O_RDWR | constants.O_CREAT, async (file) => {
      await writeAll(file, Buffer.alloc(Math.max(SMALLEST_RESERVE_BYTES, bytes)));
      await file.datasync();
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/**
 * Whether a name is there that can be neither opened nor taken away: a power cut can leave such a one on ntfs-3g (EIO:
 * measured, in 20 of 426 states that three saves go through).
 */
export async function leadsNowhere(path: string): Promise<boolean> {
  for (const isLast of [false, true]) {
    try {
      await withFile(path, constants.O_RDWR, async () => undefined);
      return false;
    } catch (error) {
      if (errnoName(error) !== 'EIO') return false;
      if (!isLast) await removeLeftover(path);
    }
  }
  return true;
}

/** Writes over a file in place, so that no other file is touched; resolves when that is on stable storage. */
export async function overwrite(path: string, bytes: Uint8Array): Promise<void> {
  await withFile(path, constants.O_RDWR | constants.O_CREAT, async (file) => {
    await writeAll(file, bytes);
    await file.truncate(bytes.length);
    await file.sync();
  });
}

/** What cannot be taken away, since its file system can only be read now or is gone, does no harm. */
export async function removeLeftover(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error;
  });
}
