import { cachedReader } from '../ntfs/cached-reader.ts';
import { inHole, readClamped } from '../ntfs/holes.ts';
import { shown, u32 } from '../ntfs/little-endian.ts';
import { type BaseBlock, parseBaseBlock } from './base-block.ts';
import type { HiveBytes } from './cells.ts';
import { HiveError } from './error.ts';

/** Logs of Windows 8.1 and later hold entries, older ones a map of changed sectors. */
const ENTRIES_AT = 512;
const NEW_ENTRY = '"HvLE"';
const OLD_MAP = '"DIRT"';
const ENTRY_SEQUENCE_AT = 12;

/**
 * Why a hive must not be written to, as a clause: it was not closed properly, or a log beside it (`NAME.LOG1` and so
 * on) holds changes that Windows will write into it at the next start, over whatever was patched. `undefined` when it
 * was closed properly.
 */
export async function whyNotClean(base: BaseBlock, logs: readonly HiveBytes[]): Promise<string | undefined> {
  const { firstSequence, secondSequence } = base;
  if (!base.checksumFits) return 'the checksum of its header is wrong';
  if (firstSequence !== secondSequence) {
    return `it was not closed properly (its sequence numbers are ${firstSequence} and ${secondSequence})`;
  }
  for (const log of logs) {
    if (await holdsChanges(log, secondSequence))
      return 'its log holds changes that were not written into it yet';
  }
  return undefined;
}

async function holdsChanges(log: HiveBytes, sequence: number): Promise<boolean> {
  if (log.sizeBytes < ENTRIES_AT + 16) return false;
  const { bytes, holes } = await readClamped(log, 0, ENTRIES_AT + 16);
  // What cannot be read may hold anything.
  if (inHole(holes, 0, ENTRIES_AT + 16)) return true;
  let base: BaseBlock;
  try {
    base = parseBaseBlock(bytes);
  } catch (error) {
    // A log that was never used is empty, or zeros.
    if (error instanceof HiveError) return false;
    throw error;
  }
  if (!base.checksumFits) return false;
  if (shown(bytes, ENTRIES_AT, 4) === OLD_MAP) return ahead(base.firstSequence, sequence) > 0;
  const last = await lastEntry(log);
  return last !== undefined && ahead(last, sequence) >= 0;
}

/** The number of the last of the entries that follow each other; `undefined` when there is none. */
async function lastEntry(log: HiveBytes): Promise<number | undefined> {
  const reader = cachedReader(log);
  let last: number | undefined;
  let at = ENTRIES_AT;
  for (let i = 0; i < MOST_ENTRIES; i++) {
    const { bytes } = await readClamped(reader, at, 16);
    const number = u32(bytes, ENTRY_SEQUENCE_AT);
    // What comes out of turn is left from an earlier use of the log.
    if (shown(bytes, 0, 4) !== NEW_ENTRY || (last !== undefined && ahead(number, last) !== 1)) return last;
    last = number;
    const size = u32(bytes, 4);
    if (size === 0 || size % ENTRY_ALIGNMENT !== 0) return last;
    at += size;
  }
  return last;
}

const ENTRY_ALIGNMENT = 512;
const MOST_ENTRIES = 10_000;

/** How far one number is ahead of another; they begin anew after 2^32. */
const ahead = (one: number, other: number): number => (one - other) | 0;
