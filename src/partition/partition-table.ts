import type { ByteRange } from '../block/range.ts';
import { RangeSet } from '../block/range-set.ts';
import { inHole, readClamped } from '../ntfs/holes.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { FIRST_LOGICAL, readChain } from './extended.ts';
import { readGpt } from './gpt.ts';
import {
  diskSignature,
  hasBootFlags,
  isExtended,
  isProtective,
  isUsed,
  isVolumeBootSector,
  MBR_BYTES,
  type MbrEntry,
  mbrEntries,
  typeText,
} from './mbr.ts';
import { type Partition, type PartitionTable, ProblemList } from './partition.ts';
import { typeName } from './type-names.ts';

export interface TableOptions {
  /** Bytes of the device's logical sector, in which an MBR counts; 512 for images, unless it is known better. */
  readonly sectorBytes?: number;
  /**
   * Whether entries of a GPT are believed without headers also where no MBR can be read that tells of one; default
   * true. Looking for them reads places that are free on a disk which is a volume.
   */
  readonly guess?: boolean;
}

/** Sector sizes in which a GPT may count. */
const SECTOR_SIZES = [512, 4096];

/** What stands in sector 0. */
interface FirstSector {
  readonly unreadable: boolean;
  /** The boot sector of a volume that fills the whole disk. */
  readonly isVolume: boolean;
  readonly entries: readonly MbrEntry[] | undefined;
  readonly bytes: Uint8Array;
}

/**
 * Reads how a disk is divided: a GPT where a protective or hybrid MBR (or none that can be read) allows for one, else
 * an MBR with its logical partitions. `reader` gives the whole disk; what it cannot read it names as holes. Reads
 * little, and nothing but the places of tables. Never rejects for damage; `problems` tells of it.
 */
export async function readPartitionTable(
  reader: VolumeReader,
  options: TableOptions = {},
): Promise<PartitionTable> {
  const { sectorBytes = 512, guess = true } = options;
  const problems = new ProblemList();
  const first = await readFirstSector(reader);
  if (first.unreadable) problems.add('unreadable', 'The first sector of the disk cannot be read.', 0);
  if (first.isVolume) return undivided(sectorBytes, first, problems);
  const used = first.entries?.filter(isUsed) ?? [];
  const promised = used.some(isProtective);
  // A table without a protective entry rules; headers beside it are left from an earlier use of the disk.
  if (promised || used.length === 0 || !isPlausible(first, reader, sectorBytes)) {
    const sizes = [sectorBytes, ...SECTOR_SIZES.filter((size) => size !== sectorBytes)];
    const gpt = await readGpt(reader, sizes, promised || (guess && first.unreadable), problems);
    if (gpt) {
      const hybrid = promised && used.length > 1;
      if (!promised && !first.unreadable) {
        problems.add('no-protective-mbr', 'The disk has a GPT, but its MBR does not say so.', 0);
      }
      const { facts, partitions, tableRanges, diskId } = gpt;
      const table = {
        scheme: 'gpt',
        sectorBytes: gpt.sectorBytes,
        diskId,
        gpt: { ...facts, hybrid },
      } as const;
      return finish(table, partitions, [mbrRange(gpt.sectorBytes), ...tableRanges], reader, problems);
    }
    if (promised) {
      const message = 'The MBR says that the disk has a GPT, but no copy of it can be read.';
      problems.add('gpt-primary-damaged', message, 0);
    }
  }
  if (used.length === 0 || !isPlausible(first, reader, sectorBytes)) {
    if (used.length > 0) {
      problems.add('mbr-damaged', 'The first sector ends like a partition table, but holds none.', 0);
    }
    return undivided(sectorBytes, first, problems);
  }
  return readMbr(reader, used, sectorBytes, first.bytes, problems);
}

