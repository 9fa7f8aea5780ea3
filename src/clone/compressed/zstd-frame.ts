import { u8, u16, u32, u64 } from '../../ntfs/little-endian.ts';

/** First four bytes of a frame of Zstandard (RFC 8878, 3.1.1). */
export const ZSTD_MAGIC = 0xfd2fb528;
/** Of a frame that is passed over: these sixteen numbers (RFC 8878, 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
/** Magic number and length of a skippable frame. */
export const SKIPPABLE_HEADER_BYTES = 8;

/** The longest header of a frame: magic number, descriptor, window, dictionary, content size. */
const LONGEST_HEADER_BYTES = 18;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
/** A block whose content is one byte, said to be repeated. */
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

export const isSkippable = (magic: number): boolean => (magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC;

/** Bytes of the frame's header, magic number included; undefined when these bytes begin no frame of Zstandard. */
function headerBytes(bytes: Uint8Array): number | undefined {
  if (u32(bytes, 0) !== ZSTD_MAGIC) return undefined;
  const descriptor = u8(bytes, 4);
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeCode = descriptor >>> 6;
  const sizeBytes = sizeCode === 0 ? (isSingle ? 1 : 0) : 2 ** sizeCode;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  return 5 + (isSingle ? 0 : 1) + dictionaryBytes + sizeBytes;
}

/** Bytes of content that a frame says it has; undefined when it does not say, or is no frame. */
export function contentBytes(frame: Uint8Array): number | undefined {
  const end = headerBytes(frame);
  const descriptor = u8(frame, 4);
  const code = descriptor >>> 6;
  if (end === undefined) return undefined;
  if (code === 0) return (descriptor & 0x20) === 0 ? undefined : u8(frame, end - 1);
  // Of two bytes the lowest value is the first that does not fit into one.
  if (code === 1) return u16(frame, end - 2) + 256;
  return code === 2 ? u32(frame, end - 4) : u64(frame, end - 8);
}

/** Finds where a frame of Zstandard ends while its bytes come in, piece by piece (RFC 8878, 3.1.1). */
export class FrameWalker {
  #state: 'header' | 'block' | 'checksum' | 'done' = 'header';
  /** The start of what is being looked at, as far as it is there. */
  readonly #gathered = new Uint8Array(LONGEST_HEADER_BYTES);
  #have = 0;
  /** Bytes that only have to pass. */
  #toPass = 0;
  #hasChecksum = false;
  #isLast = false;

  /** Whether the last byte of the frame has been seen. */
  get isDone(): boolean {
    return this.#state === 'done';
  }

  /**
   * Takes bytes that follow on those before, and returns how many of them belong to the frame; undefined when they make
   * no frame.
   */
  take(bytes: Uint8Array): number | undefined {
    let at = 0;
    for (;;) {
      if (this.#toPass > 0) {
        const passed = Math.min(this.#toPass, bytes.length - at);
        this.#toPass -= passed;
        at += passed;
        if (this.#toPass > 0) return at;
      }
      if (this.#state === 'checksum') this.#state = 'done';
      if (this.#state === 'done') return at;
      const needed = this.#state === 'header' ? this.#neededOfHeader() : BLOCK_HEADER_BYTES;
      if (needed === undefined) return undefined;
      const part = bytes.subarray(at, at + needed - this.#have);
      this.#gathered.set(part, this.#have);
      this.#have += part.length;
      at += part.length;
      if (this.#have < needed) return at;
      if (this.#state === 'header' && this.#neededOfHeader() !== needed) continue;
      this.#have = 0;
      if (!this.#understand()) return undefined;
    }
  }

  /** The header tells its own length in its fifth byte. */
  #neededOfHeader(): number | undefined {
    return this.#have < 5 ? 5 : headerBytes(this.#gathered);
  }

  #understand(): boolean {
    if (this.#state === 'header') {
      if (u32(this.#gathered, 0) !== ZSTD_MAGIC) return false;
      this.#hasChecksum = (u8(this.#gathered, 4) & 4) !== 0;
      this.#state = 'block';
      return true;
    }
    const header = u16(this.#gathered, 0) | (u8(this.#gathered, 2) << 16);
    const type = (header >>> 1) & 3;
    if (type === RESERVED_BLOCK) return false;
    this.#toPass = type === RLE_BLOCK ? 1 : header >>> 3;
    this.#isLast = (header & 1) === 1;
    if (!this.#isLast) return true;
    this.#state = 'checksum';
    if (this.#hasChecksum) this.#toPass += CHECKSUM_BYTES;
    return true;
  }
}
