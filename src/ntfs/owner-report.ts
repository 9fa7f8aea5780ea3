import type { LostPiece } from './lost-pieces.ts';
import type { NtfsNote } from './note.ts';

/** One attribute that lost bytes, or one file whose record is lost. */
export interface LostHolder {
  /** The file's base record. */
  readonly record: number;
  /** Such as `Users/x/a.txt`; `<orphan>/a.txt` without its folders; `<record 77>` without any name. */
  readonly path: string;
  /** The file's other hard links. */
  readonly otherPaths: readonly string[];
  /** Name of a $DATA attribute beside the main one; else empty. */
  readonly stream: string;
  /** Type of the attribute, such as `$DATA`; `FILE record` when the file's own record is what is lost. */
  readonly attribute: string;
  readonly kind: 'file' | 'directory' | 'system';
  /** Bytes of the attribute's content; 0 when not known. */
  readonly sizeBytes: number;
  /** Bytes of content that are lost. */
  readonly lostBytes: number;
  /** Lost bytes behind the content, where nothing was. */
  readonly slackBytes: number;
  /** Lost bytes on the volume that belong to this holder; those of a lost record count for $MFT. */
  readonly diskBytes: number;
  /** The first lost stretches, in the order of the file's records: a thousand, fewer when very many files are hit. */
  readonly pieces: readonly LostPiece[];
  /** Number of all lost stretches. */
  readonly pieceCount: number;
  /** The record that says where the content lies is lost: the content, lost or not, cannot be reached. */
  readonly recordLost?: true;
}

/** Whose the lost bytes are. Every lost byte is in a holder, among the omitted, free, or unknown. */
export interface OwnerReport {
  readonly files: readonly LostHolder[];
  /** Fragments of files that were left out because there are too many, and lost records likewise. */
  readonly omittedFiles: number;
  /** Lost bytes on the volume of those. */
  readonly omittedBytes: number;
  /** Lost bytes that nobody used. */
  readonly freeBytes: number;
  /** Lost bytes that were used, or may have been, by nobody that is known. */
  readonly unknownBytes: number;
  readonly notes: readonly NtfsNote[];
}
