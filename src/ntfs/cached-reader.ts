import { holesWithin, inHole } from './holes.ts';
import type { Chunk, VolumeReader } from './volume-reader.ts';

/** Records and folders are read in small pieces that lie close together. */
const BLOCK_BYTES = 2 ** 16;
/** 16 MiB in all. */
const MAX_BLOCKS = 256;

/** The same reader, small reads of which are answered from blocks that are kept for a while. */
export function cachedReader(reader: VolumeReader): VolumeReader {
  const blocks = new Map<number, Chunk>();

  const block = async (number: number): Promise<Chunk> => {
    const known = blocks.get(number);
    if (known !== undefined) {
      // The map keeps the order of insertion: the first is the one that was not used for longest.
      blocks.delete(number);
      blocks.set(number, known);
      return known;
    }
    const start = number * BLOCK_BYTES;
    const chunk = await reader.read(start, Math.min(BLOCK_BYTES, reader.sizeBytes - start));
    const oldest = blocks.size >= MAX_BLOCKS ? blocks.keys().next().value : undefined;
    if (oldest !== undefined) blocks.delete(oldest);
    blocks.set(number, chunk);
    return chunk;
  };

  return {
    sizeBytes: reader.sizeBytes,
    async read(offset, length) {
      const number = Math.floor(offset / BLOCK_BYTES);
      const start = offset - number * BLOCK_BYTES;
      const end = start + length;
      const isSmall = offset >= 0 && length > 0 && end <= BLOCK_BYTES && offset + length <= reader.sizeBytes;
      if (!isSmall) return reader.read(offset, length);
      const { bytes, holes } = await block(number);
      const hit = inHole(holes, start, end);
      // A copy: whoever asked may change it.
      return { bytes: bytes.slice(start, end), holes: hit ? holesWithin(holes, start, end) : [] };
    },
  };
}
