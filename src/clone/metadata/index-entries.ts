import { ATTRIBUTE } from '../../ntfs/attribute.ts';
import { u16, u32 } from '../../ntfs/little-endian.ts';
import { padded } from './attribute-layout.ts';
import { fileNameBytes, wipeFileName } from './file-name-value.ts';
import { wipeTimes } from './timestamp.ts';
import type { WipeRules } from './wipe-rules.ts';

/** What the keys of an index are, as far as something of them is cleared. */
export type IndexKind = 'names' | 'quotas' | 'object-ids' | 'other';

const HEADER_BYTES = 16;
const ENTRY_BYTES = 16;
/** An entry begins with the reference to its file. */
const REFERENCE_BYTES = 8;
const FLAG_HAS_CHILD = 1;
const FLAG_LAST = 2;
/** Where the block is that holds the entries before this one. */
const CHILD_BYTES = 8;
/** In a quota entry: its version, and the time of its last change. */
const QUOTA_VERSION = 2;
const QUOTA_TIME = 16;
/** The index of object ids: its keys, and what is known of each: a file reference and three more ids. */
const GUID_BYTES = 16;
const OBJECT_DATA_BYTES = 56;

/** What a node of an index has come to. */
export interface WipedNode {
  readonly timeBytes: number;
  /** False when the chain of entries is broken: everything behind the break was cleared. */
  readonly whole: boolean;
}

/**
 * Wipes one node of an index: `bytes` from its index header on, up to the end of the block or attribute. Its entries begin
 * `reserved` bytes behind the header or later. The chain of entries is followed to its last one; where it leaves the
 * node or does not go on, the rest is cleared, so that nothing that was not looked at gets through.
 */
export function wipeIndexNode(
  bytes: Uint8Array,
  reserved: number,
  kind: IndexKind,
  rules: WipeRules,
): WipedNode {
  const end = Math.min(bytes.length, u32(bytes, 4));
  const first = Math.min(bytes.length, HEADER_BYTES + padded(reserved));
  let timeBytes = 0;
  let at = u32(bytes, 0);
  if (at < first || at > end) at = first;
  bytes.fill(0, first, at);
  for (let isLast = false; !isLast; ) {
    const length = at + ENTRY_BYTES <= end ? u16(bytes, at + 8) : 0;
    const flags = u16(bytes, at + 12);
    const bodyBytes = length - ((flags & FLAG_HAS_CHILD) !== 0 ? CHILD_BYTES : 0);
    const isInside = bodyBytes >= ENTRY_BYTES && length % 8 === 0 && at + length <= end;
    const body = bytes.subarray(at, isInside ? at + bodyBytes : at);
    isLast = (flags & FLAG_LAST) !== 0;
    const strictly = !rules.strict || headerMakesSense(bytes, at);
    if (!isInside || !strictly || !keyMakesSense(body, isLast, kind, rules)) {
      bytes.fill(0, at);
      return { timeBytes, whole: false };
    }
    if (isLast) clearLast(body, rules);
    else timeBytes = counted(kind, timeBytes, wipeEntry(body, kind, rules));
    at += length;
  }
  if (rules.strict) bytes.fill(0, at);
  return { timeBytes, whole: true };
}

/**
 * Whether the key lies in its entry, and a name fills its key. In a chain that a wrong length has led into the middle of an
 * entry it does not: there a time would pass for a size.
 */
function keyMakesSense(entry: Uint8Array, isLast: boolean, kind: IndexKind, rules: WipeRules): boolean {
  const keyBytes = u16(entry, 10);
  if (isLast) return keyBytes === 0 || !rules.strict;
  if (ENTRY_BYTES + keyBytes > entry.length) return false;
  return kind !== 'names' || keyBytes === fileNameBytes(entry.subarray(ENTRY_BYTES));
}

/** Whether an entry has no flags but the known ones, and a child, if any, at a place that an index can have. */
function headerMakesSense(bytes: Uint8Array, at: number): boolean {
  const flags = u32(bytes, at + 12);
  if (flags > (FLAG_HAS_CHILD | FLAG_LAST)) return false;
  return (flags & FLAG_HAS_CHILD) === 0 || u32(bytes, at + u16(bytes, at + 8) - CHILD_BYTES / 2) === 0;
}

/** The last entry has no key, and the reference to a file in it means nothing. */
function clearLast(entry: Uint8Array, rules: WipeRules): void {
  entry.fill(0, ENTRY_BYTES);
  if (rules.strict) entry.fill(0, 0, REFERENCE_BYTES);
}

/** ntfsclone counts the time of one quota entry in a node, and clears those of all (measured). */
function counted(kind: IndexKind, before: number, more: number): number {
  return kind === 'quotas' ? Math.max(before, more) : before + more;
}

function wipeEntry(entry: Uint8Array, kind: IndexKind, rules: WipeRules): number {
  const keyBytes = u16(entry, 10);
  switch (kind) {
    case 'names': {
      // What follows the name is up to 7 bytes of padding.
      const keyEnd = ENTRY_BYTES + keyBytes;
      entry.fill(0, Math.min(entry.length, rules.strict ? keyEnd : padded(keyEnd)));
      return wipeFileName(entry.subarray(ENTRY_BYTES, keyEnd), rules);
    }
    case 'quotas': {
      const data = u16(entry, 0);
      if (rules.keepTimes || data < ENTRY_BYTES || u32(entry, data) !== QUOTA_VERSION) return 0;
      return wipeTimes(entry, data + QUOTA_TIME, 1);
    }
    case 'object-ids':
      // Not the index of the same name that belongs to quotas: its keys have other lengths. The reference to the file,
      // which the data begin with, tells nothing of anybody.
      if (rules.strict && keyBytes === GUID_BYTES && u16(entry, 2) === OBJECT_DATA_BYTES) {
        entry.fill(0, ENTRY_BYTES, ENTRY_BYTES + keyBytes);
        entry.fill(0, u16(entry, 0) + 8);
      }
      return 0;
    case 'other':
      return 0;
  }
}

/** What is cleared in the entries of an index of this name and of keys of this attribute type. */
export function indexKind(name: string, keyType: number): IndexKind {
  if (keyType === ATTRIBUTE.FILE_NAME) return 'names';
  if (name === '$Q') return 'quotas';
  return name === '$O' ? 'object-ids' : 'other';
}
