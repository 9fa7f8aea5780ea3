import { crc32, createZstdDecompress } from 'node:zlib';
import { u32 } from '../../ntfs/little-endian.ts';
import { ByteCursor } from '../byte-cursor.ts';
import type { ByteStream } from '../byte-input.ts';
import { CloneError } from '../clone-error.ts';
import { frameCrcs } from './decode-part.ts';
import { decodeOwnFrame, OWN_MAGIC, type OwnKind } from './own-frame.ts';
import { FrameWalker, isSkippable, SKIPPABLE_HEADER_BYTES, ZSTD_MAGIC } from './zstd-frame.ts';

/** Expanded bytes are handed on in pieces of this size at most. */
const PIECE_BYTES = 2 ** 18;
/** Frames of ours that are looked into; a longer one only passes. */
const LARGEST_OWN_BYTES = 2 ** 26;

/**
 * What a stream of Zstandard frames holds, whoever made it, in little memory. Of an image of ours the indexes on the way
 * are compared with what has passed. Rejects with a `CloneError` for what is damaged or cut.
 */
export function zstdStream(input: ByteStream): ByteStream {
  const pieces = new Expander(input).pieces();
  return {
    async next() {
      const { done, value } = await pieces.next();
      return done ? new Uint8Array(0) : value;
    },
    async settle() {
      for await (const _ of pieces) {
        // Whatever follows only has to be sound.
      }
    },
    async close() {
      await pieces.return(undefined);
      await input.close();
    },
  };
}

/** What Zstandard says of a frame that refers to more than 128 MiB before, as `zstd --long=31` makes them of streams. */
const TOO_FAR_BACK = 'ZSTD_error_frameParameter_windowTooLarge';

class Expander {
  readonly #cursor: ByteCursor;
  /** CRC-32 of the frames since the last index. */
  #crcs: number[] = [];
  #isOurs = false;
  #isDone = false;

  constructor(input: ByteStream) {
    this.#cursor = new ByteCursor(input, cut);
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { position } = this.#cursor;
      const head = await this.#cursor.peek(SKIPPABLE_HEADER_BYTES);
      if (head.length === 0) break;
      const magic = u32(head, 0);
      if (magic === ZSTD_MAGIC) yield* this.#frame(position);
      else if (isSkippable(magic) && head.length === SKIPPABLE_HEADER_BYTES)
        await this.#passOver(position, magic, SKIPPABLE_HEADER_BYTES + u32(head, 4));
      else throw damaged(position);
    }
    if (this.#isOurs && !this.#isDone) throw cut(this.#cursor.position);
  }

  async *#frame(position: number): AsyncGenerator<Uint8Array> {
    const expander = createZstdDecompress({ chunkSize: PIECE_BYTES });
    const walker = new FrameWalker();
    const feed = async (): Promise<void> => {
      let crc = 0;
      while (!walker.isDone) {
        const chunk = await this.#cursor.chunk();
        if (chunk.length === 0) throw cut(this.#cursor.position);
        const taken = walker.take(chunk);
        if (taken === undefined) throw damaged(position);
        const part = chunk.subarray(0, taken);
        crc = crc32(part, crc);
        await new Promise<void>((resolve, reject) => {
          expander.write(part, (error) => (error ? reject(error) : resolve()));
        });
        await this.#cursor.skip(taken);
      }
      this.#crcs.push(crc);
      expander.end();
    };
    const feeding = feed().catch((error: unknown) => {
      expander.destroy(error as Error);
    });
    try {
      for await (const piece of expander) yield piece as Buffer;
    } catch (error) {
      if (error instanceof CloneError) throw error;
      if (error instanceof Error && 'code' in error && error.code === TOO_FAR_BACK) throw tooFarBack();
      // What else comes from Zstandard itself is about the bytes.
      throw damaged(position);
    }
    await feeding;
  }

  async #passOver(position: number, magic: number, length: number): Promise<void> {
    if (magic !== OWN_MAGIC || length > LARGEST_OWN_BYTES) return this.#cursor.skip(length);
    const bytes = new Uint8Array(length);
    await this.#cursor.fill(bytes);
    const kind = (['INFO', 'PART', 'DONE'] as const).find((one) => decodeOwnFrame(one, bytes) !== undefined);
    if (kind !== undefined) this.#check(kind, bytes, position);
    else if (this.#isOurs) throw damaged(position);
  }

  #check(kind: OwnKind, bytes: Uint8Array, position: number): void {
    const crcs = this.#crcs;
    this.#crcs = [];
    this.#isOurs = true;
    if (kind === 'DONE') this.#isDone = true;
    if (kind !== 'PART') return;
    const told = frameCrcs(decodeOwnFrame(kind, bytes) ?? bytes);
    const isSame = told?.length === crcs.length && told.every((crc, i) => crc === crcs[i]);
    if (!isSame) throw damaged(position);
  }
}

function damaged(position: number): CloneError {
  return new CloneError(
    'source',
    `The compressed image is damaged at byte ${position}`,
    'What is restored from it is incomplete.',
  );
}

function tooFarBack(): CloneError {
  return new CloneError(
    'source',
    'The image was compressed with a window of more than 128 MiB',
    'The image itself is sound; expand it on the way: zstd -dc --long=31 IMAGE | lifeboat image restore - TARGET',
  );
}

function cut(position: number): CloneError {
  return new CloneError(
    'source',
    `The compressed image ends at byte ${position}, before its end`,
    'It was not saved or copied to its end; what is restored from it is incomplete.',
  );
}
