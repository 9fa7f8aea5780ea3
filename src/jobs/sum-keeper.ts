import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
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
import { GrowingFile } from './growing-file.ts';

/** Saved stretches that are put together at most: a file that hangs must not let them pile up. */
const MOST_PENDING = 1000;

/** Keeps the checksums of what is saved while a job runs, in a file of its folder. */
export class SumKeeper {
  readonly path: string;
  readonly #file: GrowingFile;
  #pending: SavedSums[] = [];

  /** For a source of `sizeBytes` bytes; with `goesOn` those of earlier runs stay. */
  constructor(path: string, sizeBytes: number, goesOn: boolean) {
    this.path = path;
    this.#file = new GrowingFile(path, {
      // A file that is not the one that was begun is of another rescue: its sums are none of what is saved now.
      keptBytes: (found, isFirst) =>
        isFirst && goesOn ? (parseSumLog(found, sizeBytes, crc32)?.goodBytes ?? 0) : 0,
      header: sumHeader(sizeBytes, crc32),
    });
  }

  /** Takes in what was just saved at byte `start`. Nothing is written before `flush`. */
  note(start: number, data: Uint8Array): void {
    this.#pending.push(sumsOf(start, data, crc32));
    if (this.#pending.length >= MOST_PENDING) this.#gather();
  }

  /** Writes what was noted. Must not be called again before it has ended. */
  async flush(): Promise<void> {
    this.#gather();
    await this.#file.flush();
  }

  /** Puts what was noted on stable storage. */
  async close(): Promise<void> {
    this.#gather();
    await this.#file.close();
  }

  /** Makes a batch of what was noted: what is written again is written again whole. */
  #gather(): void {
    if (this.#pending.length === 0) return;
    this.#file.add(sumBatch(this.#pending, crc32));
    this.#pending = [];
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
