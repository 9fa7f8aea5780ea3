import { inHole, readClamped } from '../ntfs/holes.ts';
import { isExtended, isUsed, MBR_BYTES, mbrEntries, PROTECTIVE } from '../partition/mbr.ts';
import type { Partition } from '../partition/partition.ts';
import type { BootDisk } from './boot-disk.ts';

/** Where the entry of a partition lies in an MBR, or in a link of the chain of logical ones. */
export interface TableEntry {
  /** Byte of the disk at which the sixteen bytes of the entry begin. */
  readonly start: number;
  readonly bytes: Uint8Array;
  /** Sector from which the entry counts: 0 in the MBR, that of the link for a logical partition. */
  readonly baseSector: number;
}

/** Offsets within an entry. */
export const ENTRY_FIELD = { STATUS: 0, TYPE: 4, START: 8, COUNT: 12 } as const;

/** Finds the entry of a partition of an MBR; `undefined` where it cannot be read (or it is a GPT). */
export async function findTableEntry(disk: BootDisk, partition: Partition): Promise<TableEntry | undefined> {
  const { table } = disk;
  if (table.scheme !== 'mbr') return undefined;
  const { sectorBytes } = table;
  const startSector = partition.startBytes / sectorBytes;
  for (const { start } of table.tableBytes) {
    const { bytes, holes } = await readClamped(disk.reader, start, MBR_BYTES);
    const entries = inHole(holes, 0, MBR_BYTES) ? undefined : (mbrEntries(bytes) ?? onlyFirst(disk, start));
    const baseSector = start / sectorBytes;
    const found = entries?.find(
      (entry) => isUsed(entry) && !isExtended(entry) && baseSector + entry.startSector === startSector,
    );
    if (found === undefined) continue;
    const at = PROTECTIVE.ENTRIES + found.slot * PROTECTIVE.ENTRY_BYTES;
    return { start: start + at, bytes: bytes.slice(at, at + PROTECTIVE.ENTRY_BYTES), baseSector };
  }
  return undefined;
}

/** The entries of the first sector when only its mark is missing. */
function onlyFirst({ lacksMark, first }: BootDisk, start: number) {
  if (start !== 0 || !lacksMark || first === undefined) return undefined;
  const marked = first.slice();
  marked.set([0x55, 0xaa], MBR_BYTES - 2);
  return mbrEntries(marked);
}
