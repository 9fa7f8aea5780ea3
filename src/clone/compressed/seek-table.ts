import { u8, u32 } from '../../ntfs/little-endian.ts';
import { SKIPPABLE_HEADER_BYTES } from './zstd-frame.ts';

/**
 * The seek table of Zstandard's seekable format (contrib/seekable_format of the reference implementation): a skippable
 * frame at the very end that lists all frames before it.
 */
const SEEK_TABLE_MAGIC = 0x184d2a5e;
const SEEKABLE_MAGIC = 0x8f92eab1;
export const FOOTER_BYTES = 9;
/** Of one frame. */
export const ENTRY_BYTES = 12;
const WITH_CHECKSUMS = 0x80;
/** The format's own limit. */
const MOST_FRAMES = 2 ** 27;

/** One frame, of whatever kind. */
export interface SeekEntry {
  readonly packedBytes: number;
  /** 0 for a skippable frame. */
  readonly plainBytes: number;
  /** The lower half of the XXH64 of the content. */
  readonly checksum: number;
}

/** That of no content. */
export const CHECKSUM_OF_NOTHING = 0x51d8e999;

/** That of the content of a frame, which ends with it. */
export const checksumOf = (packed: Uint8Array): number => u32(packed, packed.length - 4);

/** Gathers the entries of a seek table. */
export class SeekTableWriter {
  #bytes = Buffer.alloc(ENTRY_BYTES * 1024);
  #count = 0;

  add({ packedBytes, plainBytes, checksum }: SeekEntry): void {
    const at = this.#count * ENTRY_BYTES;
    if (at === this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)]);
    this.#bytes.writeUInt32LE(packedBytes, at);
    this.#bytes.writeUInt32LE(plainBytes, at + 4);
    this.#bytes.writeUInt32LE(checksum, at + 8);
    this.#count++;
  }

  /** The frame with the table. */
  encode(): Buffer {
    const entries = this.#bytes.subarray(0, this.#count * ENTRY_BYTES);
    const head = Buffer.alloc(SKIPPABLE_HEADER_BYTES);
    head.writeUInt32LE(SEEK_TABLE_MAGIC, 0);
    head.writeUInt32LE(entries.length + FOOTER_BYTES, 4);
    const footer = Buffer.alloc(FOOTER_BYTES);
    footer.writeUInt32LE(this.#count, 0);
    footer[4] = WITH_CHECKSUMS;
    footer.writeUInt32LE(SEEKABLE_MAGIC, 5);
    return Buffer.concat([head, entries, footer]);
  }
}

/** Bytes of the frame with the table that ends with these `FOOTER_BYTES`; undefined when they are no footer of ours. */
export function seekTableBytes(footer: Uint8Array): number | undefined {
  const count = u32(footer, 0);
  if (u32(footer, 5) !== SEEKABLE_MAGIC || u8(footer, 4) !== WITH_CHECKSUMS || count > MOST_FRAMES)
    return undefined;
  return SKIPPABLE_HEADER_BYTES + count * ENTRY_BYTES + FOOTER_BYTES;
}

/** Whether these bytes begin a frame of `tableBytes` bytes with the table. */
export const beginsSeekTable = (bytes: Uint8Array, tableBytes: number): boolean =>
  u32(bytes, 0) === SEEK_TABLE_MAGIC && u32(bytes, 4) === tableBytes - SKIPPABLE_HEADER_BYTES;
