import { SYSTEM_RECORD } from '../../ntfs/attribute-role.ts';
import { readBitmap } from '../../ntfs/bitmap.ts';
import { findBootSector } from '../../ntfs/boot-sector.ts';
import type { OpenVolume } from '../../ntfs/file-attributes.ts';
import { directoryEntries } from '../../ntfs/index.ts';
import { openMft } from '../../ntfs/mft.ts';
import { isHibernated, readVolumeFacts } from '../../ntfs/volume-facts.ts';
import type { VolumeReader } from '../../ntfs/volume-reader.ts';
import { known } from './bytes.ts';
import type { Content } from './content.ts';
import { ReadingLimit } from './reading-limit.ts';

/** A volume that was recognised, and the way into it for what costs more reads. */
export interface FoundNtfs {
  readonly content: Content;
  readonly volume: OpenVolume | undefined;
}

/**
 * NTFS: boot sector (or its backup), label, version and dirty flag from $Volume, and whether a Windows sleeps on it.
 * What lies in unreadable places stays unknown.
 */
export async function findNtfs(reader: VolumeReader): Promise<FoundNtfs | undefined> {
  const found = await findBootSector(reader);
  if (found === undefined) return undefined;
  const { boot } = found;
  const note =
    found.from === 'backup'
      ? 'its boot sector is damaged; this is from the backup copy'
      : boot.volumeBytes > reader.sizeBytes
        ? 'it is longer than the place it lies in: a part of it is missing'
        : undefined;
  const basic: Content = known<Content>({
    kind: 'ntfs',
    uuid: boot.serial,
    totalBytes: boot.volumeBytes,
    blockBytes: boot.clusterBytes,
    note,
  });
  let facts: Partial<Content> = {};
  try {
    const mft = await openMft(reader, boot);
    if (mft === undefined) {
      return { content: { ...basic, note: note ?? 'its file table cannot be read' }, volume: undefined };
    }
    const volume: OpenVolume = { reader, boot, mft };
    const { label, version, dirty } = await readVolumeFacts(volume);
    facts = known<Partial<Content>>({ label: label || undefined, version, dirty });
    const hibernated = await sleeps(volume);
    return { content: known<Content>({ ...basic, ...facts, hibernated }), volume };
  } catch (error) {
    if (!(error instanceof ReadingLimit)) throw error;
    return { content: { ...basic, ...facts }, volume: undefined };
  }
}

/** Whether hiberfil.sys in the root folder holds a sleeping Windows; undefined when that cannot be told. */
async function sleeps(volume: OpenVolume): Promise<boolean | undefined> {
  const root = await volume.mft.record(SYSTEM_RECORD.ROOT);
  if (root.state !== 'in-use') return undefined;
  let lost = false;
  const onLost = (): void => {
    lost = true;
  };
  for await (const { file, name } of directoryEntries(volume, root.record, onLost)) {
    if (name.name.toLowerCase() === 'hiberfil.sys') return isHibernated(volume, file.record);
  }
  return lost ? undefined : false;
}

/**
 * Bytes in use by $Bitmap; undefined when it cannot be read in full, or is larger than `mostBytes`: it has a bit for
 * each cluster, 32 MiB for a terabyte.
 */
export async function usedBytesOf(volume: OpenVolume, mostBytes: number): Promise<number | undefined> {
  if (volume.boot.clusterCount / 8 > mostBytes) return undefined;
  try {
    const { used, unknown } = await readBitmap(volume);
    return unknown.isEmpty ? used.totalBytes : undefined;
  } catch (error) {
    if (!(error instanceof ReadingLimit)) throw error;
    return undefined;
  }
}
