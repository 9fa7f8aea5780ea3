/** What a path names, told by its kind. Made by `describePath`. */
export type PathFacts = MissingFacts | DirectoryFacts | FileFacts | BlockFacts | OtherFacts;

/** The filesystem on which something lies. */
export interface FileSystemFacts {
  /** Such as `ext4`, `fuseblk`; undefined when /proc does not tell. */
  readonly fileSystem?: string;
  /** `major:minor` of the block device the filesystem lives on; undefined when it lives on none. */
  readonly hostDevice?: string;
  /** Bytes that a program without privileges may still write there; undefined when it does not say. */
  readonly freeBytes?: number;
}

/** Nothing is there (or a symbolic link that leads nowhere). The filesystem is that of the parent directory. */
export interface MissingFacts extends FileSystemFacts {
  readonly kind: 'missing';
  /** The path as it was given. */
  readonly path: string;
  /** The directory in which it would be, absolute, without symbolic links where it exists. */
  readonly parent: string;
  /** Whether `parent` exists and is a directory. */
  readonly parentExists: boolean;
  /** True when the path itself is a symbolic link to something that is not there. */
  readonly danglingLink: boolean;
}

/** A directory. */
export interface DirectoryFacts extends FileSystemFacts {
  readonly kind: 'directory';
  readonly path: string;
  readonly realPath: string;
}

/** A regular file. `dev` and `ino` together name the file whatever its path. */
export interface FileFacts extends FileSystemFacts {
  readonly kind: 'file';
  /** The path as it was given. */
  readonly path: string;
  /** Absolute, without symbolic links. */
  readonly realPath: string;
  /** `major:minor` of `st_dev`. */
  readonly dev: string;
  /** The inode number in decimal: it may exceed what a number holds exactly. */
  readonly ino: string;
  readonly sizeBytes: number;
  /** Bytes of disk that it occupies: less than the size when it is sparse. */
  readonly allocatedBytes: number;
}

/** A block device, known from sysfs alone: it was never opened. */
export interface BlockFacts {
  readonly kind: 'block';
  /** The path as it was given. */
  readonly path: string;
  /** Absolute, without symbolic links. */
  readonly realPath: string;
  /** The kernel's name, such as `sda1`. */
  readonly name: string;
  readonly majorMinor: string;
  readonly sizeBytes: number;
  readonly logicalSectorBytes: number;
  /** A multiple of `logicalSectorBytes`. */
  readonly physicalSectorBytes: number;
  readonly readOnly: boolean;
  readonly rotational: boolean;
  /** The whole disk: the same as `name` unless this is a partition. */
  readonly diskName: string;
  readonly diskMajorMinor: string;
  readonly partitionNumber?: number;
  readonly partitionStartBytes?: number;
  /** Of the whole disk. */
  readonly model?: string;
  /** Of the whole disk. */
  readonly serial?: string;
  /** The kernel's running number of this attachment of the disk (since Linux 5.15): another one, another disk. */
  readonly diskSequence?: number;
  readonly loopBackingFile?: LoopBackingFile;
}

/** What lies behind a loop device. */
export interface LoopBackingFile {
  /** As the kernel remembers it; ends with ` (deleted)` when the name is gone. */
  readonly path: string;
  /** `major:minor` of the filesystem; undefined when the file cannot be found under `path` any more. */
  readonly dev?: string;
  /** Inode number in decimal; undefined like `dev`. */
  readonly ino?: string;
  /** `major:minor` of the device behind it, when the backing "file" is itself a block device. */
  readonly majorMinor?: string;
}

/** Something that can be neither source nor target. */
export interface OtherFacts {
  readonly kind: 'other';
  readonly path: string;
  /** In plain words with an article: `a character device`, `a named pipe`, `a path that cannot be looked at`. */
  readonly what: string;
  /** Why it could not be looked at, such as `EACCES`. */
  readonly errno?: string;
}
