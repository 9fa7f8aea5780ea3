import type { VolumeReader } from '../ntfs/volume-reader.ts';

/** How much can go wrong with a fix. */
export type Risk = 'low' | 'medium' | 'high';

/** What could be done about a finding. Nothing is done yet. */
export interface Fix {
  /** What is done, as a sentence. */
  readonly does: string;
  readonly risk: Risk;
  /** What may come of it besides, in a sentence; empty when nothing is known. */
  readonly beware: string;
  /** Done only when it is asked for by its own name: what it costs is for a person to decide. */
  readonly onlyByName: boolean;
  readonly change: Change;
}

/** How a disk is changed. */
export type Change = ByteChange | FileChange | FirmwareChange;

/** Single bytes are replaced, in the order of `pieces`. */
export interface ByteChange {
  readonly kind: 'bytes';
  readonly pieces: readonly Piece[];
}

/** Bytes at a place of the disk. */
export interface Piece {
  /** Byte of the disk. */
  readonly start: number;
  readonly before: Uint8Array;
  /** As long as `before`. */
  readonly after: Uint8Array;
  /** What these bytes are, for people: `hidden sectors, in the boot sector of partition 1`. */
  readonly what: string;
}

/**
 * Files of a volume are written or removed. A driver does it on a copy that only it sees, and what it has changed there
 * becomes a `ByteChange`.
 */
export interface FileChange {
  readonly kind: 'files';
  readonly fileSystem: 'ntfs' | 'fat';
  /** Where the volume lies on the disk, in bytes. */
  readonly startBytes: number;
  readonly sizeBytes: number;
  readonly steps: readonly FileStep[];
}

/** One change of a file. Paths are from the root of the volume, joined by '/', in the letters that are there. */
export type FileStep =
  /** Writes the file anew, or makes it, not compressed; the folders above are made as well. */
  | { readonly do: 'write'; readonly path: string; readonly content: VolumeReader }
  /** Writes new content into the file that is there; all else about it stays. */
  | { readonly do: 'overwrite'; readonly path: string; readonly content: VolumeReader }
  /** Removes the file in which Windows keeps its memory while it sleeps. */
  | { readonly do: 'wake' }
  /** Empties the log of NTFS, and has Windows check the volume at its next start. */
  | { readonly do: 'empty-log' };

/** An entry is added to the firmware of this computer. */
export interface FirmwareChange {
  readonly kind: 'firmware';
  readonly partitionNumber: number;
  /** As the firmware writes it: `\EFI\Microsoft\Boot\bootmgfw.efi`. */
  readonly loader: string;
  readonly label: string;
}

/** A fix of single bytes. */
export function byteFix(
  does: string,
  risk: Risk,
  pieces: readonly Piece[],
  { beware = '', onlyByName = false }: Partial<Pick<Fix, 'beware' | 'onlyByName'>> = {},
): Fix {
  return { does, risk, beware, onlyByName, change: { kind: 'bytes', pieces } };
}

/** A fix that writes files. */
export function fileFix(
  does: string,
  risk: Risk,
  change: Omit<FileChange, 'kind'>,
  { beware = '', onlyByName = false }: Partial<Pick<Fix, 'beware' | 'onlyByName'>> = {},
): Fix {
  return { does, risk, beware, onlyByName, change: { kind: 'files', ...change } };
}
