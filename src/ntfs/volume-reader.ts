import type { ByteRange } from '../block/range.ts';

/** Bytes of a volume with the parts that could not be read named. */
export interface Chunk {
  /** As long as was asked for; zero inside `holes`. */
  readonly bytes: Uint8Array;
  /** What could not be read, as ascending disjoint ranges relative to the start of `bytes`, whole sectors. */
  readonly holes: readonly ByteRange[];
}

/**
 * All that the NTFS room knows of the world: bytes of one volume, some of which cannot be had.
 * Offsets count from the start of the volume (its boot sector). `read` never throws for unreadable sectors;
 * it rejects with a `RangeError` when the request leaves the volume.
 */
export interface VolumeReader {
  readonly sizeBytes: number;
  read(offset: number, length: number): Promise<Chunk>;
}
