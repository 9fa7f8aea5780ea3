import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** File systems without hard links (FAT, some network ones) say one of these. */
const NO_LINKS = ['EPERM', 'EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EMLINK'];

/**
 * Writes a file that appears under its name whole or not at all, on stable storage. Without `replace` a file of that
 * name is never touched: rejects with `EEXIST`.
 */
export async function writeNewFile(path: string, text: string, replace: boolean): Promise<void> {
  const aside = `${path}.${process.pid}.new`;
  try {
    const file = await open(aside, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (replace) await rename(aside, path);
    else await takeName(aside, path);
  } finally {
    await rm(aside, { force: true });
  }
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Gives a file its name unless another has it: rejects with `EEXIST` then. `aside` may stay as a second name of it. */
export async function takeName(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path);
  } catch (error) {
    if (!NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // Whoever makes an empty file of that name first owns the name; renaming over it is one step.
    await (await open(path, 'wx', 0o600)).close();
    await rename(aside, path);
  }
}
