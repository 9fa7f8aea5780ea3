import { ByteInput } from './byte-input.ts';
import type { CloneListener } from './clone-listener.ts';
import type { ImageHeader } from './image-header.ts';
import { ImageReader } from './image-reader.ts';
import { type RestoreResult, restoreImage } from './restore-image.ts';

/** What an image says of its volume. Rejects with a `CloneError` when it is none. */
export async function readImageHeader(image: string): Promise<ImageHeader> {
  const input = await ByteInput.open(image);
  try {
    return (await ImageReader.open(input)).header;
  } finally {
    await input.close();
  }
}

/**
 * Reads an image to its end. The format has no checksums: what shows is a structure that makes no sense, an end that
 * came too early, and fewer clusters than the header says. Rejects with a `CloneError`.
 */
export function verifyImage(
  image: string,
  listener: CloneListener,
  signal: AbortSignal,
): Promise<RestoreResult> {
  return restoreImage({ image, output: undefined, overwrite: false }, listener, signal);
}
