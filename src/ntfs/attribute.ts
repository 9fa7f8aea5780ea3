import type { ByteRange } from '../block/range.ts';
import { NtfsError } from './error.ts';
import { inHole } from './holes.ts';
import { u8, u16, u32, u64, utf16 } from './little-endian.ts';
import { decodeRuns, type RunLimits, type RunList } from './run-list.ts';

/** Attribute type codes (specification). */
export const ATTRIBUTE = {
  STANDARD_INFORMATION: 0x10,
  ATTRIBUTE_LIST: 0x20,
  FILE_NAME: 0x30,
  SECURITY_DESCRIPTOR: 0x50,
  VOLUME_NAME: 0x60,
  VOLUME_INFORMATION: 0x70,
  DATA: 0x80,
  INDEX_ROOT: 0x90,
  INDEX_ALLOCATION: 0xa0,
  BITMAP: 0xb0,
  REPARSE_POINT: 0xc0,
  EA_INFORMATION: 0xd0,
} as const;

const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [0x10, '$STANDARD_INFORMATION'],
  [0x20, '$ATTRIBUTE_LIST'],
  [0x30, '$FILE_NAME'],
  [0x40, '$OBJECT_ID'],
  [0x50, '$SECURITY_DESCRIPTOR'],
  [0x60, '$VOLUME_NAME'],
  [0x70, '$VOLUME_INFORMATION'],
  [0x80, '$DATA'],
  [0x90, '$INDEX_ROOT'],
  [0xa0, '$INDEX_ALLOCATION'],
  [0xb0, '$BITMAP'],
  [0xc0, '$REPARSE_POINT'],
  [0xd0, '$EA_INFORMATION'],
  [0xe0, '$EA'],
  [0xf0, '$PROPERTY_SET'],
  [0x100, '$LOGGED_UTILITY_STREAM'],
]);

/** The name of an attribute type, such as `$DATA`; hexadecimal for an unknown one. */
export function attributeTypeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `0x${type.toString(16)}`;
}

/** Whether NTFS has attributes of this type. */
export function isAttributeType(type: number): boolean {
  return TYPE_NAMES.has(type);
}

interface AttributeHeader {
  readonly type: number;
  /** Empty for the unnamed attribute. */
  readonly name: string;
  /** Bit 0 compressed, bit 14 encrypted, bit 15 sparse. */
  readonly flags: number;
}

export interface ResidentAttribute extends AttributeHeader {
  readonly resident: true;
  /** A view into the record. */
  readonly value: Uint8Array;
  /** Byte of the record at which the value begins. */
  readonly valueAt: number;
}

/** An attribute, or one fragment of it when its runs are spread over several records. */
export interface NonResidentAttribute extends AttributeHeader {
  readonly resident: false;
  readonly lowestVcn: number;
  readonly runList: RunList;
  /** Sizes in bytes; of meaning only in the fragment whose `lowestVcn` is 0. */
  readonly allocatedBytes: number;
  readonly dataBytes: number;
  readonly initializedBytes: number;
  /** Clusters of a compression unit; 0 when the attribute is not compressed. */
  readonly compressionUnit: number;
}

export type Attribute = ResidentAttribute | NonResidentAttribute;

const END_MARK = 0xffffffff;
const FLAG_COMPRESSED = 0xff;
const MAX_COMPRESSION_CODE = 8;

export interface ParsedAttributes {
  readonly attributes: readonly Attribute[];
  /** The first contradiction. Attributes before it are good; reading ends where the next one cannot be found. */
  readonly damage?: NtfsError;
}

/**
 * Reads the attributes of a FILE record between `start` and `end` (bytes in use). `record` has its fixups undone,
 * `position` is its place in the volume. Attributes that touch a hole are left out.
 */
