import { ATTRIBUTE, isAttributeType } from '../../ntfs/attribute.ts';
import { u8, u16, u32, utf16 } from '../../ntfs/little-endian.ts';
import { clearAroundValue, padded } from './attribute-layout.ts';
import type { BlockTrust } from './block-stretch.ts';
import { wipeFileName } from './file-name-value.ts';
import { type IndexKind, indexKind, wipeIndexNode } from './index-entries.ts';
import { wipeTimes } from './timestamp.ts';
import { BAAD, clearDamaged, closeBlock, openBlock } from './update-sequence.ts';
import { holdsContents, LAST_SYSTEM_RECORD, type WipeRules, type WipeTally } from './wipe-rules.ts';

const FILE = 0x454c4946;
const FLAG_IN_USE = 1;
/** What stays of a record that is free or damaged: sequence number, flags, sizes, the reference to its base. */
const HEADER_BYTES = 0x30;
const END_MARK = 0xffffffff;
const END_BYTES = 8;
const LEAST_ATTRIBUTE_BYTES = 24;
/** The longest form, of NTFS 3; behind it is nothing. */
const STANDARD_INFORMATION_BYTES = 72;
/** In the value of an index root: the kind of its keys, and where the first node begins. */
const ROOT_NODE = 16;

/** Attributes whose values are structure: the strict rules clear the values of all others. */
const STRUCTURE = new Set<number>([
  ATTRIBUTE.STANDARD_INFORMATION,
  ATTRIBUTE.ATTRIBUTE_LIST,
  ATTRIBUTE.FILE_NAME,
  ATTRIBUTE.SECURITY_DESCRIPTOR,
  ATTRIBUTE.VOLUME_INFORMATION,
  ATTRIBUTE.INDEX_ROOT,
  ATTRIBUTE.BITMAP,
  ATTRIBUTE.EA_INFORMATION,
]);
/** Tag and length of a reparse point; its target follows. */
const REPARSE_HEADER_BYTES = 8;

/**
 * Wipes one block of $MFT or $MFTMirr in place. `number` is the record's number by its place in the table. What does
 * not look like a record stays as it is, unless the rules are strict; a damaged or cut one keeps its
 * header only.
 */
export function wipeFileRecord(
  bytes: Uint8Array,
  number: number,
  trust: BlockTrust,
  rules: WipeRules,
  tally: WipeTally,
): void {
  const magic = u32(bytes, 0);
  if (trust === 'cut') {
    clearDamaged(bytes, HEADER_BYTES, magic === FILE, tally);
    return;
  }
  if (magic !== FILE && magic !== BAAD) {
    if (rules.strict || trust === 'shared') bytes.fill(0);
    return;
  }
  const usedBytes = u32(bytes, 0x18);
  const isDamaged =
    magic === BAAD || usedBytes > bytes.length || usedBytes < HEADER_BYTES || !openBlock(bytes, HEADER_BYTES);
  if (isDamaged) {
    clearDamaged(bytes, HEADER_BYTES, true, tally);
    return;
  }
  const isSystem = number <= LAST_SYSTEM_RECORD;
  const inUse = (u16(bytes, 0x16) & FLAG_IN_USE) !== 0;
  if (!inUse && (!isSystem || rules.strict)) {
    tally.deletedBytes += clear(bytes.subarray(HEADER_BYTES, usedBytes));
  } else if (inUse && !wipeAttributes(bytes.subarray(0, usedBytes), holdsContents(number), rules, tally)) {
    tally.damagedBlocks++;
  }
  if (!isSystem || rules.strict) {
    tally.slackBytes += clear(bytes.subarray(usedBytes));
  }
  closeBlock(bytes);
}

/** False when the chain of attributes is broken: everything behind the break was cleared. */
function wipeAttributes(
  record: Uint8Array,
  hasContents: boolean,
  rules: WipeRules,
  tally: WipeTally,
): boolean {
  let at = u16(record, 0x14);
  const first = padded(u16(record, 4) + 2 * u16(record, 6));
  if (at < first || at > record.length) at = first;
  record.fill(0, first, at);
  for (;;) {
    if (at % 8 !== 0 || at + 4 > record.length) break;
    const type = u32(record, at);
    if (type === END_MARK) {
      record.fill(0, Math.min(record.length, at + END_BYTES));
      return true;
    }
    const length = u32(record, at + 4);
    if (length < LEAST_ATTRIBUTE_BYTES || length % 8 !== 0 || at + length > record.length) break;
    const attribute = record.subarray(at, at + length);
    const value = clearAroundValue(attribute, rules.strict);
    if (value === undefined) break;
    if (value.length > 0) wipeValue(attribute, value, type, hasContents, rules, tally);
    at += length;
  }
  record.fill(0, at);
  return false;
}

function wipeValue(
  attribute: Uint8Array,
  value: Uint8Array,
  type: number,
  hasContents: boolean,
  rules: WipeRules,
  tally: WipeTally,
): void {
  switch (type) {
    case ATTRIBUTE.STANDARD_INFORMATION:
      value.fill(0, STANDARD_INFORMATION_BYTES);
      if (!rules.keepTimes) tally.timeBytes += wipeTimes(value, 0, 4);
      break;
    case ATTRIBUTE.FILE_NAME:
      tally.timeBytes += wipeFileName(value, rules);
      break;
    case ATTRIBUTE.DATA:
      if (hasContents) tally.residentBytes += clear(value);
      break;
    case ATTRIBUTE.INDEX_ROOT: {
      const node = value.subarray(ROOT_NODE);
      const { timeBytes, whole } = wipeIndexNode(node, 0, rootKind(attribute, value), rules);
      tally.timeBytes += timeBytes;
      if (!whole) tally.damagedBlocks++;
      break;
    }
    case ATTRIBUTE.REPARSE_POINT:
      if (rules.strict) value.fill(0, REPARSE_HEADER_BYTES);
      break;
    default:
      if (!isAttributeType(type) || (rules.strict && !STRUCTURE.has(type))) value.fill(0);
  }
}

/** Clears bytes and returns how many were not zero, which is what ntfsclone counts. */
function clear(bytes: Uint8Array): number {
  let cleared = 0;
  for (const byte of bytes) if (byte !== 0) cleared++;
  bytes.fill(0);
  return cleared;
}

/** By the kind of its keys, and by its name where the kind is shared. */
function rootKind(attribute: Uint8Array, value: Uint8Array): IndexKind {
  return indexKind(utf16(attribute, u16(attribute, 10), u8(attribute, 9)), u32(value, 0));
}
