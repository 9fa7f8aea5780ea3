import { constants } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { writeAll } from '../block/durable-file.ts';
import { errnoName } from '../block/errno.ts';

/** What was written is put on stable storage this often, and is kept in memory until then. */
const SYNC_MS = 10_000;
/** So much is kept while its drive is away; the oldest goes first. */
const MOST_KEPT_BYTES = 16 << 20;

/** What a growing file begins with, and what of a file that is there already stays. */
export interface Beginning {
  /** Bytes of what is there that stay. `isFirst`: nothing was written to it by this process yet. */
  keptBytes(found: Uint8Array, isFirst: boolean): number;
  /** Written to a file of which nothing stays. */
  readonly header: Uint8Array;
}

/**
 * A file that only grows at its end, on a file system that may vanish and come back: a handle on a stick that was pulled
 * leads nowhere for ever, often without an error. So what is not surely on stable storage is kept, and written again,
 * in its order, when the file is opened again by its path: after an error, or when another file has its name.
 */
export class GrowingFile {
  readonly path: string;
  readonly #beginning: Beginning;
  /** What is not surely on stable storage; the first `#written` pieces are in the file that is open. */
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #written = 0;
  #file: FileHandle | undefined;
  #end = { bytes: 0, crc: 0 };
  /** How much was surely on stable storage, and its checksum: by it the file is known again. */
  #safe: { readonly bytes: number; readonly crc: number } | undefined;
  #syncedMs = 0;

  constructor(path: string, beginning: Beginning) {
    this.path = path;
    this.#beginning = beginning;
  }

  /** Length of the file as far as it was written. */
  get sizeBytes(): number {
    return this.#end.bytes;
  }

  /** Takes bytes in; nothing is written before `flush`. */
  add(bytes: Uint8Array): void {
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
    while (this.#keptBytes > MOST_KEPT_BYTES && this.#kept.length > this.#written + 1) {
      // What is written may be safe soon; what is not yet makes room.
      const [gone] = this.#kept.splice(this.#written, 1);
      this.#keptBytes -= gone?.length ?? 0;
    }
  }

  /** Writes what was taken in. Must not be called again before it has ended. Rejects as the system does. */
  async flush(): Promise<void> {
    if (this.#kept.length === 0) return;
    await this.#guarded(async () => {
      const file = await this.#opened();
      for (; this.#written < this.#kept.length; this.#written++) {
        const bytes = this.#kept[this.#written] as Uint8Array;
        await writeAll(file, bytes, this.#end.bytes);
        this.#end = { bytes: this.#end.bytes + bytes.length, crc: crc32(bytes, this.#end.crc) };
      }
      if (performance.now() - this.#syncedMs >= SYNC_MS) await this.#sync(file);
    });
  }

  /** Puts all of it on stable storage and lets go of the file. What could not be written stays taken in. */
  async close(): Promise<void> {
    await this.flush();
    const file = this.#file;
    if (file === undefined) return;
    await this.#guarded(() => this.#sync(file));
    await this.#drop();
  }

  async #sync(file: FileHandle): Promise<void> {
    await file.datasync();
    this.#syncedMs = performance.now();
    this.#safe = this.#end;
    const safe = this.#kept.splice(0, this.#written);
    this.#keptBytes -= safe.reduce((sum, { length }) => sum + length, 0);
    this.#written = 0;
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.#drop();
      throw error;
    }
  }

  /** Lets go of a handle that may lead nowhere; all that is not safe is to be written again. */
  async #drop(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#written = 0;
    try {
      await file?.close();
    } catch (error) {
      if (errnoName(error) === undefined) throw error;
    }
  }

  async #opened(): Promise<FileHandle> {
    if (this.#file !== undefined && !(await this.#isStillThere(this.#file))) await this.#drop();
    this.#file ??= await this.#open();
    return this.#file;
  }

  /** Whether the path still leads to the file that is open. */
  async #isStillThere(file: FileHandle): Promise<boolean> {
    const [here, there] = [await file.stat({ bigint: true }), await stat(this.path, { bigint: true })];
    return here.dev === there.dev && here.ino === there.ino;
  }

  async #open(): Promise<FileHandle> {
    const found = await readIfThere(this.path);
    const isKnown = this.#safe !== undefined && crcOf(found, this.#safe.bytes) === this.#safe.crc;
    const kept = isKnown
      ? (this.#safe?.bytes ?? 0)
      : this.#beginning.keptBytes(found, this.#safe === undefined);
    const { header } = this.#beginning;
    const file = await open(this.path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      // What a crash has left behind the last whole piece goes.
      await file.truncate(kept);
      if (kept === 0) await writeAll(file, header);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#end =
      kept === 0
        ? { bytes: header.length, crc: crc32(header) }
        : { bytes: kept, crc: crc32(found.subarray(0, kept)) };
    // What was there before is on stable storage.
    if (kept > 0) this.#safe = this.#end;
    this.#syncedMs = performance.now();
    return file;
  }
}

/** Undefined when it is shorter than that. */
const crcOf = (found: Uint8Array, bytes: number): number | undefined =>
  found.length < bytes ? undefined : crc32(found.subarray(0, bytes));

async function readIfThere(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errnoName(error) === 'ENOENT') return new Uint8Array();
    throw error;
  }
}
