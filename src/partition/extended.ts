import { inHole, readClamped } from '../ntfs/holes.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { isExtended, isUsed, MBR_BYTES, type MbrEntry, mbrEntries, typeText } from './mbr.ts';
import type { Partition, ProblemList } from './partition.ts';
import { typeName } from './type-names.ts';

/** The kernel's own limit on links of a chain that bring no partition. */
const MOST_EMPTY_LINKS = 100;
/** The kernel counts up to 255 partitions of a disk; no more can be had of it. */
const MOST_PARTITIONS = 256;
/** Numbers below are those of the four slots of the MBR. */
export const FIRST_LOGICAL = 5;

/** What a chain of extended boot records holds. */
export interface Chain {
  readonly partitions: readonly Partition[];
  /** Places of the EBR sectors, those that cannot be read too. */
  readonly sectors: readonly number[];
}

/**
 * Follows the chain of EBRs in the extended partition `container` (sectors as the table counts them) in the way of
 * the kernel, so that numbers agree: of each EBR all entries are partitions, except the first one that is itself
 * extended, which leads on. Entries 3 and 4 often hold rubbish and count only if they fit. Begins at the container's
 * own start, or at the link in sector `firstLink`. Never rejects for damage.
 */
export async function readChain(
  reader: VolumeReader,
  container: MbrEntry,
  sectorBytes: number,
  firstNumber: number,
  problems: ProblemList,
  firstLink = container.startSector,
): Promise<Chain> {
  const partitions: Partition[] = [];
  const seen = new Set<number>();
  const containerEnd = container.startSector + container.sectorCount;
  let sector = firstLink;
  let length = containerEnd - firstLink;
  let emptyLinks = 0;
  for (;;) {
    const position = sector * sectorBytes;
    if (seen.has(sector)) {
      problems.add('extended-loop', 'The chain of logical partitions leads back into itself.', position);
      break;
    }
    if (++emptyLinks > MOST_EMPTY_LINKS) {
      const message = `The chain of logical partitions has ${MOST_EMPTY_LINKS} links without a partition.`;
      problems.add('extended-damaged', message, position);
      break;
    }
    if (position + MBR_BYTES > reader.sizeBytes) {
      problems.add('extended-damaged', 'The chain of logical partitions leaves the disk.', position);
      break;
    }
    seen.add(sector);
    const entries = await readEbr(reader, position, seen.size === 1, problems);
    if (entries === undefined) break;
    for (const entry of entries) {
      if (!isUsed(entry) || isExtended(entry)) continue;
      const start = sector + entry.startSector;
      const isRubbish =
        entry.slot >= 2 &&
        (entry.startSector + entry.sectorCount > length ||
          start < container.startSector ||
          start + entry.sectorCount > containerEnd);
      if (isRubbish) continue;
      const number = firstNumber + partitions.length;
      partitions.push(logical(entry, number, start, sectorBytes));
      emptyLinks = 0;
      if (number >= MOST_PARTITIONS) {
        problems.add('limit', 'The disk has more logical partitions than the kernel counts.', position);
        return { partitions, sectors: placesOf(seen, sectorBytes) };
      }
    }
    const next = entries.find((entry) => isUsed(entry) && isExtended(entry));
    if (next === undefined) break;
    // Links count from the start of the container, partitions from their own EBR.
    sector = container.startSector + next.startSector;
    length = next.sectorCount;
    if (sector >= containerEnd) {
      const message = 'The chain of logical partitions leaves the extended partition.';
      problems.add('extended-damaged', message, position);
    }
  }
  return { partitions, sectors: placesOf(seen, sectorBytes) };
}

const placesOf = (sectors: ReadonlySet<number>, sectorBytes: number): number[] =>
  [...sectors].map((sector) => sector * sectorBytes);

async function readEbr(
  reader: VolumeReader,
  position: number,
  isFirst: boolean,
  problems: ProblemList,
): Promise<readonly MbrEntry[] | undefined> {
  const { bytes, holes } = await readClamped(reader, position, MBR_BYTES);
  if (inHole(holes, 0, MBR_BYTES)) {
    const message =
      'A link in the chain of logical partitions cannot be read; those behind it are not known.';
    problems.add('unreadable', message, position);
    return undefined;
  }
  const entries = mbrEntries(bytes);
  if (entries === undefined) {
    const what = isFirst
      ? 'The extended partition does not begin with a table'
      : 'The chain leads to no table';
    problems.add(
      'extended-damaged',
      `${what} (55 AA is missing); logical partitions are not known.`,
      position,
    );
  }
  return entries;
}

const logical = (entry: MbrEntry, number: number, startSector: number, sectorBytes: number): Partition => ({
  number,
  kind: 'logical',
  startBytes: startSector * sectorBytes,
  sizeBytes: entry.sectorCount * sectorBytes,
  type: typeText(entry),
  typeName: typeName(typeText(entry)),
  name: '',
  flags: entry.flag === 0x80 ? ['boot'] : [],
  guid: undefined,
});
