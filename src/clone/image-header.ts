import { signed, u8, u32, u64 } from '../ntfs/little-endian.ts';
import { CloneError } from './clone-error.ts';
import type { CloneGeometry } from './cluster-sink.ts';

/** The first bytes of ntfsclone's special image format (measured; versions 10.0 and 10.1, and those before). */
const MAGIC = '\0ntfsclone-image';
const MAJOR = 10;
const MINOR = 1;

/** Bytes of the header before 2006, which tells no place of the data: it follows at once. */
export const OLD_HEADER_BYTES = 46;
/** Bytes of the fields of the header since. */
export const HEADER_BYTES = 50;
/** The data of new images begins at a multiple of eight. */
const DATA_OFFSET = 56;

/** NTFS clusters: 2 MiB at most, and at least the smallest sector. */
const SMALLEST_CLUSTER = 256;
const LARGEST_CLUSTER = 2 ** 21;

export interface ImageHeader extends CloneGeometry {
  /** Such as `10.1`. Images from before 2006 have the version of NTFS there: `3.1`. */
  readonly version: string;
  /** Whether the header is the short one from before 2006. */
  readonly isOld: boolean;
  /** Clusters in the image, the stretch behind the last cluster not counted. */
  readonly usedClusters: number;
  /** Where the commands begin, in bytes of the image. */
  readonly dataOffset: number;
}

/** The header of a new image, up to its first command. */
export function encodeImageHeader(geometry: CloneGeometry, usedClusters: number): Uint8Array {
  const bytes = new Uint8Array(DATA_OFFSET);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  bytes[16] = MAJOR;
  bytes[17] = MINOR;
  view.setUint32(18, geometry.clusterBytes, true);
  view.setBigUint64(22, BigInt(geometry.deviceBytes), true);
  view.setBigInt64(30, BigInt(geometry.clusterCount), true);
  view.setBigUint64(38, BigInt(usedClusters), true);
  view.setUint32(46, DATA_OFFSET, true);
  return bytes;
}

/** Whether bytes begin like an image. */
export function hasImageMagic(bytes: Uint8Array): boolean {
  return [...MAGIC].every((letter, i) => bytes[i] === letter.charCodeAt(0));
}

/** Whether the header that begins with these 18 bytes is the short one. */
export function isOldHeader(bytes: Uint8Array): boolean {
  return u8(bytes, 16) < MAJOR;
}

/**
 * Reads a header of 46 (old) or 50 bytes. Throws a `CloneError` for what no volume can have: a restore must not begin
 * with it.
 */
export function decodeImageHeader(bytes: Uint8Array): ImageHeader {
  if (!hasImageMagic(bytes)) {
    throw new CloneError(
      'refused',
      'Input file is not an image! (invalid magic)',
      'Name an image that was saved with ntfsclone or Lifeboat.',
    );
  }
  const version = `${u8(bytes, 16)}.${u8(bytes, 17)}`;
  if (u8(bytes, 16) > MAJOR) {
    throw new CloneError(
      'refused',
      `Do not know how to handle image format version ${version}.`,
      'It was made by a newer program: use that one.',
    );
  }
  const clusterBytes = u32(bytes, 18);
  const deviceBytes = u64(bytes, 22);
  const clusterCount = signed(bytes, 30, 8);
  const usedClusters = u64(bytes, 38);
  const demand = (fits: boolean, what: string): void => {
    if (!fits)
      throw new CloneError(
        'refused',
        `The header of the image is damaged: ${what}.`,
        'Take another copy of the image.',
      );
  };
  const isPower = Number.isInteger(Math.log2(clusterBytes));
  demand(
    isPower && clusterBytes >= SMALLEST_CLUSTER && clusterBytes <= LARGEST_CLUSTER,
    `clusters of ${clusterBytes} bytes`,
  );
  if (
    clusterCount === undefined ||
    clusterCount < 1 ||
    !Number.isSafeInteger(clusterCount * clusterBytes * 2)
  ) {
    throw new CloneError(
      'refused',
      `The header of the image is damaged: ${clusterCount ?? 'too many'} clusters.`,
      'Take another copy of the image.',
    );
  }
  if (deviceBytes === undefined || deviceBytes < clusterCount * clusterBytes) {
    throw new CloneError(
      'refused',
      `The header of the image is damaged: ${clusterCount} clusters on a device of ${deviceBytes ?? 'too many'} bytes.`,
      'Take another copy of the image.',
    );
  }
  const isOld = isOldHeader(bytes);
  // A place before the end of the header is passed over, as ntfsclone does it (measured).
  const told = isOld ? OLD_HEADER_BYTES : u32(bytes, 46) | 0;
  return {
    version,
    isOld,
    clusterBytes,
    deviceBytes,
    clusterCount,
    usedClusters: usedClusters ?? 0,
    dataOffset: isOld ? OLD_HEADER_BYTES : Math.max(HEADER_BYTES, told),
  };
}
