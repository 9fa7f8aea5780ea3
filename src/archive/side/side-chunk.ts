import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, zstdDecompress } from 'node:zlib';
import type { SideCipher } from './side-cipher.ts';
import {
  CHUNK,
  CHUNK_HEADER_BYTES,
  FLAG_ZSTD,
  MAX_CHUNK_BYTES,
  SideFileError,
  TAG_BYTES,
} from './side-form.ts';

const decompress = promisify(zstdDecompress);

/** The header of a chunk, and where the chunk lies. */
export interface ChunkHeader {
  readonly header: Buffer;
  readonly type: number;
  readonly storedBytes: number;
  /** Byte behind the chunk. */
  readonly end: number;
  readonly position: number;
}

/** A chunk as it is stored; its checksum is right. */
export interface Chunk extends ChunkHeader {
  readonly stored: Buffer;
}

/** Reads the header of a chunk. Rejects with a `SideFileError`. */
export async function readHeader(
  handle: FileHandle,
  path: string,
  sizeBytes: number,
  position: number,
): Promise<ChunkHeader> {
  const header = await readAt(handle, position, CHUNK_HEADER_BYTES);
  if (header.length < CHUNK_HEADER_BYTES) throw cut(path, position, 'a chunk');
  const storedBytes = header.readUInt32LE(4);
  const plainBytes = header.readUInt32LE(8);
  if (storedBytes > MAX_CHUNK_BYTES + TAG_BYTES || plainBytes > MAX_CHUNK_BYTES) {
    throw damaged(path, position, `at most ${MAX_CHUNK_BYTES} bytes`, `${Math.max(storedBytes, plainBytes)}`);
  }
  const end = position + CHUNK_HEADER_BYTES + storedBytes;
  if (end > sizeBytes) throw cut(path, position, `a chunk of ${storedBytes} bytes`);
  return { header, type: header[0] as number, storedBytes, end, position };
}

/** Reads a chunk and compares its checksum. Rejects with a `SideFileError`. */
export async function readChunk(
  handle: FileHandle,
  path: string,
  sizeBytes: number,
  position: number,
): Promise<Chunk> {
  const head = await readHeader(handle, path, sizeBytes, position);
  const stored = await readAt(handle, position + CHUNK_HEADER_BYTES, head.storedBytes);
  if (stored.length < head.storedBytes) throw cut(path, position, `a chunk of ${head.storedBytes} bytes`);
  const sum = head.header.readUInt32LE(12);
  const found = crc32(stored, crc32(head.header.subarray(0, 12)));
  if (sum !== found) throw damaged(path, position, `checksum ${sum.toString(16)}`, found.toString(16));
  return { ...head, stored };
}

/** The content of a chunk, decrypted and decompressed. Rejects with a `SideFileError`. */
export async function plainOf(
  chunk: Chunk,
  path: string,
  cipher: SideCipher | undefined,
  number: number,
): Promise<Buffer> {
  const { header, position } = chunk;
  let bytes: Uint8Array = chunk.stored;
  if (cipher !== undefined && chunk.type !== CHUNK.head) {
    const opened = cipher.open(number, header.subarray(0, 12), bytes);
    if (opened === undefined) throw damaged(path, position, 'bytes of this password', 'others');
    bytes = opened;
  }
  const length = header.readUInt32LE(8);
  if (((header[1] as number) & FLAG_ZSTD) !== 0) {
    try {
      bytes = await decompress(bytes, { maxOutputLength: Math.max(1, length) });
    } catch (error) {
      throw damaged(path, position, 'bytes of zstd', (error as Error).message);
    }
  }
  if (bytes.length !== length) throw damaged(path, position, `${length} bytes`, `${bytes.length}`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Bytes of a file; fewer at its end. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** A side file that is not what it should be at a byte. */
export function damaged(path: string, position: number, expected: string, found: string): SideFileError {
  const message = `The side file ${path} is damaged at byte ${position}: ${found}, expected ${expected}.`;
  return new SideFileError(message, position, expected, found);
}

function cut(path: string, position: number, expected: string): SideFileError {
  const message = `The side file ${path} is cut off at byte ${position}.`;
  return new SideFileError(message, position, expected, 'the end of the file');
}
