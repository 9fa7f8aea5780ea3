import type { ByteRange } from '../block/range.ts';
import { RangeSet } from '../block/range-set.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import type { DiskPart, Division } from './division.ts';
import { partOf, shifted } from './part-of.ts';
import {
  firstNotes,
  isComplete,
  missingOf,
  type PlannedVolume,
  type RescuePlan,
  type Stage,
} from './plan.ts';
import { type PlanOptions, planVolume, type VolumePlan, wholeSectors } from './volume-plan.ts';

/** Boot loaders lie in front of the first partition, in the first track or MiB; this is ample. */
const BOOT_AREA_BYTES = 16 * 2 ** 20;
/** Gaps up to this come from alignment, and may hold parts of boot loaders; larger ones are free space. */
const SMALL_GAP_BYTES = 2 ** 20;

interface Planned {
  readonly part: DiskPart;
  readonly plan: VolumePlan;
}

/**
 * Composes the plan of a disk from those of its volumes, shifted to where they lie: tables, boot loaders and the
 * metadata of every volume first; then what was named, in all of them; then what is in use; then what may be. Large
 * gaps between partitions are free space, unless a part of the table is lost.
 */
export async function planDisk(
  reader: VolumeReader,
  division: Division,
  sectorBytes: number,
  options: PlanOptions,
): Promise<RescuePlan> {
  const planned: Planned[] = [];
  for (const part of division.parts) {
    options.signal.throwIfAborted();
    const volume = partOf(reader, part.startBytes, part.sizeBytes);
    planned.push({ part, plan: await planVolume(volume, part.startBytes, options) });
  }
  const { table, uncertain } = division;
  const gaps = gapsOf(division, reader.sizeBytes);
  const whole = RangeSet.single(0, reader.sizeBytes);
  const gather = (set: keyof VolumePlan & ('metadata' | 'first' | 'used' | 'rest')): RangeSet =>
    planned
      .map(({ part, plan }) => shifted(plan[set], part.startBytes))
      .reduce((all, one) => all.union(one), RangeSet.EMPTY);
  const align = (set: RangeSet): RangeSet => wholeSectors(set, sectorBytes, reader.sizeBytes);

  const metadata = align(table.tableBytes.union(gaps.small).union(gather('metadata')));
  const first = align(gather('first')).subtract(metadata);
  const used = align(gather('used')).subtract(metadata).subtract(first);
  const kept = metadata.union(first).union(used);
  const rest = align(gather('rest').union(gaps.large.intersect(uncertain))).subtract(kept);
  const due = kept.union(rest);
  const stages: Stage[] = [{ name: 'metadata', domain: metadata }];
  if (!first.isEmpty) stages.push({ name: 'first', domain: first });
  stages.push({ name: 'used', domain: used });
  if (!rest.isEmpty) stages.push({ name: 'everything', domain: rest });
  if (options.allSectors) stages.push({ name: 'free', domain: whole.subtract(due) });
  const domain = options.allSectors ? whole : due;
  const surveys = planned.flatMap(({ plan }) => (plan.survey ? [plan.survey] : []));
  const structures = planned.map(({ part, plan }) =>
    plan.survey ? shifted(plan.survey.metadata, part.startBytes) : RangeSet.EMPTY,
  );
  return {
    survey: undefined,
    table,
    volumes: planned.map((one) => plannedVolume(one, domain)),
    stages,
    domain,
    structures: structures.reduce((all, one) => all.union(one), table.tableBytes),
    complete: uncertain.isEmpty && table.problems.length === 0 && surveys.every(isComplete),
    missingBytes: planned.reduce((sum, one) => sum + missingIn(one), division.missingBytes),
    sectorBytes: surveys.length > 0 ? Math.min(...surveys.map(({ boot }) => boot.sectorBytes)) : undefined,
    notes: [...table.problems.map(({ message }) => message), ...notesOf(planned, options)],
  };
}

/** A volume that is cut because its disk is was counted with its partition already. */
const missingIn = ({ part, plan }: Planned): number =>
  plan.survey && part.sizeBytes === (part.partition?.sizeBytes ?? part.sizeBytes)
    ? missingOf(plan.survey, part.sizeBytes)
    : 0;

function plannedVolume({ part, plan }: Planned, domain: RangeSet): PlannedVolume {
  const { partition, startBytes, sizeBytes } = part;
  const { kind, label, survey } = plan;
  const own = domain.intersect(RangeSet.single(startBytes, startBytes + sizeBytes));
  return { partition, startBytes, sizeBytes, kind, label, survey, domain: own };
}

/** What lies between and around the parts of a disk. */
function gapsOf({ parts }: Division, diskBytes: number): { small: RangeSet; large: RangeSet } {
  const covered = RangeSet.of(
    parts.map(({ startBytes, sizeBytes }) => ({ start: startBytes, end: startBytes + sizeBytes })),
  );
  const gaps = RangeSet.single(0, diskBytes).subtract(covered);
  const small: ByteRange[] = [];
  for (const { start, end } of gaps) {
    if (start === 0) small.push({ start, end: Math.min(end, BOOT_AREA_BYTES) });
    else if (end - start <= SMALL_GAP_BYTES) small.push({ start, end });
  }
  const kept = RangeSet.of(small);
  return { small: kept, large: gaps.subtract(kept) };
}

function notesOf(planned: readonly Planned[], { first }: PlanOptions): string[] {
  const notes = planned.flatMap(({ part, plan }) => {
    const name = part.partition ? `Partition ${part.partition.number}` : `Volume at byte ${part.startBytes}`;
    return plan.notes.map((note) => `${name}: ${note}`);
  });
  const unmatched = first.filter((word) => planned.every(({ plan }) => plan.unmatched.includes(word)));
  return [...notes, ...firstNotes(unmatched, 'disk')];
}
