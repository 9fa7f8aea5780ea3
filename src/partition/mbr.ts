import { u8, u16, u32 } from '../ntfs/little-endian.ts';

/** The table always lies in the first 512 bytes of its sector, whatever the sector's size. */
export const MBR_BYTES = 512;
const ENTRIES = 446;
const ENTRY_BYTES = 16;
const MARK = 0xaa55;
/** Bytes of the first sector that change with the size of a disk that has a GPT. */
export const PROTECTIVE = { ENTRIES, ENTRY_BYTES, TYPE: 0xee };
const EXTENDED_TYPES: ReadonlySet<number> = new Set([0x05, 0x0f, 0x85]);

/** One of the four entries of an MBR or EBR; sectors counted as the entry counts them. */
export interface MbrEntry {
  /** From 0 to 3. */
  readonly slot: number;
  readonly flag: number;
  readonly type: number;
  readonly startSector: number;
  readonly sectorCount: number;
}

/** Reads the four entries. `undefined` when the mark 55 AA is missing: then it is no table. */
export function mbrEntries(bytes: Uint8Array): readonly MbrEntry[] | undefined {
  if (u16(bytes, 510) !== MARK) return undefined;
  return [0, 1, 2, 3].map((slot) => {
    const at = ENTRIES + slot * ENTRY_BYTES;
    return {
      slot,
      flag: u8(bytes, at),
      type: u8(bytes, at + 4),
      startSector: u32(bytes, at + 8),
      sectorCount: u32(bytes, at + 12),
    };
  });
}

/** The disk's signature, eight hexadecimal digits; undefined when it has none. */
export function diskSignature(bytes: Uint8Array): string | undefined {
  const value = u32(bytes, 0x1b8);
  return value === 0 ? undefined : value.toString(16).padStart(8, '0');
}

export const isUsed = (entry: MbrEntry): boolean => entry.sectorCount > 0;

export const isExtended = (entry: MbrEntry): boolean => EXTENDED_TYPES.has(entry.type);

export const isProtective = (entry: MbrEntry): boolean => entry.type === PROTECTIVE.TYPE;

/** The type as `Partition.type` writes it. */
export const typeText = (entry: MbrEntry): string => entry.type.toString(16).padStart(2, '0');

/** Every boot flag is 00 or 80: in anything else that ends in 55 AA, such as boot code, some byte is not. */
export const hasBootFlags = (entries: readonly MbrEntry[]): boolean =>
  entries.every(({ flag }) => flag === 0 || flag === 0x80);

/** Names at byte 3 of the boot sectors of file systems, which end in 55 AA like a table and hold none. */
const VOLUME_NAMES: ReadonlySet<string> = new Set(['NTFS    ', 'EXFAT   ', '-FVE-FS-', 'ReFS\0\0\0\0']);

/** Whether the sector is the boot sector of a volume: NTFS, exFAT, BitLocker, ReFS or FAT. */
export function isVolumeBootSector(bytes: Uint8Array): boolean {
  const text = (at: number, length: number): string =>
    String.fromCharCode(...bytes.subarray(at, at + length));
  if (VOLUME_NAMES.has(text(3, 8))) return true;
  const jump = u8(bytes, 0) === 0xe9 || (u8(bytes, 0) === 0xeb && u8(bytes, 2) === 0x90);
  return jump && (text(54, 3) === 'FAT' || text(82, 5) === 'FAT32') && isFatGeometry(bytes);
}

function isFatGeometry(bytes: Uint8Array): boolean {
  const sectorBytes = u16(bytes, 11);
  const perCluster = u8(bytes, 13);
  const powers = [sectorBytes, perCluster].every((value) => value > 0 && Number.isInteger(Math.log2(value)));
  return powers && sectorBytes >= 512 && sectorBytes <= 4096 && u16(bytes, 14) > 0 && u8(bytes, 16) > 0;
}
