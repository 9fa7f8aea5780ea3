import { bootSectorCandidates } from './boot-sector.ts';
import type { OpenVolume } from './file-attributes.ts';
import { openMft } from './mft.ts';
import type { NtfsNote } from './note.ts';
import type { VolumeReader } from './volume-reader.ts';

/** Opens a volume by the best boot sector that leads to an $MFT; `undefined` when none does. */
export async function openNtfs(
  reader: VolumeReader,
): Promise<{ readonly volume: OpenVolume; readonly notes: readonly NtfsNote[] } | undefined> {
  for (const { boot, notes } of await bootSectorCandidates(reader)) {
    const mft = await openMft(reader, boot);
    if (mft !== undefined) return { volume: { reader, boot, mft }, notes: [...notes, ...mft.notes] };
  }
  return undefined;
}
