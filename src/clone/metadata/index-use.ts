import { ATTRIBUTE } from '../../ntfs/attribute.ts';
import { readAttribute } from '../../ntfs/attribute-data.ts';
import { fileAttribute, type OpenVolume } from '../../ntfs/file-attributes.ts';
import type { FileRecord } from '../../ntfs/file-record.ts';
import { inHole } from '../../ntfs/holes.ts';
import { u8, u32 } from '../../ntfs/little-endian.ts';
import { type IndexKind, indexKind } from './index-entries.ts';

/** What must be known of an index to wipe its blocks. */
export interface IndexUse {
  readonly kind: IndexKind;
  readonly blockBytes: number;
  /** Whether a block holds entries of today. */
  isUsed(block: number): boolean;
}

const MAX_BLOCK_BYTES = 2 ** 21;
/** An index of 2^27 blocks of 4 KiB would be 512 GiB large. */
const MAX_BITMAP_BYTES = 2 ** 24;

/** Reads the root and the bitmap of an index; without them every block counts as used, of the volume's usual size. */
export async function readIndexUse(volume: OpenVolume, owner: FileRecord, name: string): Promise<IndexUse> {
  const root = await fileAttribute(volume, owner, ATTRIBUTE.INDEX_ROOT, name);
  const value = root !== undefined && 'value' in root && root.value.length >= 16 ? root.value : undefined;
  const told = value === undefined ? 0 : u32(value, 8);
  const isSane = told >= 512 && told <= MAX_BLOCK_BYTES && Number.isInteger(Math.log2(told));
  const map = await fileAttribute(volume, owner, ATTRIBUTE.BITMAP, name);
  const length = Math.min(map?.dataBytes ?? 0, MAX_BITMAP_BYTES);
  const bits =
    map === undefined || length === 0
      ? undefined
      : await readAttribute(volume.reader, map, volume.boot.clusterBytes, 0, length);
  return {
    // An index without a root is taken for one of names: those hold most.
    kind: indexKind(name, value === undefined ? ATTRIBUTE.FILE_NAME : u32(value, 0)),
    blockBytes: isSane ? told : volume.boot.indexRecordBytes,
    isUsed(block) {
      const at = Math.floor(block / 8);
      if (bits === undefined || inHole(bits.holes, at, at + 1)) return true;
      return at < length && ((u8(bits.bytes, at) >>> (block % 8)) & 1) === 1;
    },
  };
}
