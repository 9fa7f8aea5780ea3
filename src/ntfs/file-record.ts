import type { ByteRange } from '../block/range.ts';
import { type Attribute, parseAttributes } from './attribute.ts';
import { NtfsError } from './error.ts';
import { undoFixups } from './fixup.ts';
import { inHole } from './holes.ts';
import { shown, u16, u32 } from './little-endian.ts';
import { type Reference, readReference } from './reference.ts';
import type { RunLimits } from './run-list.ts';

/** An $MFT record that is in use. */
export interface FileRecord {
  readonly number: number;
  readonly sequence: number;
  readonly isDirectory: boolean;
  /** The file that this record extends; `undefined` in a base record. */
  readonly base: Reference | undefined;
  readonly attributes: readonly Attribute[];
  /** What is wrong inside; the attributes are those that could be understood all the same. */
  readonly damage?: NtfsError;
  /** Byte of the volume at which the record lies. */
  readonly position: number;
}

/** What can be said of one $MFT record. */
export type RecordState =
  | { readonly state: 'in-use'; readonly record: FileRecord }
  | { readonly state: 'free' }
  /** Some of its used bytes lie in a hole; `partial` holds what was outside. */
  | { readonly state: 'unreadable'; readonly partial?: FileRecord }
  | { readonly state: 'corrupt'; readonly error: NtfsError };

const HEADER_BYTES = 0x30;
const FLAG_IN_USE = 1;
const FLAG_DIRECTORY = 2;

/** Offset of the record's own number; there since NTFS 3.1, where the update sequence begins behind it. */
const OWN_NUMBER = 0x2c;

/**
 * Reads a FILE record; its fixups are undone in place, so `bytes` must belong to the caller. Unreadable bytes
 * behind the record's last used byte do no harm. Never throws.
 */
export function parseFileRecord(
  bytes: Uint8Array,
  holes: readonly ByteRange[],
  number: number,
  limits: RunLimits,
  position: number,
): RecordState {
  if (inHole(holes, 0, HEADER_BYTES)) return { state: 'unreadable' };
  const corrupt = (expected: string, found: string): RecordState => {
    const message = `The $MFT record ${number} is damaged: ${found}, expected ${expected}.`;
    return { state: 'corrupt', error: new NtfsError(message, { position, expected, found }) };
  };
  if (!hasFileSignature(bytes)) {
    // A record that was never used is zeros; the rest is checked so that a wiped sector is not taken for one.
    if (bytes.every((byte) => byte === 0)) return { state: 'free' };
    return corrupt('the signature "FILE"', shown(bytes, 0, 4));
  }
  if ((u16(bytes, 0x16) & FLAG_IN_USE) === 0) return { state: 'free' };
  const attributesAt = u16(bytes, 0x14);
  const usedBytes = u32(bytes, 0x18);
  if (
    usedBytes > bytes.length ||
    attributesAt < 0x28 ||
    attributesAt >= usedBytes ||
    attributesAt % 8 !== 0
  ) {
    return corrupt('attributes inside the record', `attributes from ${attributesAt} to ${usedBytes}`);
  }
  const torn = undoFixups(bytes, holes, usedBytes);
  if (torn !== undefined) return corrupt('a valid update sequence', torn);
  const base = readReference(bytes, 0x20);
  const parsed = parseAttributes(bytes, attributesAt, usedBytes, holes, limits, position);
  const record: FileRecord = {
    number,
    sequence: u16(bytes, 0x10),
    isDirectory: (u16(bytes, 0x16) & FLAG_DIRECTORY) !== 0,
    base: base.record === 0 && base.sequence === 0 ? undefined : base,
    attributes: parsed.attributes,
    position,
    ...(parsed.damage === undefined ? {} : { damage: parsed.damage }),
  };
  if (inHole(holes, 0, usedBytes)) return { state: 'unreadable', partial: record };
  return { state: 'in-use', record };
}

/** Whether the bytes begin like a FILE record. */
export function hasFileSignature(bytes: Uint8Array): boolean {
  return u32(bytes, 0) === 0x454c4946;
}

/** The record's own idea of its number; `undefined` before NTFS 3.1. Low 32 bits. */
export function ownRecordNumber(bytes: Uint8Array): number | undefined {
  return u16(bytes, 4) >= HEADER_BYTES ? u32(bytes, OWN_NUMBER) : undefined;
}
