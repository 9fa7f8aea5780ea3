import { inHole, readClamped } from '../ntfs/holes.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { be32, be64, u8 } from '../probe/content/bytes.ts';

const BLOCK = 512;
const RECORD_MAGIC = 0xfeedbabe;
const UNMOUNT = 0x20;
const CYCLE_BYTES = 32768;
/** A record is not longer than 256 KiB, and the one of an unmount is short, but padded to a stripe at times. */
const MOST_PADDING_BLOCKS = 512;
const DIRTY = 'it was not closed cleanly';
const UNREADABLE = 'its log cannot be read';

/**
 * Whether the log of an XFS ends with the record that an unmount writes (as the kernel judges it): `undefined` then,
 * else a clause that says what is wrong. The head of the log is where the cycle number, which every block
 * begins with, falls; it is searched by halving. Place and fields: the kernel's xfs_format.h and xfs_log_format.h.
 */
export async function xfsLogState(volume: VolumeReader): Promise<string | undefined> {
  const { bytes: sb, holes } = await readClamped(volume, 0, BLOCK);
  if (inHole(holes, 0, BLOCK)) return 'its superblock cannot be read';
  const blockBytes = be32(sb, 4);
  const groupShift = 2 ** u8(sb, 124);
  const logStart = be64(sb, 48);
  const logBytes = be32(sb, 96) * blockBytes;
  if (logStart === undefined || logStart === 0) return 'its log is on another disk';
  const start = (Math.floor(logStart / groupShift) * be32(sb, 84) + (logStart % groupShift)) * blockBytes;
  const count = Math.floor(logBytes / BLOCK);
  if (count < 2 || !Number.isSafeInteger(start) || start + logBytes > volume.sizeBytes)
    return 'its log is not inside';

  const block = async (index: number): Promise<Uint8Array | undefined> => {
    const chunk = await readClamped(volume, start + index * BLOCK, BLOCK);
    return inHole(chunk.holes, 0, BLOCK) ? undefined : chunk.bytes;
  };
  const first = await block(0);
  if (first === undefined) return UNREADABLE;
  const newest = cycleOf(first);
  let low = 1;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const bytes = await block(middle);
    if (bytes === undefined) return UNREADABLE;
    if (cycleOf(bytes) === newest) low = middle + 1;
    else high = middle;
  }
  return lastRecordIsUnmount(block, low, count);
}

/** Looks at the last record in front of the block `head`, at which the next one would be written. */
async function lastRecordIsUnmount(
  block: (index: number) => Promise<Uint8Array | undefined>,
  head: number,
  count: number,
): Promise<string | undefined> {
  for (let back = 1; back <= Math.min(MOST_PADDING_BLOCKS, count); back++) {
    const index = (head - back + count) % count;
    const header = await block(index);
    if (header === undefined) return UNREADABLE;
    if (be32(header, 0) !== RECORD_MAGIC) continue;
    const length = be32(header, 12);
    // Records longer than 32 KiB have more blocks in their header, by the size that the header gives.
    const isLong = (be32(header, 8) & 2) !== 0 && be32(header, 320) > CYCLE_BYTES;
    const headerBlocks = isLong ? Math.ceil(be32(header, 320) / CYCLE_BYTES) : 1;
    if (headerBlocks + Math.ceil(length / BLOCK) !== back || be32(header, 40) !== 1) return DIRTY;
    const data = await block((index + headerBlocks) % count);
    if (data === undefined) return UNREADABLE;
    return (u8(data, 9) & UNMOUNT) !== 0 ? undefined : DIRTY;
  }
  return DIRTY;
}

/** The cycle in which a block of the log was written; a header of a record has it behind its magic number. */
function cycleOf(block: Uint8Array): number {
  const word = be32(block, 0);
  return word === RECORD_MAGIC ? be32(block, 4) : word;
}
