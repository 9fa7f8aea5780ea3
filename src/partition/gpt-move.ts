import { readClamped } from '../ntfs/holes.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { readGpt } from './gpt.ts';
import { type GptHeader, HEADER_FIELD, headerCrc } from './gpt-header.ts';
import { isProtective, isUsed, MBR_BYTES, mbrEntries, PROTECTIVE } from './mbr.ts';
import { ProblemList } from './partition.ts';

/** Bytes to be written at a place, and what stands there now. */
export interface TablePiece {
  readonly start: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** What has to be written so that both copies of a GPT are right for the disk they are on. */
export interface GptMove {
  /** Backup first: at each moment one copy is whole. Empty when nothing has to be written. */
  readonly pieces: readonly TablePiece[];
  /** Why it cannot be done, as a sentence; `pieces` is empty then. */
  readonly obstacle: string | undefined;
}

const LAST_32 = 0xffffffff;

/**
 * Works out both copies of the GPT for the size of the disk that `reader` shows: the backup at its very end, the
 * primary with its place and the last usable sector, all checksums, and the size in the protective MBR (UEFI 2.10,
 * 5.2.3 and 5.3). The partitions stay as they are. `undefined` when there is no GPT. `tableBytes` is the size of the disk
 * for which the table was made: its backup is searched there.
 */
export async function moveGpt(
  reader: VolumeReader,
  tableBytes: number,
  sectorSizes: readonly number[],
): Promise<GptMove | undefined> {
  const old: VolumeReader = {
    sizeBytes: Math.min(tableBytes, reader.sizeBytes),
    read: reader.read.bind(reader),
  };
  const found = await readGpt(old, sectorSizes, false, new ProblemList());
  if (found === undefined) return undefined;
  const { copy, sectorBytes, facts } = found;
  const last = Math.floor(reader.sizeBytes / sectorBytes) - 1;
  const { bytes: first } = await readClamped(reader, 0, MBR_BYTES);
  const isInPlace = facts.backupStartBytes === last * sectorBytes;
  if (isInPlace && facts.primaryValid && facts.backupValid && mbrEntries(first) !== undefined) {
    return { pieces: [], obstacle: undefined };
  }
  if (copy === undefined || !copy.entries.crcFits) {
    return stopped('The partition table is not whole, so no second copy can be made of it.');
  }
  const { header } = copy;
  const entrySectors = Math.ceil((header.entryCount * header.entryBytes) / sectorBytes);
  // Where the disk keeps its size, what its maker left free at the end stays so.
  const lastUsableLba = isInPlace ? header.lastUsableLba : last - entrySectors - 1;
  const end = Math.max(0, ...found.partitions.map(({ startBytes, sizeBytes }) => startBytes + sizeBytes));
  if (end > (lastUsableLba + 1) * sectorBytes) {
    return stopped('The last partition ends where the backup of the partition table has to be.');
  }
  const isPrimary = header.currentLba === 1;
  const entriesLba = isPrimary ? header.entriesLba : 2;
  if (entriesLba + entrySectors > header.firstUsableLba) {
    return stopped('There is no room for the partition table in front of the first partition.');
  }
  const entries = new Uint8Array(entrySectors * sectorBytes);
  entries.set(copy.entries.bytes);
  const sector = (places: Places): Uint8Array => headerSector(copy.sector, header, places);
  const primary = sector({ currentLba: 1, alternateLba: last, lastUsableLba, entriesLba });
  const backupEntriesLba = last - entrySectors;
  const backup = sector({ currentLba: last, alternateLba: 1, lastUsableLba, entriesLba: backupEntriesLba });
  const wanted: [number, Uint8Array][] = [
    [backupEntriesLba * sectorBytes, entries],
    [last * sectorBytes, backup],
    [entriesLba * sectorBytes, entries],
    [sectorBytes, primary],
  ];
  wanted.push([0, protectiveMbr(first, last)]);
  const pieces: TablePiece[] = [];
  for (const [start, after] of wanted) {
    const { bytes: before } = await readClamped(reader, start, after.length);
    if (before.some((byte, i) => byte !== after[i])) pieces.push({ start, before, after });
  }
  return { pieces, obstacle: undefined };
}

const stopped = (obstacle: string): GptMove => ({ pieces: [], obstacle });

type Places = Pick<GptHeader, 'currentLba' | 'alternateLba' | 'lastUsableLba' | 'entriesLba'>;

/** The header as it is, with other places and the checksum that belongs to them. */
function headerSector(sector: Uint8Array, { headerBytes }: GptHeader, places: Places): Uint8Array {
  const bytes = new Uint8Array(sector.length);
  bytes.set(sector.subarray(0, headerBytes));
  const view = new DataView(bytes.buffer);
  const put = (offset: number, value: number): void => view.setBigUint64(offset, BigInt(value), true);
  put(HEADER_FIELD.CURRENT_LBA, places.currentLba);
  put(HEADER_FIELD.ALTERNATE_LBA, places.alternateLba);
  put(HEADER_FIELD.LAST_USABLE_LBA, places.lastUsableLba);
  put(HEADER_FIELD.ENTRIES_LBA, places.entriesLba);
  view.setUint32(HEADER_FIELD.CRC, headerCrc(bytes, headerBytes), true);
  return bytes;
}

/** The first sector with a protective entry over the whole disk; made anew when it is no table, else as it is. */
function protectiveMbr(first: Uint8Array, lastLba: number): Uint8Array {
  const entries = mbrEntries(first);
  const bytes = entries === undefined ? new Uint8Array(MBR_BYTES) : first.slice();
  const view = new DataView(bytes.buffer);
  const size = Math.min(LAST_32, lastLba);
  if (entries === undefined) {
    // One entry from sector 1 on, its old-style addresses as UEFI wants them.
    bytes.set([0, 0, 2, 0, PROTECTIVE.TYPE, 0xff, 0xff, 0xff, 1, 0, 0, 0], PROTECTIVE.ENTRIES);
    view.setUint32(PROTECTIVE.ENTRIES + 12, size, true);
    bytes.set([0x55, 0xaa], 510);
    return bytes;
  }
  const used = entries.filter(isUsed);
  // In a hybrid MBR the protective entry covers what its maker chose.
  const [only] = used;
  // Windows always writes the largest number there is.
  if (used.length === 1 && only !== undefined && isProtective(only) && only.sectorCount !== LAST_32) {
    view.setUint32(PROTECTIVE.ENTRIES + only.slot * PROTECTIVE.ENTRY_BYTES + 12, size, true);
  }
  return bytes;
}
