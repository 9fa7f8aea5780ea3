import { type FileHandle, lstat, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoName } from '../block/errno.ts';
import { foldCase } from '../ntfs/fold-case.ts';
import { numberedName } from './output-name.ts';

const MAX_SAME_NAMES = 10_000;

/** What may be written over. */
export interface Replacing {
  /** Files that exist already are replaced; never a device, a pipe or one of `protectedFiles`. */
  readonly force: boolean;
  /** The source and its map, as `dev:ino`. */
  readonly protectedFiles: ReadonlySet<string>;
}

/** Something is there that was not copied just now. */
export class NameTaken extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} exists already`);
    this.path = path;
  }
}

/** A folder that files are copied to, with the names that this copy has given. */
export class OutputFolder {
  readonly path: string;
  /** In the form in which file systems that ignore case take them for the same. */
  readonly #given = new Set<string>();

  constructor(path: string) {
    this.path = path;
  }

  /** Tries names until `make` gets a free one: names that differ in case alone may be the same there. */
  async place<T>(wanted: string, make: (path: string) => Promise<T>): Promise<{ made: T; path: string }> {
    for (let count = 1; count <= MAX_SAME_NAMES; count++) {
      const name = numberedName(wanted, count);
      const path = join(this.path, name);
      const isOurs = this.#given.has(foldCase(name));
      try {
        const made = await make(path);
        this.#given.add(foldCase(name));
        return { made, path };
      } catch (error) {
        if (!(error instanceof NameTaken) || !isOurs) throw error;
      }
    }
    throw new NameTaken(join(this.path, wanted));
  }

  isGiven(path: string): boolean {
    return this.#given.has(foldCase(path.slice(this.path.length + 1)));
  }
}

/**
 * Makes a file of that name, or of one that is free; an older one is replaced if that is wanted, never one that this copy
 * has made, a protected one, or a device. Throws `NameTaken`, or the error of the system.
 */
export async function createFile(
  folder: OutputFolder,
  name: string,
  { force, protectedFiles }: Replacing,
): Promise<{ file: FileHandle; path: string }> {
  const create = async (path: string): Promise<FileHandle> => {
    try {
      return await open(path, 'wx');
    } catch (error) {
      if (errnoName(error) !== 'EEXIST') throw error;
    }
    if (!force || folder.isGiven(path)) throw new NameTaken(path);
    const old = await lstat(path, { bigint: true });
    const isOurs = protectedFiles.has(`${old.dev}:${old.ino}`);
    if (isOurs || !(old.isFile() || old.isSymbolicLink())) throw new NameTaken(path);
    // A link goes, not what it leads to.
    await rm(path);
    return open(path, 'wx');
  };
  const { made, path } = await folder.place(name, create);
  return { file: made, path };
}

/** Makes a folder, or takes the one that is there. Throws `NameTaken`, or the error of the system. */
export async function makeFolder(parent: OutputFolder, name: string): Promise<string> {
  const { path } = await parent.place(name, async (wanted) => {
    try {
      await mkdir(wanted);
    } catch (error) {
      if (errnoName(error) !== 'EEXIST') throw error;
      if (parent.isGiven(wanted) || !(await lstat(wanted)).isDirectory()) throw new NameTaken(wanted);
    }
  });
  return path;
}
