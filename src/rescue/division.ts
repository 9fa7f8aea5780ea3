import { RangeSet } from '../block/range-set.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { findLostVolumes, type Search } from '../partition/lost-volumes.ts';
import type { Partition, PartitionTable, TableProblem, TableProblemCode } from '../partition/partition.ts';
import { readPartitionTable } from '../partition/partition-table.ts';
import type { ContentKind } from '../probe/content/content.ts';

/** One part of a disk that holds a volume, cut to what there is of the disk. */
export interface DiskPart {
  /** Undefined for a volume that no table names. */
  readonly partition: Partition | undefined;
  readonly startBytes: number;
  readonly sizeBytes: number;
}

/** How a disk is divided, as far as it can be found out. */
export interface Division {
  readonly table: PartitionTable;
  /** By place. Extended partitions are none: their logical ones are. */
  readonly parts: readonly DiskPart[];
  /** Bytes of no known part that may be one all the same, because a part of the table is lost. */
  readonly uncertain: RangeSet;
  /** Bytes of partitions that lie behind the end of the disk. */
  readonly missingBytes: number;
}

/** What is wrong with a table so that partitions may be missing from it. */
const EXTENDED_BROKEN: ReadonlySet<TableProblemCode> = new Set([
  'extended-damaged',
  'extended-loop',
  'unreadable',
]);

/**
 * Reads the partition table; `undefined` when there is none that can be used. With `guess`, one is also believed of which
 * only entries are left.
 */
export async function readDivision(
  reader: VolumeReader,
  sectorBytes: number,
  signal: AbortSignal,
  guess = false,
): Promise<Division | undefined> {
  const table = await readPartitionTable(reader, { sectorBytes, guess });
  signal.throwIfAborted();
  if (table.scheme === 'none') return undefined;
  const known = partsOf(table, reader.sizeBytes);
  const covered = RangeSet.of(known.map(rangeOf));
  const lost: DiskPart[] = [];
  let uncertain = RangeSet.EMPTY;
  for (const doubt of doubtful(table, reader.sizeBytes)) {
    uncertain = uncertain.union(RangeSet.single(doubt.from, doubt.to));
    const known = covered.union(RangeSet.of(lost.map(rangeOf)));
    lost.push(...(await hunt(reader, { ...doubt, known, sectorBytes: table.sectorBytes, signal })));
  }
  return {
    table,
    parts: [...known, ...lost].toSorted((a, b) => a.startBytes - b.startBytes),
    uncertain,
    missingBytes: missingBytes(table, reader.sizeBytes),
  };
}

/**
 * For a disk without any table, and without a volume that fills it (`kind` says what was found there): NTFS volumes
 * where they usually begin. `undefined` when none is found.
 */
export async function findLostDivision(
  reader: VolumeReader,
  sectorBytes: number,
  kind: ContentKind,
  signal: AbortSignal,
): Promise<Division | undefined> {
  if (kind !== 'unknown' && kind !== 'unreadable' && kind !== 'empty') return undefined;
  const guessed = await readDivision(reader, sectorBytes, signal, true);
  if (guessed) return guessed;
  const search = { from: 0, to: reader.sizeBytes, containerStart: undefined, known: RangeSet.EMPTY };
  const parts = await hunt(reader, { ...search, sectorBytes, signal });
  if (parts.length === 0) return undefined;
  const message = 'No partition table can be read; volumes were found where they usually begin.';
  const table: PartitionTable = {
    scheme: 'none',
    sectorBytes,
    diskId: undefined,
    partitions: [],
    gpt: undefined,
    tableBytes: RangeSet.single(0, sectorBytes),
    problems: [{ code: 'unreadable', message }],
  };
  return { table, parts, uncertain: RangeSet.single(0, reader.sizeBytes), missingBytes: 0 };
}

const rangeOf = ({ startBytes, sizeBytes }: DiskPart) => ({ start: startBytes, end: startBytes + sizeBytes });

function partsOf(table: PartitionTable, diskBytes: number): DiskPart[] {
  return table.partitions
    .filter(({ kind, startBytes }) => kind !== 'extended' && startBytes < diskBytes)
    .map((partition) => {
      const { startBytes, sizeBytes } = partition;
      return { partition, startBytes, sizeBytes: Math.min(sizeBytes, diskBytes - startBytes) };
    });
}

function missingBytes(table: PartitionTable, diskBytes: number): number {
  const ends = table.partitions
    .filter(({ kind }) => kind !== 'extended')
    .map(({ startBytes, sizeBytes }) => ({
      start: Math.max(startBytes, diskBytes),
      end: startBytes + sizeBytes,
    }));
  return RangeSet.of(ends).totalBytes;
}

/** A stretch in which partitions may lie that are not known. */
type Doubt = Omit<Search, 'known' | 'sectorBytes' | 'signal'>;

/** Where partitions may lie that the table does not give: behind a broken link, or anywhere. */
function doubtful(table: PartitionTable, diskBytes: number): Doubt[] {
  if (table.scheme === 'gpt') {
    const isPartial = table.problems.some(({ code }) => code === 'gpt-entries-damaged') && !isWhole(table);
    return isPartial ? [{ from: 0, to: diskBytes, containerStart: undefined }] : [];
  }
  return table.problems.flatMap((problem) => behindBrokenLink(table, problem, diskBytes));
}

/** Whether one copy of a GPT is whole, or both together are. */
const isWhole = ({ gpt }: PartitionTable): boolean =>
  gpt !== undefined && (gpt.primaryValid || gpt.backupValid || gpt.from === 'both');

function behindBrokenLink(
  table: PartitionTable,
  { code, position }: TableProblem,
  diskBytes: number,
): Doubt[] {
  if (position === undefined || !EXTENDED_BROKEN.has(code)) return [];
  const extended = table.partitions.filter(({ kind }) => kind === 'extended');
  const inside = extended.filter(
    ({ startBytes, sizeBytes }) => position >= startBytes && position < startBytes + sizeBytes,
  );
  // A link that leads elsewhere says nothing of where the lost ones are.
  const holders = inside.length > 0 ? inside : extended;
  return holders.map(({ startBytes, sizeBytes }) => ({
    from: inside.length > 0 ? position : startBytes,
    to: Math.min(diskBytes, startBytes + sizeBytes),
    containerStart: startBytes,
  }));
}

async function hunt(reader: VolumeReader, search: Search): Promise<DiskPart[]> {
  const found = await findLostVolumes(reader, search);
  return found.map(({ startBytes, sizeBytes }) => ({
    partition: undefined,
    startBytes,
    sizeBytes: Math.min(sizeBytes, reader.sizeBytes - startBytes),
  }));
}
