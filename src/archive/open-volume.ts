import { describePath } from '../block/device-facts.ts';
import { OpenError } from '../block/open-error.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { type OpenSource, openSource } from '../block/source-device.ts';
import { cachedReader } from '../ntfs/cached-reader.ts';
import { openNtfs } from '../ntfs/open-ntfs.ts';
import { sourceReader } from '../ntfs/source-reader.ts';
import { readVolumeFacts, type VolumeFacts } from '../ntfs/volume-facts.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { volumeTree } from '../ntfs/volume-tree.ts';
import { ArchiveError } from './archive-error.ts';
import { type VolumeInventory, volumeInventory } from './inventory/describe-volume.ts';

/** An NTFS volume that was opened for reading. */
export interface OpenNtfsVolume {
  readonly path: string;
  readonly inventory: VolumeInventory;
  readonly facts: VolumeFacts;
  readonly reader: VolumeReader;
  /** What should be known of it, a sentence each. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

/** Opens a source for reading; what speaks against it becomes an `ArchiveError`. */
export async function openForReading(path: string, facts?: PathFacts): Promise<OpenSource> {
  try {
    return await openSource(path, facts);
  } catch (error) {
    if (!(error instanceof OpenError)) throw error;
    throw new ArchiveError('refused', error.code, error.message, error.advice);
  }
}

/** Opens the NTFS volume on a device or in an image, past the page cache. Rejects with an `ArchiveError`. */
export async function openNtfsVolume(path: string, facts?: PathFacts): Promise<OpenNtfsVolume> {
  const source = await openForReading(path, facts ?? (await describePath(path)));
  const reader = cachedReader(sourceReader(source));
  const opened = await openNtfs(reader);
  if (opened === undefined) {
    await source.close();
    throw new ArchiveError(
      'refused',
      'no-ntfs',
      `No NTFS volume can be read in ${path}.`,
      'Name the partition (such as /dev/sdb2), not the whole disk; of a damaged volume, rescue it first.',
    );
  }
  return {
    path,
    inventory: await volumeInventory(volumeTree(opened.volume)),
    facts: await readVolumeFacts(opened.volume),
    reader,
    notes: opened.notes.map(({ message }) => message),
    close: () => source.close(),
  };
}
