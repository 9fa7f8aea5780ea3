import { describePath } from '../../block/device-facts.ts';
import type { BlockFacts, FileFacts } from '../../block/path-facts.ts';
import { Refusal } from '../refusal.ts';

/** Images of disks are made of whole sectors. */
const SECTOR_BYTES = 512;

/** What somebody wants to have checked: a disk, one of its partitions (then it is about the disk), or an image. */
export interface BootTarget {
  /** As it was given. */
  readonly path: string;
  /** The whole disk, or the image file. */
  readonly wholePath: string;
  readonly facts: BlockFacts | FileFacts;
  /** Number of the partition that was named. */
  readonly partition: number | undefined;
}

/** Finds the disk that a path is about. Throws a `Refusal`. */
export async function bootTarget(path: string): Promise<BootTarget> {
  const facts = await describePath(path);
  switch (facts.kind) {
    case 'file':
      // Anything else would be searched for a partition table in vain.
      if (facts.sizeBytes === 0 || facts.sizeBytes % SECTOR_BYTES !== 0) break;
      return { path, wholePath: path, facts, partition: undefined };
    case 'block': {
      if (facts.partitionNumber === undefined) return { path, wholePath: path, facts, partition: undefined };
      const wholePath = `/dev/${facts.diskName}`;
      const disk = await describePath(wholePath);
      if (disk.kind !== 'block') break;
      return { path, wholePath, facts: disk, partition: facts.partitionNumber };
    }
    case 'missing':
      throw new Refusal(
        'device-missing',
        `There is nothing at ${path}.`,
        'See what is attached: lifeboat probe.',
      );
    case 'other':
      if (facts.errno === 'EACCES')
        throw new Refusal(
          'device-permission',
          `${path} may not be read by this user.`,
          'Run Lifeboat as root.',
        );
      break;
    case 'directory':
      break;
  }
  throw new Refusal(
    'device-kind',
    `${path} is neither a disk nor an image of one.`,
    'Name a disk such as /dev/sdb, a partition, or an image file.',
  );
}
