import type { CloneGeometry } from './cluster-sink.ts';
import type { CompressedImage } from './compressed/compressed-image.ts';
import type { ImageDamage } from './compressed/verify-compressed.ts';
import type { ImageHeader } from './image-header.ts';

/** What is being done, in the order in which it is done. */
export type ClonePhase =
  | 'scanning'
  | 'accounting'
  | 'cloning'
  | 'saving'
  | 'restoring'
  | 'testing'
  | 'syncing';

/** Who wants to know what a clone, an image or a restore is doing. All calls are short and must not throw. */
export interface CloneListener {
  /** The volume was opened. `version`: such as `3.1`. */
  volume(geometry: CloneGeometry, version: string): void;
  /** The header of an image was read; `compressed` tells more of one that Lifeboat compressed. */
  image(header: ImageHeader, compressed?: CompressedImage): void;
  phase(phase: ClonePhase): void;
  /**
   * `done` of `total` steps of this phase: records, or clusters. It may pass `total` where an image holds clusters
   * twice.
   */
  progress(done: number, total: number): void;
  /** Clusters in use, before the bad ones are left out. */
  space(usedClusters: number, geometry: CloneGeometry): void;
  /** An earlier run has saved so many clusters. */
  goesOn(clusters: number, geometry: CloneGeometry): void;
  /** A cluster that `$Bitmap` and the files do not agree on; the first ten are told one by one. */
  mismatch(cluster: number, kind: 'missing' | 'extra'): void;
  /** How many such clusters there are; `overruled` when they are no reason to end. */
  mismatches(count: number, overruled: boolean): void;
  /** A cluster of two files, which was overruled. */
  referencedTwice(cluster: number): void;
  /** NTFS has taken clusters out of use; they are left out. */
  badClusters(clusters: number): void;
  /** Sectors that could not be read and are marked in the copy: bytes of the volume. */
  lost(start: number, end: number, sectorBytes: number): void;
  /** A place of an image is damaged: bytes of its file. */
  damaged(damage: ImageDamage): void;
  /** A volume got a new serial number: 16 hexadecimal digits. */
  newSerial(serial: string): void;
  /** Something the user should know, in one sentence. */
  note(text: string): void;
}
