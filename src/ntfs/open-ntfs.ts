import { type BootSector, bootSectorCandidates, type FoundBootSector } from './boot-sector.ts';
import type { OpenVolume } from './file-attributes.ts';
import { openMft } from './mft.ts';
import type { NtfsNote } from './note.ts';
import type { VolumeReader } from './volume-reader.ts';

/** A volume that was opened, and by which boot sector. */
export interface OpenedNtfs {
  readonly volume: OpenVolume;
  readonly found: FoundBootSector;
  readonly notes: readonly NtfsNote[];
}

/**
 * Opens a volume by the boot sector that leads to a whole $MFT, or to the most of one; the best boot sector first where
 * they lead to the same. `undefined` when none leads to any. Rejects with the signal's reason.
 */
export async function openNtfs(reader: VolumeReader, signal?: AbortSignal): Promise<OpenedNtfs | undefined> {
  let best: OpenedNtfs | undefined;
  const tried: BootSector[] = [];
  for (const found of await bootSectorCandidates(reader)) {
    signal?.throwIfAborted();
    const { boot } = found;
    if (tried.some((other) => isSameWay(other, boot))) continue;
    tried.push(boot);
    const mft = await openMft(reader, boot);
    if (mft === undefined) continue;
    const opened = { volume: { reader, boot, mft }, found, notes: [...found.notes, ...mft.notes] };
    if (best === undefined || isBetter(opened, best)) best = opened;
  }
  return best;
}

/** Whether two boot sectors lead to the same records. */
function isSameWay(a: BootSector, b: BootSector): boolean {
  return (
    a.clusterBytes === b.clusterBytes &&
    a.clusterCount === b.clusterCount &&
    a.recordBytes === b.recordBytes &&
    a.mftLcn === b.mftLcn &&
    a.mftMirrLcn === b.mftMirrLcn
  );
}

function isBetter({ volume: { mft: a } }: OpenedNtfs, { volume: { mft: b } }: OpenedNtfs): boolean {
  if (a.complete !== b.complete) return a.complete;
  return a.recordCount - a.unmappedRecords > b.recordCount - b.unmappedRecords;
}
