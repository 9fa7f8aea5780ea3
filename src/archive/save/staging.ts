import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder, withFile } from '../../block/durable-file.ts';
import { lockDescriptor } from '../../block/exclusive-lock.ts';
import { takeName } from '../../block/new-file.ts';
import { ArchiveError } from '../archive-error.ts';

const LOCK = 'lock';

/**
 * The place beside an archive where its files are written until all of them are whole. Its name is made of that of the
 * archive, so that one save at a time can have it, and the next one finds what a killed one left behind.
 */
export class Staging {
  readonly folder: string;
  /** Whether something was left here by a save that did not come to its end. */
  readonly hadLeftovers: boolean;
  readonly #lock: FileHandle;

  private constructor(folder: string, lock: FileHandle, hadLeftovers: boolean) {
    this.folder = folder;
    this.#lock = lock;
    this.hadLeftovers = hadLeftovers;
  }

  /** Makes the place, or takes over one that nobody holds; what is in it is removed. Rejects with an `ArchiveError`. */
  static async claim(archive: string): Promise<Staging> {
    const folder = join(dirname(archive), `.${basename(archive)}.part`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const lock = await open(join(folder, LOCK), constants.O_RDWR | constants.O_CREAT, 0o600);
      if (!(await lockDescriptor(lock.fd, folder))) {
        await lock.close();
        throw new ArchiveError(
          'refused',
          'archive-busy',
          `Another save is writing to ${archive} at this moment.`,
          'Wait for it, or name another archive.',
        );
      }
      const old = (await readdir(folder)).filter((name) => name !== LOCK);
      for (const name of old) await rm(join(folder, name), { recursive: true, force: true });
      return new Staging(folder, lock, old.length > 0);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (error instanceof ArchiveError || code === undefined) throw error;
      throw new ArchiveError('refused', code, `Nothing can be written beside ${archive}: ${message}.`, PLACE);
    }
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /**
   * Gives the files their names beside the folder, the last one last; each is on stable storage before. None is written
   * over: rejects with the system's `EEXIST` then, and those that had theirs lose it again.
   */
  async publish(names: readonly string[]): Promise<void> {
    const place = dirname(this.folder);
    const published: string[] = [];
    try {
      for (const name of names) {
        await withFile(this.path(name), constants.O_RDONLY, (file) => file.sync());
      }
      for (const name of names) {
        await takeName(this.path(name), join(place, name));
        published.push(name);
      }
      await syncFolder(place);
    } catch (error) {
      for (const name of published) await rm(join(place, name), { force: true });
      throw error;
    }
  }

  /** Removes the place and what is left in it. */
  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await this.#lock.close();
  }
}

const PLACE = 'Check the name of the archive, and that its drive is mounted for writing.';
