/** A stretch of a file's content that is missing. */
export interface MissingPiece {
  readonly offset: number;
  readonly length: number;
}

/** A file, or a stream of one, was copied. */
export interface FileCopied {
  readonly event: 'file';
  /** In the volume. */
  readonly path: string;
  /** Empty for the file's own content. */
  readonly stream: string;
  readonly destination: string;
  readonly sizeBytes: number;
  readonly missingBytes: number;
  /** The first thousand missing stretches. */
  readonly pieces: readonly MissingPiece[];
  readonly pieceCount: number;
  /** A part of the record is lost: the content may be longer, or other streams may be missing. */
  readonly isUnsure: boolean;
}

/**
 * `lost`: the content cannot be had; `folder-damaged`: names may be missing; `exists`: something of that name is there;
 * `refused`: encrypted; `failed`: the destination does not take it.
 */
export type CopyProblem = 'lost' | 'folder-damaged' | 'exists' | 'refused' | 'failed';

/** What became of a file while a volume is copied. */
export type CopyEvent =
  | FileCopied
  | {
      readonly event: 'problem';
      readonly path: string;
      readonly stream: string;
      readonly problem: CopyProblem;
      readonly message: string;
    }
  | { readonly event: 'stream-skipped'; readonly path: string; readonly stream: string }
  | { readonly event: 'note'; readonly path: string; readonly message: string };
