import type { BootSector } from '../../ntfs/boot-sector.ts';
import { u16, u32 } from '../../ntfs/little-endian.ts';

const FILE = 0x454c4946;
const FLAG_IN_USE = 1;
/** $MFTMirr holds four records, or a cluster of them. */
const LEAST_MIRRORED = 4;

/**
 * The wiped records of $MFT that have a copy in $MFTMirr, as far as they are in use: on volumes with large clusters the
 * copies behind the first four are of long ago, and ntfsclone's second pass brings them up to date (measured).
 */
export class FirstRecords {
  readonly #most: number;
  readonly #records = new Map<number, Uint8Array>();

  constructor({ clusterBytes, recordBytes }: BootSector) {
    this.#most = Math.max(LEAST_MIRRORED, clusterBytes / recordBytes);
  }

  /** Keeps a copy of a wiped record, if it is one that is mirrored and in use. */
  keep(number: number, bytes: Uint8Array): void {
    const isInUse = u32(bytes, 0) === FILE && (u16(bytes, 0x16) & FLAG_IN_USE) !== 0;
    if (number < this.#most && isInUse) this.#records.set(number, bytes.slice());
  }

  get(number: number): Uint8Array | undefined {
    return this.#records.get(number);
  }
}
