/** The side file's form, in numbers. docs/archive.md describes it. */

export const SIDE_MAGIC = 'LIFEBOATSIDE';
export const SIDE_VERSION = 1;
/** Magic, version and flags. */
export const FILE_HEADER_BYTES = 16;
export const CHUNK_HEADER_BYTES = 16;
/** Set in the flags of the file when the chunks behind its head are encrypted. */
export const FLAG_ENCRYPTED = 1;
/** Set in the flags of a chunk whose content is compressed with zstd. */
export const FLAG_ZSTD = 1;

/** A larger chunk is none of ours: nothing larger is ever kept in memory. */
export const MAX_CHUNK_BYTES = 16 * 2 ** 20;
/** What encryption adds to a chunk. */
export const TAG_BYTES = 16;
/** Content number and offset before the bytes of a `data` chunk. */
export const DATA_HEADER_BYTES = 12;

/** Types of chunks, by the letter that stands for them. */
export const CHUNK = {
  /** JSON: which archive, made by what. First, and never encrypted. */
  head: 0x48,
  /** JSON: a volume; what follows is of it, up to the next. */
  volume: 0x56,
  /** Lines of JSON: security descriptors. */
  security: 0x53,
  /** Lines of JSON: objects, further names, what was left out. */
  objects: 0x4f,
  /** Bytes of a content. */
  data: 0x44,
  /** JSON: counts, and the checksum of everything before. Last. */
  end: 0x45,
} as const;

export type ChunkType = (typeof CHUNK)[keyof typeof CHUNK];

/** A side file that is not what it should be. The message is one sentence for people. */
export class SideFileError extends Error {
  /** Byte of the side file. */
  readonly position: number;
  readonly expected: string;
  readonly found: string;

  constructor(message: string, position: number, expected: string, found: string) {
    super(message);
    this.name = 'SideFileError';
    this.position = position;
    this.expected = expected;
    this.found = found;
  }
}

/** The first chunk. */
export interface SideHead {
  /** Version of Lifeboat that wrote it. */
  readonly program: string;
  /** ISO 8601. */
  readonly created: string;
  /** Of the archive it belongs to, eight hexadecimal digits. */
  readonly archiveId: string;
  /** How the key is made of the password; missing when nothing is encrypted. */
  readonly key?: SideKeyForm;
}

/** Parameters of scrypt. */
export interface SideKeyForm {
  /** Hexadecimal. */
  readonly salt: string;
  readonly cost: number;
}

/** What is kept of a volume as a whole. */
export interface SideVolume {
  /** Number of the file system in the archive. */
  readonly fileSystem: number;
  /** Device or image it was saved from. */
  readonly source: string;
  readonly label: string;
  /** NTFS version such as `3.1`. */
  readonly version: string;
  /** 16 hexadecimal digits. */
  readonly serial: string;
  readonly sectorBytes: number;
  readonly clusterBytes: number;
  readonly volumeBytes: number;
  /** The first 8192 bytes of the volume, $Boot, base64; missing when they could not be read. */
  readonly boot?: string;
  /** Byte of its disk at which the partition began; missing when it was none. */
  readonly partitionStartBytes?: number;
}

/** A path that was not saved, and is not missed. */
export interface SideLeftOut {
  readonly kind: 'left-out';
  readonly path: string;
  /** `system`: Windows makes it anew; `excluded`: the user wanted it so. */
  readonly why: 'system' | 'excluded';
  /** Bytes of its own content, where known. */
  readonly sizeBytes?: number;
}

/** A security descriptor, by the sum that objects name. */
export interface SideSecurity {
  readonly sum: string;
  /** Base64. */
  readonly descriptor: string;
}

/** The last chunk. */
export interface SideEnd {
  readonly chunks: number;
  readonly objects: number;
  readonly contents: number;
  readonly contentBytes: number;
  /** Of all bytes before this chunk, hexadecimal. */
  readonly sha256: string;
}
