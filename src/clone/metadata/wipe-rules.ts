import { SYSTEM_RECORD } from '../../ntfs/attribute-role.ts';

/** What is cleared of metadata before it leaves the machine. */
export interface WipeRules {
  /** Keep the times of files. */
  readonly keepTimes: boolean;
  /** Clear also what ntfsclone leaves: slack, deleted names, extended attributes, reparse targets, the log. */
  readonly strict: boolean;
}

/** What was cleared, in bytes, as far as ntfsclone counts it. */
export interface WipeTally {
  /** Behind the end of records in use. */
  slackBytes: number;
  /** Records of deleted files. */
  deletedBytes: number;
  /** Contents of small files, which lie in their records. */
  residentBytes: number;
  timeBytes: number;
  /** Records and index blocks that are damaged: what could not be told apart in them was cleared, too. */
  damagedBlocks: number;
}

/** A tally of nothing. */
export function emptyTally(): WipeTally {
  return { slackBytes: 0, deletedBytes: 0, residentBytes: 0, timeBytes: 0, damagedBlocks: 0 };
}

/** Records up to this one are the volume's own (measured: ntfsclone counts 0 to 11). */
export const LAST_SYSTEM_RECORD = 11;

/** Whether $DATA in this record is what somebody has written: streams of the root folder are, too. */
export const holdsContents = (record: number): boolean =>
  record > LAST_SYSTEM_RECORD || record === SYSTEM_RECORD.ROOT;
