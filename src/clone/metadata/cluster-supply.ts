import type { ByteRange } from '../../block/range.ts';

/** Where the clusters of a volume come from. */
export interface ClusterSupply {
  /**
   * Reads `length` clusters from `lcn` on; what lies behind the end of the device is left out. The bytes belong to the
   * caller until the next call. `lost`: what could not be read, in bytes from the first, ascending; its bytes are
   * markers. Rejects with a `CloneError` when that is not wanted.
   */
  read(
    lcn: number,
    length: number,
  ): Promise<{ readonly bytes: Uint8Array; readonly lost: readonly ByteRange[] }>;
}
