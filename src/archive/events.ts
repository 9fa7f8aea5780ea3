import type { Difference } from './compare/difference.ts';

/** What work on an archive is doing. */
export type ArchivePhase =
  | 'looking'
  | 'saving'
  | 'checking'
  | 'side-file'
  | 'verifying'
  | 'restoring'
  | 'mending'
  | 'comparing';

/** What is told while something is done with an archive, for front ends and as lines of JSON. */
export type ArchiveEvent =
  | { readonly event: 'phase'; readonly phase: ArchivePhase; readonly what?: string }
  | ArchiveProgress
  | { readonly event: 'note'; readonly code: string; readonly message: string }
  | SurveyEvent
  | TroubleEvent
  | ({ readonly event: 'difference'; readonly fileSystem: number } & Difference);

/** How far the current phase is. */
export interface ArchiveProgress {
  readonly event: 'progress';
  readonly phase: ArchivePhase;
  /** From 0 to 1; missing when it cannot be told. */
  readonly share?: number;
  /** Bytes gone through in this phase, of files or of the archive. */
  readonly bytes: number;
  readonly bytesPerSecond: number;
  /** Missing when it cannot be told. */
  readonly secondsLeft?: number;
  /** What is worked on now. */
  readonly path?: string;
  /** Size of the archive so far, while it is written. */
  readonly archiveBytes?: number;
}

/** What FSArchiver alone would lose of a volume, and what is left out. */
export interface SurveyEvent {
  readonly event: 'survey';
  readonly fileSystem: number;
  readonly source: string;
  readonly type: string;
  readonly label: string;
  readonly objects: number;
  readonly contentBytes: number;
  /** Goes into the side file; kinds with none are missing. */
  readonly kept: readonly { readonly kind: KeptKind; readonly count: number; readonly bytes: number }[];
  /** Paths that are not saved. */
  readonly leftOut: readonly { readonly path: string; readonly why: string; readonly bytes: number }[];
  /** Attributes that nothing keeps, by name, and how many objects have them. */
  readonly notKept: readonly { readonly name: string; readonly count: number }[];
}

export type KeptKind =
  | 'stream'
  | 'reparse'
  | 'compression'
  | 'sparse'
  | 'encryption'
  | 'extended'
  | 'object-id'
  | 'versions';

/** A file that could not be saved or restored as it is. */
export interface TroubleEvent {
  readonly event: 'trouble';
  readonly fileSystem: number;
  readonly path: string;
  readonly stream?: string;
  /**
   * `damaged`: saved with zeros in the place of what cannot be read; `lost`: not saved at all; `folder`: names in it may be
   * missing; `not-restored`: it is in the archive, but could not be put back.
   */
  readonly trouble: 'damaged' | 'lost' | 'folder' | 'not-restored';
  readonly lostBytes?: number;
  readonly message: string;
}

/** A question that only a person can answer. */
export interface ArchiveQuestion {
  readonly code: 'target-not-empty';
  readonly message: string;
  readonly advice: string;
  /** The target: its name is to be typed. */
  readonly target: string;
}

/** What work on an archive needs of whoever started it. */
export interface ArchivePorts {
  readonly emit: (event: ArchiveEvent) => void;
  /** Whether the user agrees. */
  readonly ask: (question: ArchiveQuestion) => Promise<boolean>;
  /** A clock in milliseconds. */
  readonly now: () => number;
}
