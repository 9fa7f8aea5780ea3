import { inHole } from '../../ntfs/holes.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { u64 } from './bytes.ts';

/** Reads `length` bytes at `offset` of a volume; undefined when not all of them are there and readable. */
export type Peek = (offset: number, length: number) => Promise<Uint8Array | undefined>;

/** Looks into a volume. Offsets come from the disk itself, so any of them may be absurd. */
export function peekInto(reader: VolumeReader): Peek {
  return async (offset, length) => {
    if (!Number.isSafeInteger(offset) || offset < 0 || length <= 0) return undefined;
    if (offset + length > reader.sizeBytes) return undefined;
    const chunk = await reader.read(offset, length);
    return inHole(chunk.holes, 0, length) ? undefined : chunk.bytes;
  };
}

/** A 64-bit size, as long as it can be one. */
export const at = (bytes: Uint8Array, offset: number): number | undefined => u64(bytes, offset);
