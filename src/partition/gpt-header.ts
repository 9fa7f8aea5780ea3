import { shown, u32, u64 } from '../ntfs/little-endian.ts';
import { crc32 } from './crc32.ts';
import { guidText } from './guid.ts';

/** A GPT header whose checksum is right (UEFI 2.10, 5.3.2). Places in sectors of `sectorBytes`. */
export interface GptHeader {
  readonly sectorBytes: number;
  readonly headerBytes: number;
  readonly currentLba: number;
  readonly alternateLba: number;
  readonly firstUsableLba: number;
  readonly lastUsableLba: number;
  readonly diskGuid: string;
  readonly entriesLba: number;
  readonly entryCount: number;
  readonly entryBytes: number;
  readonly entriesCrc: number;
}

/** Offsets of the fields that change when a table moves. */
export const HEADER_FIELD = {
  CRC: 16,
  CURRENT_LBA: 24,
  ALTERNATE_LBA: 32,
  LAST_USABLE_LBA: 48,
  ENTRIES_LBA: 72,
};

const SIGNATURE = '"EFI PART"';
const LEAST_HEADER_BYTES = 92;
const LEAST_ENTRY_BYTES = 128;
const MOST_ENTRY_BYTES = 4096;
/** The kernel reads no array of entries above 4 MiB. */
const MOST_ENTRIES_BYTES = 4 * 2 ** 20;

/** The checksum of a header, counted with its own field as zero. */
export function headerCrc(bytes: Uint8Array, headerBytes: number): number {
  const copy = bytes.slice(0, headerBytes);
  copy.fill(0, HEADER_FIELD.CRC, HEADER_FIELD.CRC + 4);
  return crc32(copy);
}

/**
 * Reads the header in the sector `lba`. Gives what is wrong with it as a clause when its checksum or one of its
 * fields cannot be true; sizes and counts are bounded here, so that nobody trusts them too early.
 */
export function parseGptHeader(bytes: Uint8Array, lba: number, sectorBytes: number): GptHeader | string {
  if (shown(bytes, 0, 8) !== SIGNATURE) return 'has no signature "EFI PART"';
  const headerBytes = u32(bytes, 12);
  if (headerBytes < LEAST_HEADER_BYTES || headerBytes > bytes.length) {
    return `says it is ${headerBytes} bytes long`;
  }
  const crc = u32(bytes, HEADER_FIELD.CRC);
  const counted = headerCrc(bytes, headerBytes);
  if (crc !== counted) return `has a wrong checksum (${hex(crc)}, counted ${hex(counted)})`;
  const lbas = {
    currentLba: u64(bytes, HEADER_FIELD.CURRENT_LBA),
    alternateLba: u64(bytes, HEADER_FIELD.ALTERNATE_LBA),
    firstUsableLba: u64(bytes, 40),
    lastUsableLba: u64(bytes, HEADER_FIELD.LAST_USABLE_LBA),
    entriesLba: u64(bytes, HEADER_FIELD.ENTRIES_LBA),
  };
  for (const [field, value] of Object.entries(lbas)) {
    if (!isPlace(value, sectorBytes)) return `gives an impossible sector number (${field})`;
  }
  const places = lbas as Record<keyof typeof lbas, number>;
  if (places.currentLba !== lba) return `says it lies in sector ${places.currentLba}, not in ${lba}`;
  if (places.firstUsableLba > places.lastUsableLba) return 'gives an impossible range of usable sectors';
  const entryCount = u32(bytes, 80);
  const entryBytes = u32(bytes, 84);
  const isSize = entryBytes >= LEAST_ENTRY_BYTES && entryBytes <= MOST_ENTRY_BYTES;
  if (!isSize || !Number.isInteger(Math.log2(entryBytes))) return `says an entry has ${entryBytes} bytes`;
  if (entryCount === 0 || entryCount * entryBytes > MOST_ENTRIES_BYTES)
    return `says it has ${entryCount} entries`;
  return {
    sectorBytes,
    headerBytes,
    ...places,
    diskGuid: guidText(bytes, 56),
    entryCount,
    entryBytes,
    entriesCrc: u32(bytes, 88),
  };
}

/** Whether a sector number can be one, counted in bytes too. */
function isPlace(value: number | undefined, sectorBytes: number): value is number {
  return value !== undefined && Number.isSafeInteger((value + 1) * sectorBytes);
}

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;
