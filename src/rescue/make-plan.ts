import { RangeSet } from '../block/range-set.ts';
import { parseBootSector } from '../ntfs/boot-sector.ts';
import { NtfsError } from '../ntfs/error.ts';
import { readClamped } from '../ntfs/holes.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { planDisk } from './disk-plan.ts';
import { findLostDivision, readDivision } from './division.ts';
import { firstNotes, isComplete, missingOf, type RescuePlan, type Stage } from './plan.ts';
import { type PlanOptions, planNtfs, planVolume, type VolumePlan, wholeSectors } from './volume-plan.ts';

/**
 * Decides what to rescue: of a whole disk its tables and then each partition by what it holds; of a volume its
 * metadata first, then the files that `first` names, then the other used clusters; free space only with
 * `allSectors`. What cannot be known counts as used. `sectorBytes` are those of the device.
 */
export async function makePlan(
  reader: VolumeReader,
  sectorBytes: number,
  options: PlanOptions,
): Promise<RescuePlan> {
  if (!options.wholeDisk) return onlyVolume(reader, sectorBytes, await planAny(reader, options), options);
  if (await isOneVolume(reader, sectorBytes)) {
    return onlyVolume(reader, sectorBytes, await planAny(reader, options), options);
  }
  const division = await readDivision(reader, sectorBytes, options.signal);
  if (division) return planDisk(reader, division, sectorBytes, options);
  const plan = await planAny(reader, options);
  const lost = plan.survey
    ? undefined
    : await findLostDivision(reader, sectorBytes, plan.kind, options.signal);
  if (lost) return planDisk(reader, lost, sectorBytes, options);
  return onlyVolume(reader, sectorBytes, plan, options);
}

/**
 * Whether the first sector is lost, and the last one is the backup boot sector of a volume that fills the device: then
 * no table needs to be looked for, whose places lie in what may be free clusters.
 */
async function isOneVolume(reader: VolumeReader, sectorBytes: number): Promise<boolean> {
  const first = await readClamped(reader, 0, sectorBytes);
  if (first.holes.length === 0 || reader.sizeBytes < 2 * sectorBytes) return false;
  const position = reader.sizeBytes - sectorBytes;
  const last = await readClamped(reader, position, sectorBytes);
  if (last.holes.length > 0) return false;
  try {
    return parseBootSector(last.bytes, position).volumeBytes === position;
  } catch (error) {
    if (error instanceof NtfsError) return false;
    throw error;
  }
}

/** NTFS is looked for everywhere: on a dying disk its beginning may be lost. */
async function planAny(reader: VolumeReader, options: PlanOptions): Promise<VolumePlan> {
  return (await planNtfs(reader, options)) ?? planVolume(reader, 0, options);
}

function onlyVolume(
  reader: VolumeReader,
  sectorBytes: number,
  plan: VolumePlan,
  { allSectors, first: wanted }: PlanOptions,
): RescuePlan {
  const { survey, kind, label } = plan;
  const everything = RangeSet.single(0, reader.sizeBytes);
  const align = (set: RangeSet): RangeSet => wholeSectors(set, sectorBytes, reader.sizeBytes);
  const metadata = align(plan.metadata);
  const first = align(plan.first).subtract(metadata);
  const used = align(plan.used).subtract(metadata).subtract(first);
  const kept = metadata.union(first).union(used);
  const rest = align(plan.rest).subtract(kept);
  const stages: Stage[] = [
    ...(survey ? [{ name: 'metadata', domain: metadata } as const] : []),
    ...(first.isEmpty ? [] : [{ name: 'first', domain: first } as const]),
    ...(survey || !used.isEmpty ? [{ name: 'used', domain: used } as const] : []),
    ...(rest.isEmpty ? [] : [{ name: 'everything', domain: rest } as const]),
  ];
  const due = kept.union(rest);
  if (allSectors) stages.push({ name: 'free', domain: everything.subtract(due) });
  const domain = allSectors ? everything : due;
  const notes = [
    ...(survey || kind !== 'unknown' ? [] : ['No NTFS structure could be read, so every sector is rescued.']),
    ...(survey || wanted.length === 0 ? [] : ['Files cannot be found, so none can be rescued first.']),
  ];
  return {
    survey,
    table: undefined,
    volumes: [
      { partition: undefined, startBytes: 0, sizeBytes: reader.sizeBytes, kind, label, survey, domain },
    ],
    stages,
    domain,
    structures: survey?.metadata ?? RangeSet.EMPTY,
    complete: !survey || isComplete(survey),
    missingBytes: survey ? missingOf(survey, reader.sizeBytes) : 0,
    sectorBytes: survey?.boot.sectorBytes,
    notes: [...notes, ...plan.notes, ...(survey ? firstNotes(plan.unmatched, 'volume') : [])],
  };
}
