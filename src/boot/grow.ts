import { readClamped } from '../ntfs/holes.ts';
import { editGpt } from '../partition/gpt-edit.ts';
import { isExtended, isUsed, MBR_BYTES, mbrEntries, PROTECTIVE } from '../partition/mbr.ts';
import { type BootDisk, type BootPart, partName } from './boot-disk.ts';
import { byteFix, type Fix, type Piece } from './fix.ts';
import { littleEndian32 } from './hex.ts';
import { ENTRY_FIELD, findTableEntry } from './table-entry.ts';

const NO_ROOM = 'There is no room behind the partition: restore into a larger one.';
const LARGEST_COUNT = 0xffffffff;

/** Makes a partition large enough for its volume, where nothing lies behind it; else a sentence that says why not. */
export async function growFix(disk: BootDisk, part: BootPart, neededBytes: number): Promise<Fix | string> {
  const { partition } = part;
  if (partition === undefined) return 'The image of the volume is cut: make it anew.';
  const { sectorBytes, scheme } = disk.table;
  const size = Math.ceil(neededBytes / sectorBytes) * sectorBytes;
  const end = part.startBytes + size;
  if (end > (await freeUntil(disk, part))) return NO_ROOM;
  const does = `Makes ${partName(part)} ${(size - part.sizeBytes) / sectorBytes} sectors larger.`;
  if (scheme === 'gpt') {
    const pieces = await editGpt(disk.reader, [sectorBytes], ({ setLast }) =>
      setLast(partition.number, end / sectorBytes - 1),
    );
    if (typeof pieces === 'string') return pieces;
    return byteFix(
      does,
      'medium',
      pieces.map((piece) => ({ ...piece, what: 'partition table (GPT)' })),
    );
  }
  const count = size / sectorBytes;
  const entry = await findTableEntry(disk, partition);
  if (entry === undefined || count > LARGEST_COUNT) return NO_ROOM;
  const at = ENTRY_FIELD.COUNT;
  const own: Piece = {
    start: entry.start + at,
    before: entry.bytes.slice(at, at + 4),
    after: littleEndian32(count),
    what: `size of ${partName(part)} in the table`,
  };
  const link =
    partition.kind === 'logical' ? await linkPiece(disk, entry.baseSector, end / sectorBytes) : undefined;
  return byteFix(does, 'medium', link === undefined ? [own] : [own, link]);
}

/** The first byte behind a partition that belongs to something else: a partition, a table, the end of its container. */
async function freeUntil(disk: BootDisk, part: BootPart): Promise<number> {
  const { table, reader } = disk;
  const ownEnd = part.startBytes + part.sizeBytes;
  const frame =
    part.partition?.kind === 'logical'
      ? table.partitions.find(
          ({ kind, startBytes, sizeBytes }) =>
            kind === 'extended' && startBytes <= part.startBytes && startBytes + sizeBytes >= ownEnd,
        )
      : undefined;
  const last = frame === undefined ? reader.sizeBytes : frame.startBytes + frame.sizeBytes;
  const starts = [
    ...table.partitions
      .filter((one) => one !== part.partition && one !== frame)
      .map(({ startBytes }) => startBytes),
    ...[...table.tableBytes].map(({ start }) => start),
  ];
  return Math.min(last, ...starts.filter((start) => start >= ownEnd));
}

/** The link that leads to the table of a logical partition covers both: it may have to grow as well. */
async function linkPiece(disk: BootDisk, ebrSector: number, endSector: number): Promise<Piece | undefined> {
  const { table } = disk;
  const frames = table.partitions.filter(({ kind }) => kind === 'extended');
  const frame = frames.find(
    ({ startBytes, sizeBytes }) =>
      startBytes <= ebrSector * table.sectorBytes && ebrSector * table.sectorBytes < startBytes + sizeBytes,
  );
  const base = (frame?.startBytes ?? 0) / table.sectorBytes;
  for (const { start } of table.tableBytes) {
    const { bytes } = await readClamped(disk.reader, start, MBR_BYTES);
    const link = mbrEntries(bytes)?.find(
      (entry) => start > 0 && isUsed(entry) && isExtended(entry) && base + entry.startSector === ebrSector,
    );
    if (link === undefined || ebrSector + link.sectorCount >= endSector) continue;
    const at = PROTECTIVE.ENTRIES + link.slot * PROTECTIVE.ENTRY_BYTES + ENTRY_FIELD.COUNT;
    return {
      start: start + at,
      before: bytes.slice(at, at + 4),
      after: littleEndian32(endSector - ebrSector),
      what: 'size of the link to it',
    };
  }
  return undefined;
}
