import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { FieldError } from '../../text/json-fields.ts';
import { type Chunk, damaged, plainOf, readAt, readChunk, readHeader } from './side-chunk.ts';
import { type SideCipher, sideCipher } from './side-cipher.ts';
import {
  CHUNK,
  DATA_HEADER_BYTES,
  FILE_HEADER_BYTES,
  FLAG_ENCRYPTED,
  SIDE_MAGIC,
  SIDE_VERSION,
  type SideEnd,
  SideFileError,
  type SideHead,
  type SideSecurity,
  type SideVolume,
} from './side-form.ts';
import { endFrom, headFrom, lineFrom, type SideLine, securityFrom, volumeFrom } from './side-json.ts';

/** A part of a side file, in its order. */
export type SidePart =
  | { readonly kind: 'volume'; readonly volume: SideVolume }
  | { readonly kind: 'security'; readonly security: SideSecurity }
  | { readonly kind: 'line'; readonly line: SideLine }
  | {
      readonly kind: 'data';
      readonly content: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'end'; readonly end: SideEnd };

export interface SideReadOptions {
  /** Give the bytes of contents too; else they are jumped over. */
  readonly withData?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Told the bytes that were gone through so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** A side file that was opened. Everything in it is checked before it is given to anybody. */
export class SideFile {
  readonly path: string;
  readonly head: SideHead;
  readonly sizeBytes: number;
  readonly isEncrypted: boolean;
  readonly #handle: FileHandle;
  readonly #firstChunk: number;
  #cipher: SideCipher | undefined;

  private constructor(
    path: string,
    head: SideHead,
    sizeBytes: number,
    isEncrypted: boolean,
    handle: FileHandle,
    firstChunk: number,
  ) {
    this.path = path;
    this.head = head;
    this.sizeBytes = sizeBytes;
    this.isEncrypted = isEncrypted;
    this.#handle = handle;
    this.#firstChunk = firstChunk;
  }