async function readFirstSector(reader: VolumeReader): Promise<FirstSector> {
  const { bytes, holes } = await readClamped(reader, 0, MBR_BYTES);
  const unreadable = inHole(holes, 0, MBR_BYTES);
  return {
    unreadable,
    isVolume: !unreadable && isVolumeBootSector(bytes),
    entries: unreadable ? undefined : mbrEntries(bytes),
    bytes,
  };
}

/** Whether the sector is a table, and not something else that ends in 55 AA. */
function isPlausible({ entries }: FirstSector, reader: VolumeReader, sectorBytes: number): boolean {
  if (entries === undefined || !hasBootFlags(entries)) return false;
  return entries.some((entry) => {
    return isUsed(entry) && entry.startSector > 0 && entry.startSector * sectorBytes < reader.sizeBytes;
  });
}

async function readMbr(
  reader: VolumeReader,
  entries: readonly MbrEntry[],
  sectorBytes: number,
  bytes: Uint8Array,
  problems: ProblemList,
): Promise<PartitionTable> {
  const partitions: Partition[] = [];
  const logical: Partition[] = [];
  const sectors: number[] = [];
  for (const entry of entries) {
    partitions.push({
      number: entry.slot + 1,
      kind: isExtended(entry) ? 'extended' : 'primary',
      startBytes: entry.startSector * sectorBytes,
      sizeBytes: entry.sectorCount * sectorBytes,
      type: typeText(entry),
      typeName: typeName(typeText(entry)),
      name: '',
      flags: entry.flag === 0x80 ? ['boot'] : [],
      guid: undefined,
    });
    if (!isExtended(entry)) continue;
    const chain = await readChain(reader, entry, sectorBytes, FIRST_LOGICAL + logical.length, problems);
    logical.push(...chain.partitions);
    sectors.push(...chain.sectors);
  }
  const places = sectors.map((start) => ({ start, end: start + sectorBytes }));
  const table = { scheme: 'mbr', sectorBytes, diskId: diskSignature(bytes), gpt: undefined } as const;
  const all = [...partitions, ...logical];
  return finish(table, all, [mbrRange(sectorBytes), ...places], reader, problems);
}

const mbrRange = (sectorBytes: number): ByteRange => ({ start: 0, end: sectorBytes });

function undivided(sectorBytes: number, first: FirstSector, problems: ProblemList): PartitionTable {
  return {
    scheme: 'none',
    sectorBytes,
    diskId: undefined,
    partitions: [],
    gpt: undefined,
    tableBytes: RangeSet.EMPTY,
    // A volume that fills the disk has no table that could be damaged.
    problems: first.isVolume ? [] : problems.list(),
  };
}

/** Looks over all partitions together. */
function finish(
  table: Pick<PartitionTable, 'scheme' | 'sectorBytes' | 'diskId' | 'gpt'>,
  partitions: readonly Partition[],
  tableRanges: readonly ByteRange[],
  reader: VolumeReader,
  problems: ProblemList,
): PartitionTable {
  for (const { number, startBytes, sizeBytes } of partitions) {
    if (startBytes + sizeBytes <= reader.sizeBytes) continue;
    const where = startBytes >= reader.sizeBytes ? 'begins' : 'ends';
    problems.add('outside', `Partition ${number} ${where} behind the end of the disk.`, startBytes);
  }
  const byPlace = partitions
    .filter(({ kind }) => kind !== 'extended')
    .toSorted((a, b) => a.startBytes - b.startBytes);
  let furthest: Partition | undefined;
  for (const one of byPlace) {
    if (furthest && one.startBytes < furthest.startBytes + furthest.sizeBytes) {
      const message = `Partitions ${furthest.number} and ${one.number} overlap.`;
      problems.add('overlap', message, one.startBytes);
    }
    const end = one.startBytes + one.sizeBytes;
    if (!furthest || end > furthest.startBytes + furthest.sizeBytes) furthest = one;
  }
  const inside = tableRanges.map(({ start, end }) => ({ start, end: Math.min(end, reader.sizeBytes) }));
  return { ...table, partitions, tableBytes: RangeSet.of(inside), problems: problems.list() };
}
