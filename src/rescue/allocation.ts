import type { RangeSet } from '../block/range-set.ts';
import { inHole, readClamped } from '../ntfs/holes.ts';
import { u64 } from '../ntfs/little-endian.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import type { Content, ContentKind } from '../probe/content/content.ts';
import { xfsLogState } from './xfs-log.ts';

/** What a file system other than NTFS says of its used space. */
export interface Allocation {
  /** Bytes of the volume that are in use; `undefined` when nothing of it can be told. */
  readonly used: RangeSet | undefined;
  /** Why it may be incomplete, as a clause; `undefined` when all outside of `used` is free. */
  readonly doubt: string | undefined;
}

/**
 * Finds out what a volume uses. `volume` rescues what is read of it; what it cannot read are holes, and an answer
 * that was got past a hole is in doubt.
 */
export type FindAllocation = (
  kind: ContentKind,
  volume: VolumeReader,
  startBytes: number,
) => Promise<Allocation>;

const BTRFS_SUPER = 65536;

/**
 * Why the free space that a file system tells of may hold data, as a clause; `undefined` when it was closed in good
 * order. What was written last is in the journal then, and not yet where allocation is written down.
 */
export async function unsettled(content: Content, volume: VolumeReader): Promise<string | undefined> {
  if (content.dirty === true) return 'it was not closed cleanly';
  if (content.kind === 'xfs') return xfsLogState(volume);
  if (content.kind !== 'btrfs') return undefined;
  const { bytes, holes } = await readClamped(volume, BTRFS_SUPER, 4096);
  if (inHole(holes, 0, 4096)) return 'its superblock cannot be read';
  if (u64(bytes, 0x60) !== 0) return 'it was not closed cleanly';
  if (u64(bytes, 0x88) !== 1) return 'it is spread over several disks';
  return undefined;
}
