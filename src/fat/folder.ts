import { u8, u16, u32 } from '../ntfs/little-endian.ts';

/** A file or folder as its folder tells of it. */
export interface FatEntry {
  /** The long name where there is one, else the short one. */
  readonly name: string;
  readonly shortName: string;
  readonly isFolder: boolean;
  /** 0 for a file without content, and for the root as a parent. */
  readonly firstCluster: number;
  /** 0 for folders. */
  readonly sizeBytes: number;
}

const ENTRY_BYTES = 32;
const ATTRIBUTE = { VOLUME: 0x08, FOLDER: 0x10, LONG_NAME: 0x0f, LONG_NAME_MASK: 0x3f };
const FREE = 0xe5;
/** Stands for a first letter that is E5 itself. */
const E5_LETTER = 0x05;
const LOWER_NAME = 0x08;
const LOWER_EXTENSION = 0x10;
const LAST_PART = 0x40;
const PART_UNITS = 13;
/** Where the letters of a part of a long name lie in its entry. */
const UNIT_OFFSETS = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
const MOST_PARTS = 20;

/** The files and folders in the bytes of a folder, without `.`, `..`, labels and deleted ones. */
export function* folderEntries(bytes: Uint8Array): Generator<FatEntry> {
  let long = new LongName();
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const first = u8(bytes, at);
    if (first === 0) return;
    const attributes = u8(bytes, at + 11);
    if (first !== FREE && (attributes & ATTRIBUTE.LONG_NAME_MASK) === ATTRIBUTE.LONG_NAME) {
      long.add(bytes.subarray(at, at + ENTRY_BYTES));
      continue;
    }
    const name = long.nameFor(bytes.subarray(at, at + 11));
    long = new LongName();
    if (first === FREE || (attributes & ATTRIBUTE.VOLUME) !== 0) continue;
    const shortName = shortNameOf(bytes, at);
    if (shortName === '.' || shortName === '..' || shortName === '') continue;
    const isFolder = (attributes & ATTRIBUTE.FOLDER) !== 0;
    yield {
      name: name ?? shortName,
      shortName,
      isFolder,
      firstCluster: u16(bytes, at + 20) * 65536 + u16(bytes, at + 26),
      sizeBytes: isFolder ? 0 : u32(bytes, at + 28),
    };
  }
}

/** Puts a long name together from its parts, the last of which lies first. */
class LongName {
  readonly #parts = new Map<number, string>();
  #count = 0;
  #checksum = -1;

  add(part: Uint8Array): void {
    const order = u8(part, 0);
    const number = order & ~LAST_PART;
    if (number < 1 || number > MOST_PARTS) return;
    if ((order & LAST_PART) !== 0) {
      this.#parts.clear();
      this.#count = number;
      this.#checksum = u8(part, 13);
    }
    if (u8(part, 13) !== this.#checksum) return;
    const units = UNIT_OFFSETS.map((offset) => u16(part, offset));
    const end = units.indexOf(0);
    this.#parts.set(number, String.fromCharCode(...units.slice(0, end < 0 ? PART_UNITS : end)));
  }

  /** The name, if all of it is there and was made for that short name. */
  nameFor(shortName: Uint8Array): string | undefined {
    if (this.#count === 0 || this.#parts.size !== this.#count) return undefined;
    if (checksumOf(shortName) !== this.#checksum) return undefined;
    return Array.from({ length: this.#count }, (_, i) => this.#parts.get(i + 1) ?? '').join('');
  }
}

/** The checksum that joins a long name to its short one (specification, 7.2). */
function checksumOf(shortName: Uint8Array): number {
  let sum = 0;
  for (const byte of shortName) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  return sum;
}

/** Letters outside ASCII come in a code page that nobody knows, and come out as they may. */
function shortNameOf(bytes: Uint8Array, at: number): string {
  const letters = (from: number, to: number): string =>
    String.fromCharCode(...bytes.subarray(at + from, at + to)).replace(/ +$/, '');
  const shape = u8(bytes, at + 12);
  let base = letters(0, 8);
  if (u8(bytes, at) === E5_LETTER) base = `\u00e5${base.slice(1)}`;
  let extension = letters(8, 11);
  if ((shape & LOWER_NAME) !== 0) base = base.toLowerCase();
  if ((shape & LOWER_EXTENSION) !== 0) extension = extension.toLowerCase();
  return extension === '' ? base : `${base}.${extension}`;
}
