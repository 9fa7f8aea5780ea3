import { inHole, readClamped } from '../ntfs/holes.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import { changedRuns } from './changed-runs.ts';
import { crc32 } from './crc32.ts';
import { entriesRange, readEntries } from './gpt-entries.ts';
import { type GptHeader, HEADER_FIELD, headerCrc, parseGptHeader } from './gpt-header.ts';
import type { TablePiece } from './gpt-move.ts';
import { guidBytes } from './guid.ts';

/** Changes entries of a GPT by the numbers of their partitions. */
export interface GptEditor {
  /** Last sector of the partition. */
  setLast(number: number, lba: number): void;
  setType(number: number, guid: string): void;
  setGuid(number: number, guid: string): void;
  /** One of the 64 flags. */
  setFlag(number: number, bit: number, on: boolean): void;
  setDiskGuid(guid: string): void;
}

const ENTRY = { TYPE: 0, GUID: 16, LAST: 40, FLAGS: 48 } as const;
const DISK_GUID = 56;
const ENTRIES_CRC = 88;

interface Copy {
  readonly header: GptHeader;
  readonly sector: Uint8Array;
  readonly entries: Uint8Array;
}

/**
 * Works out what has to be written to change a GPT in both of its copies, with their checksums; backup first, so that
 * one copy is whole at each moment. Gives a sentence when both copies are not whole to begin with.
 */
export async function editGpt(
  reader: VolumeReader,
  sectorSizes: readonly number[],
  edit: (editor: GptEditor) => void,
): Promise<readonly TablePiece[] | string> {
  for (const sectorBytes of sectorSizes) {
    const primary = await readCopy(reader, 1, sectorBytes);
    if (primary === undefined) continue;
    const backup = await readCopy(reader, primary.header.alternateLba, sectorBytes);
    if (backup === undefined || backup.header.entriesCrc !== primary.header.entriesCrc) break;
    return [...edited(backup, edit), ...edited(primary, edit)];
  }
  return 'Both copies of the partition table have to be right first (G1).';
}

async function readCopy(reader: VolumeReader, lba: number, sectorBytes: number): Promise<Copy | undefined> {
  const { bytes: sector, holes } = await readClamped(reader, lba * sectorBytes, sectorBytes);
  if (inHole(holes, 0, sectorBytes)) return undefined;
  const header = parseGptHeader(sector, lba, sectorBytes);
  if (typeof header === 'string') return undefined;
  const entries = await readEntries(reader, header);
  return entries.crcFits ? { header, sector, entries: entries.bytes } : undefined;
}

function edited({ header, sector, entries }: Copy, edit: (editor: GptEditor) => void): TablePiece[] {
  const newEntries = entries.slice();
  const newSector = sector.slice();
  edit(editorOf(header, newEntries, newSector));
  const view = new DataView(newSector.buffer);
  view.setUint32(ENTRIES_CRC, crc32(newEntries), true);
  view.setUint32(HEADER_FIELD.CRC, headerCrc(newSector, header.headerBytes), true);
  return [
    ...changedRuns(entriesRange(header).start, entries, newEntries),
    ...changedRuns(header.currentLba * header.sectorBytes, sector, newSector),
  ];
}

function editorOf(header: GptHeader, entries: Uint8Array, sector: Uint8Array): GptEditor {
  const view = new DataView(entries.buffer);
  const at = (number: number): number => (number - 1) * header.entryBytes;
  return {
    setLast: (number, lba) => view.setBigUint64(at(number) + ENTRY.LAST, BigInt(lba), true),
    setType: (number, guid) => entries.set(guidBytes(guid), at(number) + ENTRY.TYPE),
    setGuid: (number, guid) => entries.set(guidBytes(guid), at(number) + ENTRY.GUID),
    setFlag: (number, bit, on) => {
      const offset = at(number) + ENTRY.FLAGS;
      const flag = 1n << BigInt(bit);
      const flags = view.getBigUint64(offset, true);
      view.setBigUint64(offset, on ? flags | flag : flags & ~flag, true);
    },
    setDiskGuid: (guid) => sector.set(guidBytes(guid), DISK_GUID),
  };
}
