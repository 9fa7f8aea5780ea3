import { ATTRIBUTE } from '../../ntfs/attribute.ts';
import { u8, u16, u32, utf16 } from '../../ntfs/little-endian.ts';
import type { BlockTrust } from './block-stretch.ts';
import { type IndexKind, indexKind, wipeIndexNode } from './index-entries.ts';
import { wipeTimes } from './timestamp.ts';
import { BAAD, clearDamaged, closeBlock, openBlock } from './update-sequence.ts';
import { LAST_SYSTEM_RECORD, type WipeRules, type WipeTally } from './wipe-rules.ts';

const FILE = 0x454c4946;
const FLAG_IN_USE = 1;
/** What stays of a record that is free or damaged: sequence number, flags, sizes, the reference to its base. */
const HEADER_BYTES = 0x30;
const END_MARK = 0xffffffff;
const RESIDENT_HEADER_BYTES = 24;
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
    magic === BAAD || usedBytes > bytes.length || usedBytes < HEADER_BYTES || !openBlock(bytes);
  if (isDamaged) {
    clearDamaged(bytes, HEADER_BYTES, true, tally);
    return;
  }
  const isSystem = number <= LAST_SYSTEM_RECORD;
  const inUse = (u16(bytes, 0x16) & FLAG_IN_USE) !== 0;
  if (!inUse && (!isSystem || rules.strict)) {
    tally.deletedBytes += clear(bytes.subarray(HEADER_BYTES, usedBytes));
  } else if (inUse && !wipeAttributes(bytes.subarray(0, usedBytes), isSystem, rules, tally)) {
    tally.damagedBlocks++;
  }
  if (!isSystem || rules.strict) {
    tally.slackBytes += clear(bytes.subarray(usedBytes));
  }
  closeBlock(bytes);
}

/** False when the chain of attributes is broken: everything behind the break was cleared. */
function wipeAttributes(record: Uint8Array, isSystem: boolean, rules: WipeRules, tally: WipeTally): boolean {
  let at = u16(record, 0x14);
  for (;;) {
    if (at < 0x28 || at % 8 !== 0 || at + 4 > record.length) break;
    const type = u32(record, at);
    if (type === END_MARK) return true;
    const length = u32(record, at + 4);
    const isResident = u8(record, at + 8) === 0;
    if (length < RESIDENT_HEADER_BYTES || length % 8 !== 0 || at + length > record.length) break;
    const attribute = record.subarray(at, at + length);
    if (isResident && !wipeResident(attribute, type, isSystem, rules, tally)) break;
    at += length;
  }
  record.fill(0, Math.min(Math.max(at, HEADER_BYTES), record.length));
  return false;
}

/** False when the value is not inside the attribute. */
function wipeResident(
  attribute: Uint8Array,
  type: number,
  isSystem: boolean,
  rules: WipeRules,
  tally: WipeTally,
): boolean {
  const offset = u16(attribute, 20);
  const end = offset + u32(attribute, 16);
  if (offset < RESIDENT_HEADER_BYTES || end > attribute.length) return false;
  const value = attribute.subarray(offset, end);
  switch (type) {
    case ATTRIBUTE.STANDARD_INFORMATION:
      if (!rules.keepTimes) tally.timeBytes += wipeTimes(value, 0, 4);
      break;
    case ATTRIBUTE.FILE_NAME:
      if (!rules.keepTimes) tally.timeBytes += wipeTimes(value, 8, 4);
      break;
    case ATTRIBUTE.DATA:
      if (isSystem) break;
      tally.residentBytes += clear(value);
      break;
    case ATTRIBUTE.INDEX_ROOT: {
      const { timeBytes, whole } = wipeIndexNode(
        value.subarray(ROOT_NODE),
        rootKind(attribute, value),
        rules,
      );
      tally.timeBytes += timeBytes;
      if (!whole) tally.damagedBlocks++;
      break;
    }
    case ATTRIBUTE.REPARSE_POINT:
      if (rules.strict) value.fill(0, REPARSE_HEADER_BYTES);
      break;
    default:
      if (rules.strict && !STRUCTURE.has(type)) value.fill(0);
  }
  if (rules.strict) attribute.fill(0, end);
  return true;
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
