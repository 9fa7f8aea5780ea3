import type { VolumeReader } from '../ntfs/volume-reader.ts';

/** Bytes in memory, as the content of a file. */
export function memoryContent(bytes: Uint8Array): VolumeReader {
  return {
    sizeBytes: bytes.length,
    read: async (offset, length) => ({ bytes: bytes.slice(offset, offset + length), holes: [] }),
  };
}
