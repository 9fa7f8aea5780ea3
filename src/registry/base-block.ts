import { shown, u32 } from '../ntfs/little-endian.ts';
import { HiveError } from './error.ts';

/** The first 4096 bytes of a hive, and where all that follows begins. */
export const BASE_BLOCK_BYTES = 4096;

/** What a hive says of itself (the regf format, as it was found out by many). */
export interface BaseBlock {
  /** Counted up before a write to the hive begins, and after it has ended: equal when none was cut off. */
  readonly firstSequence: number;
  readonly secondSequence: number;
  /** Of the 508 bytes before it. */
  readonly checksumFits: boolean;
  /** Such as `1.3`. */
  readonly version: string;
  /** Offset of the root key's cell, counted from `BASE_BLOCK_BYTES`. */
  readonly rootCell: number;
  /** Bytes of all bins, which follow the base block. */
  readonly binsBytes: number;
}

const CHECKED_WORDS = 127;

/** Reads the base block in the first bytes of a hive or of one of its logs. Throws a `HiveError` when it is none. */
export function parseBaseBlock(bytes: Uint8Array): BaseBlock {
  if (bytes.length < 512 || shown(bytes, 0, 4) !== '"regf"') {
    throw new HiveError(0, 'the signature "regf"', shown(bytes, 0, 4));
  }
  return {
    firstSequence: u32(bytes, 4),
    secondSequence: u32(bytes, 8),
    checksumFits: u32(bytes, CHECKED_WORDS * 4) === baseChecksum(bytes),
    version: `${u32(bytes, 20)}.${u32(bytes, 24)}`,
    rootCell: u32(bytes, 36),
    binsBytes: u32(bytes, 40),
  };
}

/** The checksum of a base block: its words, one laid over the other; two values are never used. */
export function baseChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let word = 0; word < CHECKED_WORDS; word++) sum = (sum ^ u32(bytes, word * 4)) >>> 0;
  return sum === 0xffffffff ? 0xfffffffe : sum === 0 ? 1 : sum;
}
