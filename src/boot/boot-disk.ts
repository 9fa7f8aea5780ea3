import { openFat } from '../fat/volume.ts';
import { cachedReader } from '../ntfs/cached-reader.ts';
import { inHole, readClamped } from '../ntfs/holes.ts';
import { shown } from '../ntfs/little-endian.ts';
import { type OpenedNtfs, openNtfs } from '../ntfs/open-ntfs.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { volumeTree } from '../ntfs/volume-tree.ts';
import {
  hasBootFlags,
  isProtective,
  isUsed,
  isVolumeBootSector,
  MBR_BYTES,
  mbrEntries,
  PROTECTIVE,
} from '../partition/mbr.ts';
import type { Partition, PartitionTable } from '../partition/partition.ts';
import { readPartitionTable } from '../partition/partition-table.ts';
import type { FileChange } from './fix.ts';
import { fatFiles, ntfsFiles, type PartFiles } from './part-files.ts';

/** A disk, or the image of a volume, opened for the checks. Nothing here writes. */
export interface BootDisk {
  /** All of it, as it is. */
  readonly reader: VolumeReader;
  /** Bytes of a logical sector of the device; undefined for an image, which has none of its own. */
  readonly deviceSectorBytes: number | undefined;
  readonly table: PartitionTable;
  /** The first 512 bytes; undefined when they cannot be read. */
  readonly first: Uint8Array | undefined;
  /** Only the mark 55 AA is missing: `table` is read as if it were there. */
  readonly lacksMark: boolean;
  /** Partitions but extended ones, by number; the one volume of a disk without a table. */
  readonly parts: readonly BootPart[];
}

/** A partition, or the volume that an image holds. */
export interface BootPart {
  /** Undefined for a volume without a table. */
  readonly number: number | undefined;
  readonly partition: Partition | undefined;
  readonly startBytes: number;
  /** As the table has it: it may reach beyond the end of the disk. */
  readonly sizeBytes: number;
  /** As much of it as the disk holds. */
  readonly reader: VolumeReader;
  /** Its first 512 bytes; undefined when they cannot be read. */
  readonly first: Uint8Array | undefined;
  readonly content: PartContent;
}

/** What is in a partition, as far as it matters here. */
export type PartContent =
  | { readonly kind: 'ntfs'; readonly opened: OpenedNtfs; readonly files: PartFiles }
  | { readonly kind: 'fat'; readonly files: PartFiles }
  | { readonly kind: 'bitlocker' }
  | { readonly kind: 'other' };

/** A partition with an NTFS volume. */
export type NtfsPart = BootPart & { readonly content: Extract<PartContent, { kind: 'ntfs' }> };

export const isNtfs = (part: BootPart): part is NtfsPart => part.content.kind === 'ntfs';

/** The files of a part that has some. */
export const filesOf = ({ content }: BootPart): PartFiles | undefined =>
  'files' in content ? content.files : undefined;

/** `partition 2`, or `the volume` where there is no table. */
export const partName = ({ number }: Pick<BootPart, 'number'>): string =>
  number === undefined ? 'the volume' : `partition ${number}`;

/** Where the volume of a part lies, for a `FileChange`. */
export const volumePlace = (part: BootPart): Pick<FileChange, 'fileSystem' | 'startBytes' | 'sizeBytes'> => ({
  fileSystem: isNtfs(part) ? 'ntfs' : 'fat',
  startBytes: part.startBytes,
  sizeBytes: part.reader.sizeBytes,
});

/**
 * Opens a disk or the image of a volume. Reads tables, boot sectors, and as much of each volume as it takes to find
 * files in it. Never rejects for damage, only when the reader does.
 */