  /** Opens a side file and reads its head. Rejects with a `SideFileError` or the system's error. */
  static async open(path: string): Promise<SideFile> {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      const start = await readAt(handle, 0, FILE_HEADER_BYTES);
      const text = start.toString('latin1');
      if (start.length < FILE_HEADER_BYTES || !text.startsWith(SIDE_MAGIC)) {
        throw new SideFileError(`${path} is no side file of Lifeboat.`, 0, SIDE_MAGIC, 'other bytes');
      }
      const version = start.readUInt16LE(12);
      if (version !== SIDE_VERSION) {
        const message = `${path} was written by another version of Lifeboat.`;
        throw new SideFileError(message, 12, `version ${SIDE_VERSION}`, `version ${version}`);
      }
      const isEncrypted = (start.readUInt16LE(14) & FLAG_ENCRYPTED) !== 0;
      const first = await readChunk(handle, path, size, FILE_HEADER_BYTES);
      if (first.type !== CHUNK.head) throw damaged(path, FILE_HEADER_BYTES, 'the head', 'another chunk');
      const plain = await plainOf(first, path, undefined, 0);
      const head = fields(path, FILE_HEADER_BYTES, () => headFrom(plain.toString('utf8')));
      if (isEncrypted && head.key === undefined) {
        throw damaged(path, FILE_HEADER_BYTES, 'parameters of a key', 'none');
      }
      return new SideFile(path, head, size, isEncrypted, handle, first.end);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Makes the contents readable; false when the password is wrong. Of use for encrypted side files alone. */
  async unlock(password: string): Promise<boolean> {
    const { key } = this.head;
    if (key === undefined) return true;
    const cipher = await sideCipher(password, key);
    const chunk = await readChunk(this.#handle, this.path, this.sizeBytes, this.#firstChunk);
    if (cipher.open(1, chunk.header.subarray(0, 12), chunk.stored) === undefined) return false;
    this.#cipher = cipher;
    return true;
  }

  /**
   * All parts behind the head. Rejects with a `SideFileError` at the first that is damaged, or when the file ends before
   * its end mark; what was given until then is good. Rejects with the signal's reason.
   */
  async *parts({ withData = false, signal, onProgress }: SideReadOptions = {}): AsyncGenerator<SidePart> {
    let position = this.#firstChunk;
    for (let number = 1; ; number++) {
      signal?.throwIfAborted();
      onProgress?.(position);
      const header = await readHeader(this.#handle, this.path, this.sizeBytes, position);
      if (header.type === CHUNK.data && !withData) {
        position = header.end;
        continue;
      }
      const chunk = await readChunk(this.#handle, this.path, this.sizeBytes, position);
      if (this.isEncrypted && this.#cipher === undefined) {
        throw new SideFileError(`${this.path} is encrypted.`, position, 'a password', 'none');
      }
      const plain = await plainOf(chunk, this.path, this.#cipher, number);
      yield* this.#partsOf(chunk, plain, position, number);
      if (chunk.type === CHUNK.end) return;
      position = chunk.end;
    }
  }

  /**
   * Checks the whole file: the checksum of every chunk, that of the whole, and that it ends where it should. Needs no
   * password. Rejects as `parts` does.
   */
  async verify({ signal, onProgress }: SideReadOptions = {}): Promise<void> {
    const hash = createHash('sha256');
    hash.update(await readAt(this.#handle, 0, FILE_HEADER_BYTES));
    for (let position = FILE_HEADER_BYTES; ; ) {
      signal?.throwIfAborted();
      onProgress?.(position);
      const chunk = await readChunk(this.#handle, this.path, this.sizeBytes, position);
      if (chunk.type === CHUNK.end) {
        if (chunk.end !== this.sizeBytes) {
          throw damaged(this.path, chunk.end, 'the end of the file', 'more bytes');
        }
        if (this.isEncrypted && this.#cipher === undefined) return;
        // The number of the chunk is in the end itself, which the cipher needs to open it.
        for await (const part of this.parts({ signal })) {
          if (part.kind !== 'end') continue;
          const found = hash.digest('hex');
          if (found !== part.end.sha256) throw damaged(this.path, position, part.end.sha256, found);
        }
        return;
      }
      hash.update(chunk.header);
      hash.update(chunk.stored);
      position = chunk.end;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  *#partsOf(chunk: Chunk, plain: Buffer, position: number, number: number): Generator<SidePart> {
    const text = (): string => plain.toString('utf8');
    switch (chunk.type) {
      case CHUNK.volume:
        yield { kind: 'volume', volume: fields(this.path, position, () => volumeFrom(text())) };
        return;
      case CHUNK.security:
        for (const line of text().split('\n')) {
          if (line === '') continue;
          yield { kind: 'security', security: fields(this.path, position, () => securityFrom(line)) };
        }
        return;
      case CHUNK.objects:
        for (const line of text().split('\n')) {
          if (line === '') continue;
          yield { kind: 'line', line: fields(this.path, position, () => lineFrom(line)) };
        }
        return;
      case CHUNK.data: {
        const offset = plain.length < DATA_HEADER_BYTES ? -1 : Number(plain.readBigUInt64LE(4));
        if (!Number.isSafeInteger(offset) || offset < 0) {
          throw damaged(this.path, position, 'content number and offset', 'neither');
        }
        const bytes = plain.subarray(DATA_HEADER_BYTES);
        yield { kind: 'data', content: plain.readUInt32LE(0), offset, bytes };
        return;
      }
      case CHUNK.end: {
        const end = fields(this.path, position, () => endFrom(text()));
        if (end.chunks !== number + 1) {
          throw damaged(this.path, position, `${end.chunks} chunks`, `${number + 1}`);
        }
        yield { kind: 'end', end };
        return;
      }
      default:
        throw damaged(this.path, position, 'a known chunk', `type ${chunk.type}`);
    }
  }
}

function fields<T>(path: string, position: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw damaged(path, position, 'sound fields', error.message);
  }
}
