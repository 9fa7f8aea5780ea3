import type { ByteRange } from '../block/range.ts';

/**
 * Takes clusters of a volume and makes something of them: an image, a file, a device, a stream. Calls may overlap and
 * take effect in the order in which they were made.
 */
export interface ClusterSink {
  /**
   * Takes whole clusters that lie one behind the other, from `lcn` on. Only what lies behind the last cluster of the
   * volume (`lcn` is the number of its clusters; the backup boot sector is there) may be shorter than a cluster, even
   * empty; an empty one before that is a step in an image, and nothing elsewhere. `bytes` may be used again once the
   * promise has resolved. `lost`: what of it could not be read, in bytes of the volume. Rejects with a `CloneError`.
   */
  used(lcn: number, bytes: Uint8Array, lost?: readonly ByteRange[]): Promise<void>;
  /** Resolves when everything is on stable storage, or has left the process. No call may follow. */
  finish(): Promise<void>;
  /** Instead of `finish`, when it ends early: brings to stable storage what can be gone on with. */
  leave?(): Promise<void>;
}

/** Takes a stream of bytes, in order. */
export interface ByteSink {
  /**
   * Copies `bytes`. `undefined` when there was room at once; else a promise for when they are taken in. The next call
   * must wait for that.
   */
  put(bytes: Uint8Array): Promise<void> | undefined;
  /** Resolves when everything is on stable storage, or has left the process. */
  finish(): Promise<void>;
}

/** Takes bytes at any place, also several at a time. */
export interface ByteTarget {
  /** Writes all of `bytes` at `position` (bytes from the start of the target). */
  writeAt(position: number, bytes: Uint8Array): Promise<void>;
  /** Resolves when everything is on stable storage, and closes. */
  finish(): Promise<void>;
}

/** What every sink has to know of the volume. */
export interface CloneGeometry {
  readonly clusterBytes: number;
  /** Clusters of the volume. */
  readonly clusterCount: number;
  /** Bytes of the device that the volume is on; what lies behind its last cluster counts. */
  readonly deviceBytes: number;
}

/**
 * Bytes behind the last cluster that belong to a clone (measured): what is left of the device, at most one cluster.
 * The backup boot sector is among them, unless the device has none.
 */
export function tailBytes({ clusterBytes, clusterCount, deviceBytes }: CloneGeometry): number {
  return Math.max(0, Math.min(clusterBytes, deviceBytes - clusterCount * clusterBytes));
}

/** Length of a raw clone in bytes. */
export function cloneBytes(geometry: CloneGeometry): number {
  return geometry.clusterCount * geometry.clusterBytes + tailBytes(geometry);
}
