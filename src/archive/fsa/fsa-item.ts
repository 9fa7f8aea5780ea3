import type { Dico } from './dico.ts';
import type { FsaError, FsaPlace } from './fsa-error.ts';
import type { Magic } from './keys.ts';

/** A part of an archive, in the order of the archive. */
export type FsaItem = FsaHeader | FsaBlock | FsaDamage;

/** A header of any kind but that of a block. */
export interface FsaHeader {
  readonly kind: 'header';
  readonly magic: Exclude<Magic, 'BlKh'>;
  /** Number of the file system it belongs to; 65535 for none. */
  readonly fileSystem: number;
  readonly dico: Dico;
  readonly place: FsaPlace;
}

/** A piece of content. */
export interface FsaBlock {
  readonly kind: 'block';
  readonly fileSystem: number;
  /** Byte of the file's content at which it begins. */
  readonly offset: number;
  /** Its bytes in the file, and as they are stored. */
  readonly realBytes: number;
  readonly storedBytes: number;
  /** Whether its checksum is right; undefined when it was not looked at. */
  readonly sumFits: boolean | undefined;
  readonly place: FsaPlace;
}

/** Something is not as it should be. Reading goes on behind it where another part can be found. */
export interface FsaDamage {
  readonly kind: 'damage';
  /** `missing-volume` and `cut` end the archive; `header` and `stray` are passed over. */
  readonly code: 'missing-volume' | 'wrong-volume' | 'cut' | 'header' | 'stray' | 'unreadable';
  readonly error: FsaError;
}

export interface ReadOptions {
  /** Read the blocks and compare their checksums; else they are jumped over. */
  readonly checkBlocks: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told the bytes of all files that were gone through so far. */
  readonly onProgress?: (bytes: number) => void;
}
