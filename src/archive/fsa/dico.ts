import { u16, u32, u64 } from '../../ntfs/little-endian.ts';

/** The section of what every file system knows; extended attributes and those of Windows have others. */
const STANDARD = 0;

/** One value of a dictionary. */
export interface DicoItem {
  /** What the writer says it is: 6 is a text. */
  readonly type: number;
  readonly section: number;
  readonly key: number;
  readonly data: Uint8Array;
}

/** The values of a header, found by section and key. Every value may be missing: archives are not to be trusted. */
export class Dico {
  readonly items: readonly DicoItem[];

  constructor(items: readonly DicoItem[]) {
    this.items = items;
  }

  bytes(key: number, section: number = STANDARD): Uint8Array | undefined {
    return this.items.find((item) => item.section === section && item.key === key)?.data;
  }

  /** A whole number of 1, 2, 4 or 8 bytes, whichever size it was written in; undefined above 2^53. */
  number(key: number, section: number = STANDARD): number | undefined {
    const data = this.bytes(key, section);
    switch (data?.length) {
      case 1:
        return data[0];
      case 2:
        return u16(data, 0);
      case 4:
        return u32(data, 0);
      case 8:
        return u64(data, 0);
      default:
        return undefined;
    }
  }

  /** The bytes of a text without the zero at its end; names of files need not be UTF-8. */
  textBytes(key: number, section: number = STANDARD): Uint8Array | undefined {
    const data = this.bytes(key, section);
    if (data === undefined) return undefined;
    const end = data.indexOf(0);
    return end < 0 ? data : data.subarray(0, end);
  }

  text(key: number, section: number = STANDARD): string | undefined {
    const bytes = this.textBytes(key, section);
    return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  }
}

const ITEM_HEADER_BYTES = 6;

/**
 * Reads a dictionary: a count of 16 bits, then for each value type, section (8 bits each), key and length (16 bits
 * each), and the value. A text instead says what is wrong with it. The values are views of `bytes`.
 */
export function parseDico(bytes: Uint8Array): Dico | string {
  if (bytes.length < 2) return `a dictionary of ${bytes.length} bytes`;
  const count = u16(bytes, 0);
  const items: DicoItem[] = [];
  let at = 2;
  for (let i = 0; i < count; i++) {
    if (at + ITEM_HEADER_BYTES > bytes.length)
      return `value ${i} of ${count} behind the end of its dictionary`;
    const length = u16(bytes, at + 4);
    const start = at + ITEM_HEADER_BYTES;
    if (start + length > bytes.length) return `a value of ${length} bytes behind the end of its dictionary`;
    items.push({
      type: bytes[at] as number,
      section: bytes[at + 1] as number,
      key: u16(bytes, at + 2),
      data: bytes.subarray(start, start + length),
    });
    at = start + length;
  }
  return new Dico(items);
}
