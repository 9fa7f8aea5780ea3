import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { findApfs, findHfs } from './apple.ts';
import { hasText } from './bytes.ts';
import type { Content } from './content.ts';
import { findDisc } from './disc.ts';
import { findExfat, findRefs } from './exfat.ts';
import { findExt, findJfs, findReiserfs, findSquashfs } from './ext.ts';
import { findFat } from './fat.ts';
import { findBitlocker, findFirmwareRaid, findLuks, findLvm, findMdRaid, findZfs } from './members.ts';
import { findNtfs } from './ntfs.ts';
import { type Peek, peekInto } from './peek.ts';
import { ReadingLimit } from './reading-limit.ts';
import { findBtrfs, findF2fs, findSwap, findXfs } from './unix.ts';

type Finder = (peek: Peek, sizeBytes: number) => Promise<Content | undefined>;

/**
 * What makes a whole of its own out of what looks like a file system comes first: a mirrored RAID begins like the
 * file system on it, and BitLocker To Go like FAT.
 */
const WRAPPERS: readonly Finder[] = [findMdRaid, findFirmwareRaid, findLvm, findBitlocker, findLuks];

/** The order matters where an older mark may have stayed: those that are overwritten soonest come first. */
const FILE_SYSTEMS: readonly Finder[] = [
  findExfat,
  findRefs,
  findXfs,
  findSquashfs,
  findFat,
  findApfs,
  findExt,
  findF2fs,
  findDisc,
  findHfs,
  findSwap,
  findBtrfs,
  findZfs,
  findReiserfs,
  findJfs,
];

/** All forms begin in these bytes. They are read in two requests: a bad sector in the second hides not the first. */
const HEADS: readonly (readonly [offset: number, bytes: number])[] = [
  [0, 8192],
  [8192, 65536],
];

/** Says what is in a partition or on a disk. Rejects only when the device itself is gone. */
export async function identify(reader: VolumeReader): Promise<Content> {
  const peek = peekInto(reader);
  const heads: (Uint8Array | undefined)[] = [];
  // The finders then read from memory, instead of with many small requests.
  for (const [offset, bytes] of HEADS) {
    const length = Math.min(bytes, reader.sizeBytes - offset);
    if (length > 0) heads.push(await peek(offset, length));
  }
  try {
    const found = await firstOf(WRAPPERS, peek, reader.sizeBytes);
    if (found !== undefined) return found;
    if (heads[0] === undefined || hasText(heads[0], 3, 'NTFS    ')) {
      const ntfs = await findNtfs(reader);
      if (ntfs !== undefined) return ntfs.content;
    }
    const fileSystem = await firstOf(FILE_SYSTEMS, peek, reader.sizeBytes);
    if (fileSystem !== undefined) return fileSystem;
    // A backup boot sector may be left from long ago; it counts when it leads to a file table.
    const lost = await findNtfs(reader);
    if (lost?.volume !== undefined) return lost.content;
  } catch (error) {
    if (!(error instanceof ReadingLimit)) throw error;
    return { kind: 'unknown', note: 'its structures lead astray' };
  }
  if (heads[0] === undefined) return { kind: 'unreadable' };
  if (heads.includes(undefined)) return { kind: 'unknown', note: 'parts of its beginning cannot be read' };
  return { kind: heads.every((head) => head?.every((byte) => byte === 0)) ? 'empty' : 'unknown' };
}

async function firstOf(
  finders: readonly Finder[],
  peek: Peek,
  sizeBytes: number,
): Promise<Content | undefined> {
  for (const find of finders) {
    const content = await find(peek, sizeBytes);
    if (content !== undefined) return content;
  }
  return undefined;
}
