import type { Outcome } from './outcome.ts';

/** A failing disk, or an image of one, as the engine sees it: sectors that can be asked for, never written. */
export interface Source {
  /** Size in bytes; not always a multiple of `sectorBytes` (an image file may have an odd tail). */
  readonly sizeBytes: number;
  /** The smallest readable unit: the device's logical sector, 512 or 4096 bytes; 512 for image files. */
  readonly sectorBytes: number;
  /** The unit in which the medium fails: the physical sector, a multiple of `sectorBytes`. */
  readonly physicalSectorBytes: number;
  /**
   * Reads `length` bytes at `offset` into the start of `into`, which came from `allocate`.
   * `offset` is a multiple of `sectorBytes`; so is `length`, unless the request ends at the end of the source.
   */
  read(offset: number, length: number, into: Uint8Array): Promise<Outcome>;
  /** Memory fit for direct I/O on this source (page-aligned), `bytes` long. */
  allocate(bytes: number): Uint8Array;
}

/** Where the saved sectors go: a file or a device, opened for writing. */
export interface Target {
  /** Writes all of `data` at `offset`. */
  write(offset: number, data: Uint8Array): Promise<Outcome>;
  /** Reads back what was written before: the engine never reads a sector of the source twice. */
  read(offset: number, length: number, into: Uint8Array): Promise<Outcome>;
  /**
   * Reads what the device itself holds, past the cache, of what was flushed before; undefined where that cannot be
   * had.
   */
  readBack(offset: number, length: number, into: Uint8Array): Promise<Outcome | undefined>;
  /** Returns `done` only when all that was written before the call is on stable storage. */
  flush(): Promise<Outcome>;
}
