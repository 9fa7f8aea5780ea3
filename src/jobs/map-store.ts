import { link, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describePath } from '../block/device-facts.ts';
import { replaceFile, syncFolder } from '../block/durable-file.ts';
import { errnoName } from '../block/errno.ts';
import { MapfileError, parseMapfile } from '../rescue/mapfile.ts';
import { keepAside } from './map-aside.ts';
import { leadsNowhere, overwrite, removeLeftover, reserve } from './map-side-files.ts';
import { readMapText } from './map-text.ts';

/**
 * File systems without a journal, by their numbers in `statfs`: a power cut in the midst of a rename can leave neither
 * the old file nor the new (measured on FAT). FAT, exFAT, NTFS, and whatever is behind FUSE.
 */
const WITHOUT_JOURNAL: ReadonlySet<number> = new Set([0x4d44, 0x2011bab0, 0x7366746e, 0x65735546]);

/** Endings of the names for the copy and for the map that is about to take the place of the old one. */
const COPY = '.copy';
const NEW = '.new';
/** Put behind an ending when the name without it cannot be used. */
const OTHERS = ['', '2', '3'];

/** The text of a map, and the file in which it stands: the map itself, or what a power cut has left of it. */
export interface FoundMap {
  readonly path: string;
  readonly text: string;
}

/**
 * Keeps a map on stable storage so that at any instant, through crash and power cut, there is one whole map, the old or
 * the new: written aside, synced, renamed over the old one, and the folder synced. On file systems without a journal
 * the same text is first written to a second file, `MAP.copy`, which is then good while the map is being replaced: a
 * power cut can leave a map there that is spoilt (FAT), or none (ntfs-3g unlinks the old name before it links the new:
 * measured, in 18 of the 417 states that three saves go through).
 */
export class MapStore {
  readonly path: string;
  #names: UsedNames | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** The text of the map, as `find` finds it; undefined when there is none. */
  async load(): Promise<string | undefined> {
    return (await this.find())?.text;
  }

  /**
   * The map, or undefined when there is none. Where a power cut has spoilt it or taken it away, its copy, or the new one
   * that was about to take its place: an orderly end leaves neither. A map that was cut at the end of a line looks whole;
   * it ends before the others do. Rejects when what may be all that is left cannot be read.
   */
  async find(): Promise<FoundMap | undefined> {
    const own = await readIfThere(this.path);
    let found = own === undefined ? undefined : { path: this.path, text: own };
    let endBytes = endOfMap(own);
    let unread: unknown;
    for (const path of this.#standIns) {
      try {
        const text = await readIfThere(path);
        const end = endOfMap(text);
        if (text === undefined || end <= endBytes) continue;
        found = { path, text };
        endBytes = end;
      } catch (error) {
        if (errnoName(error) === undefined) throw error;
        unread ??= error;
      }
    }
    if (endBytes === 0 && unread !== undefined) throw unread;
    return found;
  }

  /** Resolves when `text` is on stable storage under the map's name. */
  async save(text: string): Promise<void> {
    try {
      await this.#put(Buffer.from(text));
    } catch (error) {
      // What was settled may not be so any more: there may be room later, or the drive is back with a spoilt map.
      this.#names = undefined;
      throw error;
    }
  }

