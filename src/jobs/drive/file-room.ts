import type { Content, ContentKind } from '../../probe/content/content.ts';

/** File systems that new files are put into, by how they are mounted. */
const MOUNTED_AS: Partial<Record<ContentKind, FileRoom>> = {
  ntfs: 'ntfs',
  exfat: 'exfat',
  fat12: 'fat',
  fat16: 'fat',
  fat32: 'fat',
  ext2: 'ext2',
  ext3: 'ext3',
  ext4: 'ext4',
};

/** A family of file systems that can take files. */
export type FileRoom = 'ntfs' | 'exfat' | 'fat' | 'ext2' | 'ext3' | 'ext4';

/** FAT keeps the size of a file in 32 bits: Microsoft's FAT specification, 6.1. */
const LARGEST_ON_FAT = 2 ** 32 - 1;

/** How a volume with that content is mounted; undefined when no files are put into such. */
export const fileRoomOf = ({ kind }: Content): FileRoom | undefined => MOUNTED_AS[kind];

/** Whether files there take their whole size at once, holes and all. */
export const knowsNoHoles = (room: FileRoom): boolean => room === 'fat' || room === 'exfat';

/**
 * Why a file of `sizeBytes`, of which about `usedBytes` hold something, cannot be put into a volume that is not
 * mounted, as a clause; undefined when nothing that is known of it speaks against it.
 */
export function whyNoFile(content: Content, sizeBytes: number, usedBytes: number): string | undefined {
  const unfit = whyNoFiles(content);
  if (unfit !== undefined) return unfit;
  const room = fileRoomOf(content);
  if (room === 'fat' && sizeBytes > LARGEST_ON_FAT) return 'FAT holds no file of 4 GiB or more';
  const { totalBytes, usedBytes: taken } = content;
  const needed = room !== undefined && knowsNoHoles(room) ? sizeBytes : usedBytes;
  const free = totalBytes === undefined ? undefined : totalBytes - (taken ?? 0);
  return free !== undefined && free < needed ? 'not enough room' : undefined;
}

/** Why nothing at all can be put into such a volume, as a clause; undefined when files can. */
export function whyNoFiles(content: Content): string | undefined {
  if (fileRoomOf(content) === undefined) return 'files cannot be put there';
  if (content.note !== undefined) return content.note;
  if (content.kind !== 'ntfs') return undefined;
  if (content.hibernated) return 'Windows sleeps on it: start it and shut it down with Shift held';
  return content.dirty ? 'Windows has not closed it cleanly: let Windows check it first' : undefined;
}
