import { ATTRIBUTE } from './attribute.ts';

/** Records of the system files (specification). */
export const SYSTEM_RECORD = {
  MFT: 0,
  MFT_MIRR: 1,
  LOG_FILE: 2,
  VOLUME: 3,
  ROOT: 5,
  BITMAP: 6,
  BOOT: 7,
  BAD_CLUS: 8,
  EXTEND: 11,
} as const;

/** Records below this one are the volume's own. */
export const FIRST_USER_RECORD = 24;

/**
 * Whether an attribute is part of the file system's structure rather than somebody's data: everything but $DATA,
 * and the $DATA of system files. Not the log, the list of bad clusters and the change journal, which are large and
 * of no use for finding files.
 *
 * `base` is the record of the file (not of the extension), `inExtend` whether its directory is $Extend.
 */
export function isMetadata(base: number, inExtend: boolean, type: number, name: string): boolean {
  if (base === SYSTEM_RECORD.BAD_CLUS) return false;
  if (type !== ATTRIBUTE.DATA) return true;
  if (base === SYSTEM_RECORD.LOG_FILE) return false;
  if (base < FIRST_USER_RECORD) return true;
  return inExtend && name !== '$J';
}

/** The $DATA of $BadClus that maps bad clusters: a sparse stream as long as the volume. */
export function isBadClusterMap(base: number, type: number, name: string): boolean {
  return base === SYSTEM_RECORD.BAD_CLUS && type === ATTRIBUTE.DATA && name === '$Bad';
}