export async function openBootDisk(
  reader: VolumeReader,
  deviceSectorBytes: number | undefined,
): Promise<BootDisk> {
  const cached = cachedReader(reader);
  const first = await firstBytes(cached, 0);
  const mended = first && mendedTable(first, reader.sizeBytes, deviceSectorBytes ?? MBR_BYTES);
  const lacksMark = mended !== undefined && first !== undefined && mbrEntries(first) === undefined;
  const seen = mended === undefined ? cached : withFirst(cached, mended);
  const options = deviceSectorBytes === undefined ? {} : { sectorBytes: deviceSectorBytes };
  const table = await readPartitionTable(seen, options);
  const parts: BootPart[] = [];
  if (table.scheme === 'none') {
    parts.push(await openPart(cached, undefined, 0, reader.sizeBytes));
  } else {
    for (const partition of table.partitions) {
      if (partition.kind === 'extended') continue;
      parts.push(await openPart(cached, partition, partition.startBytes, partition.sizeBytes));
    }
  }
  return { reader: cached, deviceSectorBytes, table, first, lacksMark, parts };
}

async function firstBytes(reader: VolumeReader, offset: number): Promise<Uint8Array | undefined> {
  const { bytes, holes } = await readClamped(reader, offset, MBR_BYTES);
  return inHole(holes, 0, MBR_BYTES) ? undefined : bytes;
}

async function openPart(
  disk: VolumeReader,
  partition: Partition | undefined,
  startBytes: number,
  sizeBytes: number,
): Promise<BootPart> {
  const available = Math.max(0, Math.min(sizeBytes, disk.sizeBytes - startBytes));
  const reader: VolumeReader = {
    sizeBytes: available,
    read: (offset, length) => readClamped(disk, startBytes + offset, length),
  };
  const first = available >= MBR_BYTES ? await firstBytes(reader, 0) : undefined;
  const content = available >= MBR_BYTES ? await contentOf(reader, first, startBytes) : OTHER;
  return { number: partition?.number, partition, startBytes, sizeBytes, reader, first, content };
}

const OTHER: PartContent = { kind: 'other' };
const BITLOCKER = '"-FVE-FS-"';

async function contentOf(
  reader: VolumeReader,
  first: Uint8Array | undefined,
  startBytes: number,
): Promise<PartContent> {
  if (first !== undefined && shown(first, 3, 8) === BITLOCKER) return { kind: 'bitlocker' };
  const fat = await openFat(reader);
  if (fat !== undefined) return { kind: 'fat', files: fatFiles(fat, startBytes) };
  const opened = await openNtfs(reader);
  if (opened === undefined) return OTHER;
  return { kind: 'ntfs', opened, files: ntfsFiles(volumeTree(opened.volume), startBytes) };
}

const MARK_AT = 510;

/**
 * The first sector with the mark that ends it, and with every status that is neither 80 nor 00 set to 00, if it is a
 * table then and was none before: entries that lead into the disk, and nothing else.
 */
function mendedTable(first: Uint8Array, diskBytes: number, sectorBytes: number): Uint8Array | undefined {
  const before = mbrEntries(first);
  if (isVolumeBootSector(first) || (before !== undefined && hasBootFlags(before))) return undefined;
  const mended = first.slice();
  mended.set([0x55, 0xaa], MARK_AT);
  for (let slot = 0; slot < 4; slot++) {
    const at = PROTECTIVE.ENTRIES + slot * PROTECTIVE.ENTRY_BYTES;
    if (mended[at] !== 0x80) mended[at] = 0;
  }
  const used = mbrEntries(mended)?.filter(isUsed) ?? [];
  const lastSector = Math.floor(diskBytes / sectorBytes);
  const isPlausible = used.every(
    (entry) =>
      entry.type !== 0 &&
      entry.startSector > 0 &&
      (isProtective(entry) || entry.startSector + entry.sectorCount <= lastSector),
  );
  return used.length > 0 && isPlausible ? mended : undefined;
}

/** The same disk with other first bytes. */
function withFirst(reader: VolumeReader, first: Uint8Array): VolumeReader {
  return {
    sizeBytes: reader.sizeBytes,
    async read(offset, length) {
      const { bytes, holes } = await reader.read(offset, length);
      if (offset < first.length) bytes.set(first.subarray(offset, offset + length));
      return { bytes, holes };
    },
  };
}
