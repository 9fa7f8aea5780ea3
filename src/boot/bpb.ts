import { inHole, readClamped } from '../ntfs/holes.ts';
import { shown, u8, u16, u32, u64 } from '../ntfs/little-endian.ts';
import type { BootDisk, BootPart, NtfsPart } from './boot-disk.ts';
import type { Piece } from './fix.ts';

/** Offsets of the fields of an NTFS boot sector that say where and on what the volume lies. */
export const BPB = {
  SECTOR_BYTES: 0x0b,
  TRACK_SECTORS: 0x18,
  HEADS: 0x1a,
  HIDDEN_SECTORS: 0x1c,
  DRIVE: 0x24,
  TOTAL_SECTORS: 0x28,
} as const;

/** The boot sector of a volume, and its copy behind it. */
export interface BootSectors {
  /** The first sector, as long as the volume counts sectors; undefined when it cannot be read. */
  readonly primary: Uint8Array | undefined;
  /** Whether the first sector is one of NTFS. */
  readonly isGood: boolean;
  readonly sectorBytes: number;
  /** Where the copy belongs, in bytes of the partition; undefined when that lies behind its end. */
  readonly backupAt: number | undefined;
  readonly backup: Uint8Array | undefined;
  readonly hiddenSectors: number;
  readonly trackSectors: number;
  readonly heads: number;
  readonly drive: number;
  readonly totalSectors: number;
}

/** Reads both boot sectors of a volume. Fields are those of the one by which the volume was opened. */
export async function readBootSectors(part: NtfsPart): Promise<BootSectors> {
  const { boot, from } = part.content.opened.found;
  const { sectorBytes } = boot;
  const sector = async (offset: number): Promise<Uint8Array | undefined> => {
    if (offset + sectorBytes > part.reader.sizeBytes) return undefined;
    const { bytes, holes } = await readClamped(part.reader, offset, sectorBytes);
    return inHole(holes, 0, sectorBytes) ? undefined : bytes;
  };
  const primary = await sector(0);
  const isGood = from === 'primary';
  // The volume says where it ends; the copy from which it was opened knows better than a damaged first sector.
  const end =
    isGood && primary !== undefined ? (u64(primary, BPB.TOTAL_SECTORS) ?? 0) * sectorBytes : boot.volumeBytes;
  const isInside = Number.isSafeInteger(end) && end > 0 && end + sectorBytes <= part.sizeBytes;
  const backup = isInside ? await sector(end) : undefined;
  const fields = (isGood ? primary : backup) ?? new Uint8Array(sectorBytes);
  return {
    primary,
    isGood,
    sectorBytes,
    backupAt: isInside ? end : undefined,
    backup,
    hiddenSectors: u32(fields, BPB.HIDDEN_SECTORS),
    trackSectors: u16(fields, BPB.TRACK_SECTORS),
    heads: u16(fields, BPB.HEADS),
    drive: u8(fields, BPB.DRIVE),
    totalSectors: u64(fields, BPB.TOTAL_SECTORS) ?? Number.POSITIVE_INFINITY,
  };
}

/** Whether a sector begins like that of an NTFS volume. */
const looksLikeNtfs = (sector: Uint8Array): boolean => shown(sector, 3, 8) === '"NTFS    "';

/** New bytes for a field, in the boot sector and in its copy; only where they are not there yet. */
export function fieldPieces(
  part: BootPart,
  { primary, backup, backupAt }: BootSectors,
  offset: number,
  after: Uint8Array,
  what: string,
): Piece[] {
  const pieces: Piece[] = [];
  const put = (sector: Uint8Array | undefined, at: number, where: string): void => {
    const before = sector?.slice(offset, offset + after.length);
    if (before === undefined || before.every((byte, i) => byte === after[i])) return;
    pieces.push({ start: part.startBytes + at + offset, before, after, what: `${what}, ${where}` });
  };
  put(primary, 0, 'boot sector');
  if (backup !== undefined && backupAt !== undefined && looksLikeNtfs(backup))
    put(backup, backupAt, 'its copy');
  return pieces;
}

/** First sector of the partition, as the disk counts; undefined in the image of a volume. */
export function startSectorOf({ table }: BootDisk, part: BootPart): number | undefined {
  return part.partition === undefined ? undefined : part.startBytes / table.sectorBytes;
}
