import { u16, u32, utf16 } from './little-endian.ts';

/** What stands in for a file's or folder's own content. */
export interface ReparsePoint {
  readonly tag: number;
  readonly kind: ReparseKind;
  /** Where a link leads, in the words of whoever made it. */
  readonly target: string | undefined;
}

/**
 * `link`: leads to another place; `special`: a socket, pipe or device of Windows Subsystem for Linux; `wof`: compressed
 * by Windows itself ("compact OS"); `other`: content that another program keeps (cloud, deduplication, archives).
 */
export type ReparseKind = 'link' | 'special' | 'wof' | 'other';

const SYMBOLIC_LINK = 0xa000000c;
const MOUNT_POINT = 0xa0000003;
const LX_SYMBOLIC_LINK = 0xa000001d;
const WOF = 0x80000017;
/** Socket, FIFO, character device, block device. */
const LX_SPECIAL = [0x80000023, 0x80000024, 0x80000025, 0x80000026];

const HEADER_BYTES = 8;
const MAX_TARGET_BYTES = 32_768;

/** Reads a $REPARSE_POINT value; `undefined` when it is too short to be one. */
export function parseReparsePoint(value: Uint8Array): ReparsePoint | undefined {
  if (value.length < HEADER_BYTES) return undefined;
  const tag = u32(value, 0);
  const data = value.subarray(HEADER_BYTES, HEADER_BYTES + u16(value, 4));
  if (tag === MOUNT_POINT) return { tag, kind: 'link', target: windowsTarget(data, 8) };
  if (tag === SYMBOLIC_LINK) return { tag, kind: 'link', target: windowsTarget(data, 12) };
  if (tag === LX_SYMBOLIC_LINK) {
    const target = new TextDecoder().decode(data.subarray(4));
    return { tag, kind: 'link', target };
  }
  if (LX_SPECIAL.includes(tag)) return { tag, kind: 'special', target: undefined };
  return { tag, kind: tag === WOF ? 'wof' : 'other', target: undefined };
}

/** The printed name of a Windows link, or the substitute name; `names` is the offset at which names begin. */
function windowsTarget(data: Uint8Array, names: number): string | undefined {
  const nameAt = (field: number): string => {
    const start = names + u16(data, field);
    const length = u16(data, field + 2);
    if (length > MAX_TARGET_BYTES || start + length > data.length) return '';
    return utf16(data, start, length >> 1);
  };
  const printed = nameAt(4);
  const target = printed === '' ? nameAt(0).replace(/^\\\?\?\\/, '') : printed;
  return target === '' ? undefined : target;
}
