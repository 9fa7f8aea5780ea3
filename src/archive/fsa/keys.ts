/** Marks at the beginning of the parts of an archive (format 002 of FSArchiver, read in its headers, measured). */
export const MAGIC = {
  /** First in each file. */
  volumeHead: 'FsA0',
  /** Last in each file. */
  volumeFoot: 'FsAE',
  /** Once, behind the first volume head. */
  archive: 'ArCh',
  /** What is known of a file system; all of them before the first content. */
  fileSystem: 'FsIn',
  /** The content of a file system begins. */
  begin: 'FsYs',
  /** What is known of archived folders. */
  folders: 'DiRs',
  /** A file, folder, link. */
  object: 'ObJt',
  /** A piece of content; its bytes follow. */
  block: 'BlKh',
  /** Behind the last piece of one file's content. */
  fileEnd: 'FiLf',
  /** The content of a file system ends. */
  end: 'DaEn',
} as const;

export type Magic = (typeof MAGIC)[keyof typeof MAGIC];

export const VOLUME_HEAD = { number: 0, archiveId: 1, format: 2, program: 3 } as const;
export const VOLUME_FOOT = { number: 0, archiveId: 1, isLast: 2 } as const;

export const ARCHIVE = {
  format: 1,
  program: 2,
  id: 3,
  created: 4,
  label: 5,
  type: 6,
  fileSystems: 7,
  compression: 8,
  compressionLevel: 9,
  encryption: 10,
  level: 13,
  leastVersion: 14,
} as const;

export const FILE_SYSTEM = {
  type: 1,
  mountPoint: 2,
  totalBytes: 3,
  usedBytes: 4,
  label: 5,
  uuid: 6,
  extOptions: 9,
  ntfsSectorBytes: 19,
  ntfsClusterBytes: 20,
  ntfsSerial: 24,
  mountOptions: 26,
  device: 27,
  cost: 28,
} as const;

export const OBJECT = {
  path: 2,
  type: 3,
  linkTarget: 4,
  hardLinkTo: 5,
  size: 8,
  modified: 12,
  md5: 13,
  groupCount: 14,
  groupOffset: 15,
  flags: 17,
} as const;

export const BLOCK = { realBytes: 1, offset: 2, storedBytes: 5, sum: 7 } as const;

export const FILE_END = { md5: 1 } as const;

export const COMPRESSION = ['', 'none', 'lzo', 'gzip', 'bzip2', 'lzma', 'lz4', 'zstd'] as const;
export const ENCRYPTION = ['', 'none', 'blowfish'] as const;

/** The types of objects, by their number. */
export const OBJECT_TYPES = [
  'unknown',
  'folder',
  'link',
  'hard-link',
  'character-device',
  'block-device',
  'pipe',
  'socket',
  'file',
  'small-file',
] as const;

export type ObjectType = (typeof OBJECT_TYPES)[number];
