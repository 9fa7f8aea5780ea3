import type { ByteRange } from '../block/range.ts';

/** Takes the commands of a special image, one call after the other has resolved. */
export interface CommandSink {
  /** All bytes before the first command. */
  header(bytes: Uint8Array): Promise<void> | void;
  /**
   * Goes on by `gap` clusters (0: not at all), to cluster `lcn`, then takes `clusters` of them; `bytes` is their data, of
   * which only the last may be shorter than a cluster, even empty. `lost`: what of it could not be read, in bytes of the
   * volume.
   */
  run(
    gap: number,
    lcn: number,
    clusters: number,
    bytes: Uint8Array,
    lost: readonly ByteRange[],
  ): Promise<void> | void;
  /** Resolves when everything is on stable storage, or has left the process. */
  finish(): Promise<void>;
  /** Instead of `finish`, when it ends early: brings to stable storage what can be gone on with. */
  leave?(): Promise<void>;
}
