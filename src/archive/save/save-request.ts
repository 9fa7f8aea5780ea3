import type { AgreedDevice } from '../../block/agreed-device.ts';
import { ArchiveError } from '../archive-error.ts';

/** What is to be saved, and how. */
export interface SaveRequest {
  /** Path of the archive; `.fsa` is added when it is missing. */
  readonly archive: string;
  readonly sources: readonly string[];
  /** Devices as they were shown to somebody who agreed; others that have got their names meanwhile are refused. */
  readonly agreed?: readonly AgreedDevice[] | undefined;
  /** Of zstd, 1 to 22. */
  readonly level: number;
  readonly threads: number;
  /** Bytes of each file of the archive; undefined for one file of any size. */
  readonly splitBytes: number | undefined;
  readonly label: string | undefined;
  readonly exclude: readonly string[];
  /** Encrypts the contents, those in the side file too. */
  readonly password: string | undefined;
  readonly force: boolean;
}

/** The drive of the archive is full. */
export const noRoom = (archive: string): ArchiveError =>
  new ArchiveError(
    'failed',
    'no-space',
    `The drive of ${archive} is full; the unfinished archive was removed.`,
    'Choose a place with more room, a higher --level, or leave something out with --exclude.',
  );
