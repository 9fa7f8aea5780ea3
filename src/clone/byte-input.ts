import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errnoName } from '../block/errno.ts';
import { openErrorFrom } from '../block/open-error.ts';
import { CloneError } from './clone-error.ts';
import { readSome } from './file-calls.ts';
import { STANDARD_STREAM } from './standard-stream.ts';

const CHUNK_BYTES = 2 ** 20;
/** So much of a stream can be looked at before it is taken: a pipe may give little at a time. */
const PEEK_BYTES = 64;
const STANDARD_INPUT = 0;

/** Bytes that come one after the other. */
export interface ByteStream {
  /** The next bytes, good until the call after the next; empty at the end. Rejects with a `CloneError`. */
  next(): Promise<Uint8Array>;
  /** Reads what is left, where that can show damage of what was there before. Rejects with a `CloneError`. */
  settle?(): Promise<void>;
  close(): Promise<void>;
}

/** A stream that is read from its start: a file, a pipe, standard input. */
export class ByteInput implements ByteStream {
  readonly #fd: number;
  readonly #name: string;
  readonly #handle: FileHandle | undefined;
  /** The chunk after the one that is worked on is read ahead. */
  #ahead: Promise<Uint8Array>;
  #spare = Buffer.allocUnsafeSlow(CHUNK_BYTES);

  private constructor(fd: number, name: string, handle: FileHandle | undefined) {
    this.#fd = fd;
    this.#name = name;
    this.#handle = handle;
    this.#ahead = this.#read(Buffer.allocUnsafeSlow(CHUNK_BYTES), PEEK_BYTES);
    this.#ahead.catch(() => undefined);
  }

  /** `-` is standard input. Rejects with a `CloneError`. */
  static async open(path: string): Promise<ByteInput> {
    if (path === STANDARD_STREAM) return new ByteInput(STANDARD_INPUT, 'standard input', undefined);
    try {
      const handle = await open(path, constants.O_RDONLY);
      return new ByteInput(handle.fd, path, handle);
    } catch (error) {
      const { message, advice, code } = openErrorFrom(error, path, `open ${path} for reading`);
      throw new CloneError('refused', message, advice, code);
    }
  }

  /** What `next` will give, without taking it; at first at least 64 bytes, unless the stream is shorter. */
  peek(): Promise<Uint8Array> {
    return this.#ahead;
  }

  async next(): Promise<Uint8Array> {
    const chunk = await this.#ahead;
    if (chunk.length === 0) return chunk;
    const into = this.#spare;
    this.#spare = Buffer.from(chunk.buffer as ArrayBuffer);
    this.#ahead = this.#read(into);
    // What fails is met when its turn comes.
    this.#ahead.catch(() => undefined);
    return chunk;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  /** Reads what is there, but at least `fewest` bytes unless the stream ends before. */
  async #read(into: Uint8Array, fewest = 1): Promise<Uint8Array> {
    try {
      let filled = 0;
      while (filled < fewest) {
        const count = await readSome(this.#fd, into.subarray(filled));
        if (count === 0) break;
        filled += count;
      }
      return into.subarray(0, filled);
    } catch (error) {
      const errno = errnoName(error);
      if (errno === undefined) throw error;
      throw new CloneError(
        'source',
        `Reading ${this.#name} failed`,
        'Check the drive or the program it comes from.',
        errno,
      );
    }
  }
}
