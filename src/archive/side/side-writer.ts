import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, zstdCompress } from 'node:zlib';
import { writeAll } from '../../block/durable-file.ts';
import type { Described } from '../inventory/described.ts';
import { type SideCipher, sideCipher } from './side-cipher.ts';
import {
  CHUNK,
  CHUNK_HEADER_BYTES,
  type ChunkType,
  DATA_HEADER_BYTES,
  FILE_HEADER_BYTES,
  FLAG_ENCRYPTED,
  FLAG_ZSTD,
  SIDE_MAGIC,
  SIDE_VERSION,
  type SideEnd,
  type SideHead,
  type SideLeftOut,
  type SideSecurity,
  type SideVolume,
  TAG_BYTES,
} from './side-form.ts';

const compress = promisify(zstdCompress);

/** Lines are gathered up to so many characters before they become a chunk. */
const LINES_PER_CHUNK = 2 ** 20;

/** Writes a side file from its beginning to its end. */
export class SideWriter {
  readonly #file: FileHandle;
  readonly #cipher: SideCipher | undefined;
  readonly #hash = createHash('sha256');
  #position = 0;
  #chunks = 0;
  #objects = 0;
  #contents = 0;
  #contentBytes = 0;
  #lines: { type: ChunkType; parts: string[]; length: number } = {
    type: CHUNK.objects,
    parts: [],
    length: 0,
  };

  private constructor(file: FileHandle, cipher: SideCipher | undefined) {
    this.#file = file;
    this.#cipher = cipher;
  }

  /** Makes a new file; rejects with the system's error, `EEXIST` among them. `head.key` asks for encryption. */
  static async create(path: string, head: SideHead, password: string | undefined): Promise<SideWriter> {
    const cipher = head.key && password !== undefined ? await sideCipher(password, head.key) : undefined;
    const writer = new SideWriter(await open(path, 'wx', 0o600), cipher);
    const start = Buffer.alloc(FILE_HEADER_BYTES);
    start.write(SIDE_MAGIC, 'latin1');
    start.writeUInt16LE(SIDE_VERSION, 12);
    start.writeUInt16LE(cipher === undefined ? 0 : FLAG_ENCRYPTED, 14);
    await writer.#append(start);
    await writer.#chunk(CHUNK.head, Buffer.from(JSON.stringify(head)));
    return writer;
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#position;
  }

  async volume(volume: SideVolume): Promise<void> {
    await this.#flushLines();
    await this.#chunk(CHUNK.volume, Buffer.from(JSON.stringify(volume)));
  }

  security(security: SideSecurity): Promise<void> {
    return this.#line(CHUNK.security, security);
  }

  object(line: Described | SideLeftOut): Promise<void> {
    if (line.kind === 'file' || line.kind === 'folder') this.#objects++;
    return this.#line(CHUNK.objects, line);
  }

  /** Begins a content: the number under which its bytes and its object name it. */
  beginContent(): number {
    return ++this.#contents;
  }

  /** Bytes of a content, in ascending order; what is left out between them are zeros. */
  async data(content: number, offset: number, bytes: Uint8Array): Promise<void> {
    const chunk = Buffer.alloc(DATA_HEADER_BYTES + bytes.length);
    chunk.writeUInt32LE(content, 0);
    chunk.writeBigUInt64LE(BigInt(offset), 4);
    chunk.set(bytes, DATA_HEADER_BYTES);
    this.#contentBytes += bytes.length;
    await this.#chunk(CHUNK.data, chunk);
  }

  /** Ends the file: it is on stable storage when this resolves. */
  async end(): Promise<SideEnd> {
    await this.#flushLines();
    const end: SideEnd = {
      chunks: this.#chunks + 1,
      objects: this.#objects,
      contents: this.#contents,
      contentBytes: this.#contentBytes,
      sha256: this.#hash.digest('hex'),
    };
    await this.#chunk(CHUNK.end, Buffer.from(JSON.stringify(end)));
    await this.#file.sync();
    await this.#file.close();
    return end;
  }

  /** Leaves the file as it is. */
  abandon(): Promise<void> {
    return this.#file.close();
  }

  async #line(type: ChunkType, value: unknown): Promise<void> {
    const text = JSON.stringify(value);
    if (this.#lines.type !== type || this.#lines.length + text.length > LINES_PER_CHUNK) {
      await this.#flushLines();
    }
    if (this.#lines.type !== type) this.#lines = { type, parts: [], length: 0 };
    this.#lines.parts.push(text);
    this.#lines.length += text.length + 1;
  }

  async #flushLines(): Promise<void> {
    const { type, parts } = this.#lines;
    if (parts.length === 0) return;
    this.#lines = { type, parts: [], length: 0 };
    await this.#chunk(type, Buffer.from(`${parts.join('\n')}\n`));
  }

  async #chunk(type: ChunkType, plain: Uint8Array): Promise<void> {
    const packed = await compress(plain);
    const isSmaller = packed.length < plain.length;
    let stored: Uint8Array = isSmaller ? packed : plain;
    const cipher = type === CHUNK.head ? undefined : this.#cipher;
    const header = Buffer.alloc(CHUNK_HEADER_BYTES);
    header[0] = type;
    header[1] = isSmaller ? FLAG_ZSTD : 0;
    header.writeUInt32LE(stored.length + (cipher === undefined ? 0 : TAG_BYTES), 4);
    header.writeUInt32LE(plain.length, 8);
    if (cipher !== undefined) stored = cipher.seal(this.#chunks, header.subarray(0, 12), stored);
    header.writeUInt32LE(crc32(stored, crc32(header.subarray(0, 12))), 12);
    this.#chunks++;
    if (type === CHUNK.end) {
      await this.#write(header);
      await this.#write(stored);
      return;
    }
    await this.#append(header);
    await this.#append(stored);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    await this.#write(bytes);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await writeAll(this.#file, bytes, this.#position);
    this.#position += bytes.length;
  }
}