  async #put(bytes: Uint8Array): Promise<void> {
    // Another file system may be mounted over the folder meanwhile.
    const { dev } = await stat(dirname(this.path));
    if (this.#names?.dev !== dev) this.#names = { dev, ...(await this.#prepare()) };
    const { copy, aside } = this.#names;
    if (copy !== undefined) await overwrite(copy, bytes);
    const keepsRoom = await this.#holdRoom();
    await replaceFile(this.path, bytes, aside);
    if (keepsRoom) await rename(this.#room, aside);
    await reserve(aside, bytes.length * 2);
  }

  /** Keeps the map as it is saved now under another name, as `keepAside` does. */
  async putAside(): Promise<void> {
    const text = await this.load();
    if (text !== undefined) await keepAside(this.path, text);
  }

  /**
   * Gives back the room that was kept for the next save. What stands in for a map that a power cut has spoilt or taken
   * away stays: nothing was saved over that one, and the next run goes on from there. So does all when the map cannot be
   * read now.
   */
  async close(): Promise<void> {
    let found: FoundMap | undefined;
    try {
      found = await this.find();
    } catch (error) {
      if (errnoName(error) === undefined) throw error;
      return;
    }
    for (const path of [this.#room, ...this.#standIns]) {
      if (path !== found?.path) await removeLeftover(path);
    }
  }

  /**
   * Settles which names are used. A map that is not whole is put right from what stands in for it before anything is
   * written over that.
   */
  async #prepare(): Promise<Omit<UsedNames, 'dev'>> {
    const folder = dirname(this.path);
    const hasJournal = !WITHOUT_JOURNAL.has((await statfs(folder)).type);
    const found = await this.find();
    const bytes = Buffer.from(found?.text ?? '');
    const copy = hasJournal ? undefined : await this.#usable(COPY, found);
    if (copy !== undefined) {
      await overwrite(copy, bytes);
      await syncFolder(folder);
      await this.#clearNames(folder);
    }
    // A power cut in the midst of a rename can leave two names of what counts as one: the other may go with it.
    await removeLeftover(this.#room);
    const aside = await this.#usable(NEW, found);
    if (found !== undefined && !(await this.#holds(found.text))) await replaceFile(this.path, bytes, aside);
    if (found !== undefined && found.path !== this.path) await removeLeftover(found.path);
    return { copy, aside };
  }

  async #holds(text: string): Promise<boolean> {
    try {
      return (await readIfThere(this.path)) === text;
    } catch (error) {
      if (errnoName(error) === undefined) throw error;
      return false;
    }
  }

  /** What may be whole when the map is not, the surest first. */
  get #standIns(): string[] {
    return [COPY, NEW].flatMap((ending) => OTHERS.map((other) => `${this.path}${ending}${other}`));
  }

  get #room(): string {
    return `${this.path}.room`;
  }

  /** A name with that ending that can be written to, and is not that of what stands in for the map. */
  async #usable(ending: string, found: FoundMap | undefined): Promise<string> {
    const usual = `${this.path}${ending}`;
    for (const path of OTHERS.map((other) => `${usual}${other}`)) {
      if (path !== found?.path && !(await leadsNowhere(path))) return path;
    }
    return usual;
  }

  /** ntfs-3g renames over a map by way of a third name, `MAP.ntfs-3g-NUMBER`, which a power cut leaves behind. */
  async #clearNames(folder: string): Promise<void> {
    const begin = `${basename(this.path)}.ntfs-3g-`;
    const left = (await readdir(folder)).filter(
      (name) => name.startsWith(begin) && /^\d{10}$/.test(name.slice(begin.length)),
    );
    for (const name of left) await removeLeftover(join(folder, name));
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
}

/** Whether there is a map under that name, or what a power cut has left of one. */
export async function isMapThere(path: string): Promise<boolean> {
  if ((await describePath(path)).kind === 'file') return true;
  try {
    return (await new MapStore(path).load()) !== undefined;
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return false;
  }
}

/** The names that are written to while a map is kept. */
interface UsedNames {
  /** The file system in which they are. */
  readonly dev: number;
  /** Undefined where no copy is needed. */
  readonly copy: string | undefined;
  readonly aside: string;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readMapText(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The size of the source that a map is of, in bytes; 0 for what is no map. */
function endOfMap(text: string | undefined): number {
  if (text === undefined) return 0;
  try {
    return parseMapfile(text).map.sizeBytes;
  } catch (error) {
    if (error instanceof MapfileError) return 0;
    throw error;
  }
}
