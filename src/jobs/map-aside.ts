import { constants } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder, withFile, writeAll } from '../block/durable-file.ts';
import { errnoName } from '../block/errno.ts';

/** More are not kept beside each other. */
const MOST = 1000;

/**
 * Keeps the text of a map whose progress is about to be taken back, as `MAP.untrusted` or, where there is one, under the
 * next number; resolves to the path when it is on stable storage. Rejects with the error of the system.
 */
export async function keepAside(mapPath: string, text: string): Promise<string> {
  for (let count = 1; ; count++) {
    const path = `${mapPath}.untrusted${count === 1 ? '' : `-${count}`}`;
    try {
      await withFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, async (file) => {
        await writeAll(file, Buffer.from(text));
        await file.sync();
      });
    } catch (error) {
      if (errnoName(error) === 'EEXIST' && count < MOST) continue;
      throw error;
    }
    await syncFolder(dirname(path));
    return path;
  }
}
