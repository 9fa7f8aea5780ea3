import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Keeps a map on stable storage so that at any instant, through crash and power cut, the file holds one whole map,
 * the old or the new: written aside, synced, renamed over the old one, and the folder synced.
 */
export class MapStore {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The text of the map, or undefined when there is none. Rejects when it is there but cannot be read. */
  async load(): Promise<string | undefined> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Resolves when `text` is on stable storage under the map's name. */
  async save(text: string): Promise<void> {
    const aside = `${this.path}.new`;
    await withFile(aside, 'w', async (file) => {
      await file.writeFile(text);
      await file.sync();
    });
    await rename(aside, this.path);
    await withFile(dirname(this.path), 'r', (folder) => folder.sync());
  }
}

async function withFile(
  path: string,
  flags: string,
  work: (file: FileHandle) => Promise<void>,
): Promise<void> {
  // The map names the disk by its serial number: nobody else's business.
  const file = await open(path, flags, 0o600);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
