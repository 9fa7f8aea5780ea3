import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { writeAll } from '../block/durable-file.ts';
import { errnoName } from '../block/errno.ts';
import {
  parseSumLog,
  type SavedSums,
  type SumLog,
  SummedUnits,
  sumBatch,
  sumHeader,
  sumsOf,
} from '../rescue/sum-log.ts';

/** Keeps the checksums of what is saved while a job runs, in a file of its folder. */
export class SumKeeper {
  readonly path: string;
  readonly #sizeBytes: number;
  readonly #goesOn: boolean;
  #pending: SavedSums[] = [];
  #file: FileHandle | undefined;
  #endBytes = 0;

  /** For a source of `sizeBytes` bytes; with `goesOn` those of earlier runs stay. */
  constructor(path: string, sizeBytes: number, goesOn: boolean) {
    this.path = path;
    this.#sizeBytes = sizeBytes;
    this.#goesOn = goesOn;
  }

  /** Takes in what was just saved at byte `start`. Nothing is written before `flush`. */
  note(start: number, data: Uint8Array): void {
    this.#pending.push(sumsOf(start, data, crc32));
  }

  /** Writes what was noted. Must not be called again before it has ended. */
  async flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const file = await this.#opened();
    const saved = this.#pending;
    this.#pending = [];
    const bytes = sumBatch(saved, crc32);
    await writeAll(file, bytes, this.#endBytes);
    this.#endBytes += bytes.length;
  }

  /** Puts what was noted on stable storage. */
  async close(): Promise<void> {
    await this.flush();
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  async #opened(): Promise<FileHandle> {
    if (this.#file !== undefined) return this.#file;
    const before =
      this.#endBytes === 0 && this.#goesOn ? await loadSums(this.path, this.#sizeBytes) : undefined;
    const file = await open(this.path, constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#file = file;
    if (this.#endBytes > 0) return file;
    // What a crash has left behind the last whole batch goes; so does all of another source's.
    await file.truncate(before?.goodBytes ?? 0);
    this.#endBytes = before?.goodBytes ?? 0;
    if (before === undefined) {
      const header = sumHeader(this.#sizeBytes, crc32);
      await writeAll(file, header);
      this.#endBytes = header.length;
    }
    return file;
  }
}

/** The checksums in a file; undefined when there are none of a source of that size. Rejects when it cannot be read. */
async function loadSums(path: string, sizeBytes: number): Promise<SumLog | undefined> {
  try {
    return parseSumLog(await readFile(path), sizeBytes, crc32);
  } catch (error) {
    if (errnoName(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** All units of which a job knows the checksum. */
export async function loadUnits(path: string, sizeBytes: number): Promise<SummedUnits> {
  return (await loadSums(path, sizeBytes))?.units ?? new SummedUnits();
}
