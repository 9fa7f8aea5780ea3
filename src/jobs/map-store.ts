import { constants } from 'node:fs';
import { copyFile, link, rename, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile, syncFolder, withFile, writeAll } from '../block/durable-file.ts';
import { MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import { readMapText } from './map-text.ts';

/** Room for a map with a thousand areas. */
const SMALLEST_RESERVE_BYTES = 64 << 10;

/**
 * File systems without a journal, by their numbers in `statfs`: a power cut in the midst of a rename can leave neither
 * the old file nor the new (measured on FAT). FAT, exFAT, NTFS, and whatever is behind FUSE.
 */
const WITHOUT_JOURNAL: ReadonlySet<number> = new Set([0x4d44, 0x2011bab0, 0x7366746e, 0x65735546]);

/**
 * Keeps a map on stable storage so that at any instant, through crash and power cut, there is one whole map, the old or
 * the new: written aside, synced, renamed over the old one, and the folder synced. On file systems without a journal
 * the same text is first written to a second file, `MAP.copy`, which is then good while the map is being replaced.
 */
export class MapStore {
  readonly path: string;
  #keepsCopy: Promise<boolean> | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * The text of the map, or undefined when there is none. Where a power cut has spoilt the map, that of its copy. Rejects
   * when the map is there but cannot be read.
   */
  async load(): Promise<string | undefined> {
    const text = await readIfThere(this.path);
    if (text === undefined || isMap(text)) return text;
    const copy = await readIfThere(this.#copy);
    return copy !== undefined && isMap(copy) ? copy : text;
  }

  /** Resolves when `text` is on stable storage under the map's name. */
  async save(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    this.#keepsCopy ??= this.#prepareCopy();
    if (await this.#keepsCopy) await overwrite(this.#copy, bytes);
    const keepsRoom = await this.#holdRoom();
    await replaceFile(this.path, bytes, this.#aside);
    if (keepsRoom) await rename(this.#room, this.#aside);
    await this.#reserve(bytes.length * 2);
  }

  /** Keeps the map as it is saved now under another name, `MAP.untrusted`. */
  async putAside(): Promise<void> {
    await copyFile(this.path, `${this.path}.untrusted`);
  }

  /**
   * Gives back the room that was kept for the next save. The copy of a map that a power cut has spoilt stays: nothing
   * was saved over that one, and the next run goes on from the copy.
   */
  async close(): Promise<void> {
    const text = await readIfThere(this.path);
    const isWhole = text === undefined || isMap(text);
    for (const path of [this.#aside, this.#room, ...(isWhole ? [this.#copy] : [])])
      await removeLeftover(path);
  }

  /** Whether a copy is to be kept. A map that was spoilt is put right from its copy before that is overwritten. */
  async #prepareCopy(): Promise<boolean> {
    const folder = dirname(this.path);
    if (!WITHOUT_JOURNAL.has((await statfs(folder)).type)) return false;
    const [onDisk, whole] = [await readIfThere(this.path), await this.load()];
    if (whole !== undefined && whole !== onDisk)
      await replaceFile(this.path, Buffer.from(whole), this.#aside);
    await overwrite(this.#copy, Buffer.from(whole ?? ''));
    await syncFolder(folder);
    return true;
  }

  get #copy(): string {
    return `${this.path}.copy`;
  }

  get #aside(): string {
    return `${this.path}.new`;
  }

  get #room(): string {
    return `${this.path}.room`;
  }

  /**
   * Gives the map that is about to be replaced a second name, so that its blocks are not free for anybody else in
   * between: the next save is written over them. False where there is no map yet, or no links (FAT, exFAT).
   */
  async #holdRoom(): Promise<boolean> {
    try {
      await rm(this.#room, { force: true });
      await link(this.path, this.#room);
      return true;
    } catch (error) {
      // Without it only the room is less certain; whether the map can be saved shows in the next step.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return false;
    }
  }

  /**
   * Keeps room for the next save, also for a map that has grown: when a target on the same file system fills it up, what
   * was saved until then can still be written down. Without room there is nothing to keep; the next save then says so.
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

/** Writes over a file in place, so that no other file is touched; resolves when that is on stable storage. */
async function overwrite(path: string, bytes: Uint8Array): Promise<void> {
  await withFile(path, constants.O_RDWR | constants.O_CREAT, async (file) => {
    await writeAll(file, bytes);
    await file.truncate(bytes.length);
    await file.sync();
  });
}

/** What cannot be taken away, since its file system can only be read now or is gone, does no harm. */
async function removeLeftover(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error;
  });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readMapText(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isMap(text: string): boolean {
  try {
    parseMapfile(text);
    return true;
  } catch (error) {
    if (error instanceof MapfileError) return false;
    throw error;
  }
}
