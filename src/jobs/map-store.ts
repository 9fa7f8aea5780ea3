import { constants } from 'node:fs';
import { copyFile, readFile, rm } from 'node:fs/promises';
import { replaceFile, withFile, writeAll } from './durable-file.ts';

/** Room for a map with a thousand areas. */
const SMALLEST_RESERVE_BYTES = 64 << 10;

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
    const bytes = Buffer.from(text);
    await replaceFile(this.path, bytes, this.#aside);
    await this.#reserve(bytes.length * 2);
  }

  /** Keeps the map as it is saved now under another name, `MAP.untrusted`. */
  async putAside(): Promise<void> {
    await copyFile(this.path, `${this.path}.untrusted`);
  }

  /** Gives back the room that was kept for the next save. */
  async close(): Promise<void> {
    await rm(this.#aside, { force: true });
  }

  get #aside(): string {
    return `${this.path}.new`;
  }

  /**
   * Keeps room for the next save: when a target on the same file system fills it up, what was saved until then can
   * still be written down. Without room there is nothing to keep; the next save then says so.
   */
  async #reserve(bytes: number): Promise<void> {
    try {
      await withFile(this.#aside, constants.O_RDWR | constants.O_CREAT, async (file) => {
        await writeAll(file, Buffer.alloc(Math.max(SMALLEST_RESERVE_BYTES, bytes)));
        await file.datasync();
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }
}
