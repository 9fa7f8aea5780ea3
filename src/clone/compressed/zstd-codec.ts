import { constants, type ZstdOptions, zstdCompress, zstdDecompress } from 'node:zlib';

/** Levels of Zstandard that a user may choose; above 19 it takes very much memory. */
export const LEVELS = { lowest: 1, usual: 3, highest: 19 } as const;

/** No frame of ours refers to more than 8 MiB before, at any level (measured); others may take up to 2 GiB of memory. */
export const LARGEST_WINDOW_LOG = 23;

/** Bytes that compressing incompressible data may add, rounded up (`ZSTD_compressBound`). */
export const mostPackedBytes = (plainBytes: number): number => plainBytes + (plainBytes >>> 8) + 1024;

/**
 * Compresses bytes to one frame that tells its size and ends with a checksum of its content, in another thread. The
 * same bytes and level give the same frame.
 */
export function compressFrame(plain: Uint8Array, level: number): Promise<Buffer> {
  const options: ZstdOptions & { pledgedSrcSize: number } = {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
    pledgedSrcSize: plain.length,
    chunkSize: mostPackedBytes(plain.length),
  };
  return new Promise((resolve, reject) => {
    zstdCompress(plain, options, (error, packed) => (error ? reject(error) : resolve(packed)));
  });
}

/**
 * Gives the memory of a compressed frame back at once, which must not be used any more: left to the garbage collector,
 * 100 MB pile up.
 */
export function releaseFrame({ buffer, byteOffset }: Uint8Array): void {
  // Small buffers share the memory of a pool.
  const isOwn = buffer instanceof ArrayBuffer && byteOffset === 0 && buffer.byteLength > Buffer.poolSize;
  if (isOwn) buffer.transfer(0);
}

/**
 * Expands one frame, in another thread, and compares its content with the frame's checksum. `undefined` for a frame that
 * is damaged, or whose content has not `plainBytes`.
 */
export function expandFrame(packed: Uint8Array, plainBytes: number): Promise<Buffer | undefined> {
  // One more byte, to notice a content that is too long.
  const options = {
    chunkSize: Math.max(64, plainBytes + 1),
    maxOutputLength: plainBytes + 1,
    params: { [constants.ZSTD_d_windowLogMax]: LARGEST_WINDOW_LOG },
  };
  return new Promise((resolve, reject) => {
    zstdDecompress(packed, options, (error, plain) => {
      // Of all that it may say this alone is no fault of the bytes.
      if (error !== null && 'code' in error && error.code === 'ZSTD_error_memory_allocation') reject(error);
      else resolve(error || plain.length !== plainBytes ? undefined : plain);
    });
  });
}