export function parseAttributes(
  record: Uint8Array,
  start: number,
  end: number,
  holes: readonly ByteRange[],
  limits: RunLimits,
  position: number,
): ParsedAttributes {
  const attributes: Attribute[] = [];
  let damage: NtfsError | undefined;
  const fail = (at: number, expected: string, found: string): void => {
    const details = { position: position + at, expected, found };
    damage ??= new NtfsError(`A FILE record is damaged: ${found}, expected ${expected}.`, details);
  };
  let at = start;
  for (;;) {
    if (at + 4 > end) {
      fail(at, 'an end mark', 'the end of the record');
      break;
    }
    if (inHole(holes, at, Math.min(end, at + 16))) break;
    const type = u32(record, at);
    if (type === END_MARK) break;
    const length = u32(record, at + 4);
    if (length < 24 || length % 8 !== 0 || at + length > end) {
      fail(at, 'an attribute inside the record', `an attribute ${type.toString(16)} of ${length} bytes`);
      break;
    }
    if (!inHole(holes, at, at + length)) {
      const parsed = parseAttribute(record.subarray(at, at + length), at, limits, position);
      if (typeof parsed === 'string') fail(at, 'fields inside the attribute', parsed);
      else {
        attributes.push(parsed);
        if (!parsed.resident) damage ??= parsed.runList.damage;
      }
    }
    at += length;
  }
  return damage === undefined ? { attributes } : { attributes, damage };
}

/** One attribute from its own bytes, `at` its place in the record; a text says what is wrong with it. */
function parseAttribute(
  bytes: Uint8Array,
  at: number,
  limits: RunLimits,
  position: number,
): Attribute | string {
  const nameUnits = u8(bytes, 9);
  const nameOffset = u16(bytes, 10);
  if (nameUnits > 0 && nameOffset + 2 * nameUnits > bytes.length) return `a name at offset ${nameOffset}`;
  const header = {
    type: u32(bytes, 0),
    name: nameUnits === 0 ? '' : utf16(bytes, nameOffset, nameUnits),
    flags: u16(bytes, 12),
  };
  if (u8(bytes, 8) === 0) {
    const length = u32(bytes, 16);
    const offset = u16(bytes, 20);
    if (offset + length > bytes.length) return `a value of ${length} bytes at offset ${offset}`;
    const value = bytes.subarray(offset, offset + length);
    return { ...header, resident: true, value, valueAt: at + offset };
  }
  const lowestVcn = u64(bytes, 16);
  const runsOffset = u16(bytes, 32);
  if (bytes.length < 64 || lowestVcn === undefined) return 'a non-resident attribute without its fields';
  if (runsOffset < 64 || runsOffset >= bytes.length) return `a run list at offset ${runsOffset}`;
  const runList = checkedRuns(bytes, runsOffset, lowestVcn, limits, position + at);
  const code = u8(bytes, 34);
  const compressed = (header.flags & FLAG_COMPRESSED) !== 0 && code > 0 && code <= MAX_COMPRESSION_CODE;
  return {
    ...header,
    resident: false,
    lowestVcn,
    runList,
    allocatedBytes: u64(bytes, 40) ?? 0,
    dataBytes: u64(bytes, 48) ?? 0,
    initializedBytes: u64(bytes, 56) ?? 0,
    compressionUnit: compressed ? 2 ** code : 0,
  };
}

/** The run list, its end compared with the attribute's highest VCN. */
function checkedRuns(
  bytes: Uint8Array,
  offset: number,
  lowestVcn: number,
  limits: RunLimits,
  position: number,
): RunList {
  const list = decodeRuns(bytes.subarray(offset), lowestVcn, limits, position + offset);
  if (list.damage !== undefined) return list;
  const highestVcn = u64(bytes, 24);
  // An empty attribute has -1 there. Some writers leave 0 in a first fragment without runs.
  const end = highestVcn === undefined ? lowestVcn : highestVcn + 1;
  if (end === list.nextVcn || list.runs.length === 0) return list;
  const details = { position: position + 24, expected: `VCN ${end}`, found: `VCN ${list.nextVcn}` };
  const message = `A run list ends at VCN ${list.nextVcn}, but its attribute says ${end}.`;
  return { ...list, damage: new NtfsError(message, details) };
}
