import type { RangeSet } from '../../src/block/range-set.ts';
import { RangeSetBuilder } from '../../src/block/range-set.ts';
import { findBootSector } from '../../src/ntfs/boot-sector.ts';
import type { OpenVolume } from '../../src/ntfs/file-attributes.ts';
import type { FileRecord } from '../../src/ntfs/file-record.ts';
import { openMft } from '../../src/ntfs/mft.ts';
import type { VolumeReader } from '../../src/ntfs/volume-reader.ts';

/** Opens a healthy volume, to find the places at which a test then damages it. */
export async function openVolume(reader: VolumeReader): Promise<OpenVolume> {
  const found = await findBootSector(reader);
  const mft = found && (await openMft(reader, found.boot));
  if (found === undefined || mft === undefined) throw new Error('the test volume is not readable');
  return { reader, boot: found.boot, mft };
}

export async function healthyRecord(volume: OpenVolume, number: number): Promise<FileRecord> {
  const state = await volume.mft.record(number);
  if (state.state !== 'in-use') throw new Error(`record ${number} of the test volume is ${state.state}`);
  return state.record;
}

/** Bytes of a record on the volume. */
export async function recordPlace(
  volume: OpenVolume,
  number: number,
): Promise<{ start: number; end: number }> {
  const { position } = await healthyRecord(volume, number);
  return { start: position, end: position + volume.boot.recordBytes };
}

/** Bytes of all clusters of the attributes of this type in one record. */
export function clustersOf(volume: OpenVolume, record: FileRecord, type: number): RangeSet {
  const builder = new RangeSetBuilder();
  const { clusterBytes } = volume.boot;
  for (const one of record.attributes) {
    if (one.resident || one.type !== type) continue;
    for (const { lcn, length } of one.runList.runs) {
      if (lcn !== undefined) builder.add(lcn * clusterBytes, (lcn + length) * clusterBytes);
    }
  }
  return builder.build();
}
