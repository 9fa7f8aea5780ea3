import { describePath } from '../block/device-facts.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { u32 } from '../ntfs/little-endian.ts';
import { ByteInput, type ByteStream } from './byte-input.ts';
import { type CompressedImage, openCompressedImage } from './compressed/compressed-image.ts';
import { type FrameStreamOptions, frameStream } from './compressed/frame-stream.ts';
import { isSkippable, ZSTD_MAGIC } from './compressed/zstd-frame.ts';
import { zstdStream } from './compressed/zstd-stream.ts';
import { openImageFile } from './image-file.ts';
import { hasImageMagic, OLD_HEADER_BYTES } from './image-header.ts';
import { STANDARD_STREAM } from './standard-stream.ts';

/** An image, whatever its form, as the special image that it is or holds. */
export interface OpenedImage extends AsyncDisposable {
  /** One that Lifeboat compressed, in a file; undefined for all others. */
  readonly compressed: CompressedImage | undefined;
  /** The special image from its first byte on. Called once. */
  stream(options: FrameStreamOptions): ByteStream;
}

/**
 * Opens an image: a special image, one that Lifeboat compressed, or one that any other program for Zstandard did. `-` is
 * standard input. Rejects with a `CloneError`.
 */
export async function openImage(path: string, facts?: PathFacts): Promise<OpenedImage> {
  const known = path === STANDARD_STREAM ? undefined : (facts ?? (await describePath(path)));
  if (known?.kind === 'file') {
    const file = await openImageFile(path, known);
    const { bytes } = await file.reader.read(0, Math.min(OLD_HEADER_BYTES, file.reader.sizeBytes));
    // Of a compressed image whose start is lost, or was zeroed, the end tells what it is.
    const compressed = hasImageMagic(bytes) ? undefined : await openCompressedImage(file.reader);
    if (compressed !== undefined) {
      return {
        compressed,
        stream: (options) => frameStream(compressed, options),
        [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
      };
    }
    await file[Symbol.asyncDispose]();
  }
  const input = await ByteInput.open(path);
  const start = await input.peek();
  const magic = u32(start, 0);
  const stream = magic === ZSTD_MAGIC || isSkippable(magic) ? zstdStream(input) : input;
  return { compressed: undefined, stream: () => stream, [Symbol.asyncDispose]: () => stream.close() };
}
