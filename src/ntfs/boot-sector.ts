import { NtfsError } from './error.ts';
import { inHole, readClamped } from './holes.ts';
import { shown, u8, u16, u32, u64 } from './little-endian.ts';
import { type NoteBook, type NtfsNote, noteBook } from './note.ts';
import type { VolumeReader } from './volume-reader.ts';

/** The geometry of a volume, from its boot sector. */
export interface BootSector {
  /** Bytes of a sector as NTFS counts them: 256 to 4096. Not always the device's sector size. */
  readonly sectorBytes: number;
  /** Bytes of a cluster: one sector to 2 MiB. */
  readonly clusterBytes: number;
  /** Sectors of the volume, the backup boot sector behind it not counted. */
  readonly totalSectors: number;
  /** Whole clusters of the volume: what $Bitmap describes. */
  readonly clusterCount: number;
  /** `totalSectors * sectorBytes`; the backup boot sector begins here. */
  readonly volumeBytes: number;
  /** First cluster of $MFT. */
  readonly mftLcn: number;
  /** First cluster of $MFTMirr. */
  readonly mftMirrLcn: number;
  /** Bytes of a FILE record. */
  readonly recordBytes: number;
  /** Bytes of an index record as the boot sector gives it; each index root has the final say. */
  readonly indexRecordBytes: number;
  /** The volume's serial number: 16 hexadecimal digits, upper case. */
  readonly serial: string;
}

export interface FoundBootSector {
  readonly boot: BootSector;
  readonly from: 'primary' | 'backup';
  /** Byte of the volume at which it was found. */
  readonly position: number;
  readonly notes: readonly NtfsNote[];
}

const BOOT_BYTES = 512;
const OEM_ID = 'NTFS    ';
const MAX_CLUSTER_BYTES = 2 ** 21;
/** Windows knows 1024 and 4096 bytes; more is allowed for, but not enough to make a record costly. */
const MAX_RECORD_BYTES = 65536;
/** Sector sizes in which the last sector of a device may be counted. */
const LAST_SECTOR_SIZES = [512, 4096];
/** Images and partitions are often rounded up: the backup is searched in so many bytes at the end. */
const BACKUP_SEARCH_BYTES = 16384;

/**
 * Reads the fields of a boot sector and checks them as libntfs does (read in its source, and measured): the OEM
 * name, sector and cluster sizes, the reserved fields, record sizes and the places of $MFT and $MFTMirr. The
 * mark 55 AA may be missing. Throws `NtfsError`; `position` is where `bytes` lie in the volume.
 */
export function parseBootSector(bytes: Uint8Array, position: number): BootSector {
  const demand = (fits: boolean, field: string, offset: number, expected: string, found: unknown): void => {
    if (fits) return;
    const details = { position: position + offset, expected, found: String(found) };
    throw new NtfsError(
      `The boot sector is not usable: ${field} is ${found}, expected ${expected}.`,
      details,
    );
  };
  demand(bytes.length >= BOOT_BYTES, 'its length', 0, '512 bytes', bytes.length);
  const oem = shown(bytes, 3, 8);
  demand(oem === `"${OEM_ID}"`, 'the OEM name', 3, '"NTFS    "', oem);
  const sectorBytes = u16(bytes, 0x0b);
  demand(isPowerOfTwo(sectorBytes, 256, 4096), 'the sector size', 0x0b, '256 to 4096', sectorBytes);
  const sectorsPerCluster = sectorsOfCluster(u8(bytes, 0x0d));
  demand(sectorsPerCluster > 0, 'the cluster size code', 0x0d, 'a power of two', u8(bytes, 0x0d));
  const clusterBytes = sectorBytes * sectorsPerCluster;
  demand(clusterBytes <= MAX_CLUSTER_BYTES, 'the cluster size', 0x0d, 'at most 2 MiB', clusterBytes);
  const reserved =
    u16(bytes, 0x0e) + u8(bytes, 0x10) + u16(bytes, 0x11) + u16(bytes, 0x13) + u16(bytes, 0x16);
  demand(reserved === 0 && u32(bytes, 0x20) === 0, 'a field that must be zero', 0x0e, '0', 'set');
  const totalSectors = u64(bytes, 0x28) ?? 0;
  const volumeBytes = totalSectors * sectorBytes;
  const sane = totalSectors >= sectorsPerCluster && Number.isSafeInteger(volumeBytes * 2);
  demand(sane, 'the number of sectors', 0x28, 'at least one cluster, below 2^52 bytes', totalSectors);
  const clusterCount = Math.floor(totalSectors / sectorsPerCluster);
  const mftLcn = u64(bytes, 0x30) ?? 0;
  const mftMirrLcn = u64(bytes, 0x38) ?? 0;
  demand(mftLcn > 0 && mftLcn < clusterCount, 'the place of $MFT', 0x30, 'a cluster of the volume', mftLcn);
  const mirrorFits = mftMirrLcn > 0 && mftMirrLcn !== mftLcn;
  demand(mirrorFits, 'the place of $MFTMirr', 0x38, 'another cluster than 0 and $MFT', mftMirrLcn);
  const recordBytes = sizeFromCode(u8(bytes, 0x40), clusterBytes);
  const indexRecordBytes = sizeFromCode(u8(bytes, 0x44), clusterBytes);
  const sizes = `512 to ${MAX_RECORD_BYTES} bytes`;
  demand(isPowerOfTwo(recordBytes, 512, MAX_RECORD_BYTES), 'the record size', 0x40, sizes, recordBytes);
  demand(
    isPowerOfTwo(indexRecordBytes, 512, MAX_CLUSTER_BYTES),
    'the index size',
    0x44,
    sizes,
    indexRecordBytes,
  );
  return {
    sectorBytes,
    clusterBytes,
    totalSectors,
    clusterCount,
    volumeBytes,
    mftLcn,
    mftMirrLcn,
    recordBytes,
    indexRecordBytes,
    serial: hex32(u32(bytes, 0x4c)) + hex32(u32(bytes, 0x48)),
  };
}

/**
 * Every boot sector that can be used, the best first: the primary, unless the backup knows the size of the device
 * better. Reading these places is also what rescues them. Never rejects for damage.
 */
export async function bootSectorCandidates(reader: VolumeReader): Promise<FoundBootSector[]> {
  const book = noteBook();
  const primary = await tryBootSector(reader, 0, 'primary', book);
  const backups = await findBackups(reader, primary, book);
  const found = primary === undefined ? backups : [primary, ...backups];
  const fits = (one: FoundBootSector): boolean => one.boot.volumeBytes <= reader.sizeBytes;
  if (primary !== undefined) {
    const better = backups.find(
      ({ boot, position }) => isSameVolume(boot, primary.boot) && position === boot.volumeBytes,
    );
    // A backup that lies exactly where it says the volume ends is right about the size; a primary whose backup is
    // not where it should be is not.
    if (better !== undefined && better.boot.volumeBytes !== primary.boot.volumeBytes) {
      book.add(
        'boot-sector',
        'The boot sector gives a wrong volume size; its backup copy is used instead.',
        0,
      );
      found.splice(found.indexOf(better), 1);
      found.unshift(better);
    }
  } else if (backups.length > 0) {
    book.add(
      'boot-sector',
      'The boot sector cannot be used; its backup copy at the end of the volume is.',
      0,
    );
  }
  return found.map((one) => {
    const notes = book.notes();
    if (!fits(one)) {
      const message = `The volume is ${one.boot.volumeBytes} bytes long but only ${reader.sizeBytes} bytes are there: it is cut, or the number of sectors is wrong.`;
      notes.push({ code: 'short-device', message, position: reader.sizeBytes });
    }
    return { ...one, notes };
  });
}

/** The first of `bootSectorCandidates`; `undefined` when neither the boot sector nor a backup can be used. */
export async function findBootSector(reader: VolumeReader): Promise<FoundBootSector | undefined> {
  return (await bootSectorCandidates(reader))[0];
}

/**
 * Backup boot sectors. The places where one belongs are tried first; only when they raise doubt is the end of the
 * device searched, because on a healthy volume there are free clusters, which nobody needs to read.
 */
async function findBackups(
  reader: VolumeReader,
  primary: FoundBootSector | undefined,
  book: NoteBook,
): Promise<FoundBootSector[]> {
  const lastSector = Math.floor(reader.sizeBytes / BOOT_BYTES) * BOOT_BYTES - BOOT_BYTES;
  const expected = primary?.boot.volumeBytes ?? lastSector;
  const isInside = (at: number): boolean => at >= BOOT_BYTES && at + BOOT_BYTES <= reader.sizeBytes;
  if (isInside(expected)) {
    const first = await tryBootSector(reader, expected, 'backup', book);
    if (first?.position === first?.boot.volumeBytes && first !== undefined) return [first];
    const { holes } = await readClamped(reader, expected, BOOT_BYTES);
    // Unreadable: it may have been there. Far from the end of the device the size may as well be wrong.
    const isAtEnd = reader.sizeBytes - expected <= BACKUP_SEARCH_BYTES;
    if (primary !== undefined && holes.length > 0 && isAtEnd) return [];
  }
  const backups: FoundBootSector[] = [];
  // A volume that is cut by a little has lost its backup; in front of the cut there are only clusters.
  const isCut = primary !== undefined && isJustBeyond(expected, reader.sizeBytes);
  const from = isCut ? primary.boot.clusterCount * primary.boot.clusterBytes : BOOT_BYTES;
  for (const position of await searchBackups(reader, from)) {
    if (!isInside(position)) continue;
    const backup = await tryBootSector(reader, position, 'backup', book);
    if (backup !== undefined && !backups.some((other) => sameBoot(other.boot, backup.boot))) {
      backups.push(backup);
    }
  }
  return backups;
}

const isJustBeyond = (position: number, sizeBytes: number): boolean =>
  position + BOOT_BYTES > sizeBytes && position - sizeBytes < BACKUP_SEARCH_BYTES;

/**
 * Places at the end of the device, not before `from`, that look like a boot sector, and those where its last sector
 * may begin.
 */
async function searchBackups(reader: VolumeReader, from: number): Promise<ReadonlySet<number>> {
  const positions = new Set(
    LAST_SECTOR_SIZES.map((size) => Math.floor(reader.sizeBytes / size) * size - size).filter(
      (at) => at >= from,
    ),
  );
  const searchFrom = Math.max(from, Math.floor((reader.sizeBytes - BACKUP_SEARCH_BYTES) / 512) * 512);
  const tail = await readClamped(reader, searchFrom, Math.max(0, reader.sizeBytes - searchFrom));
  for (let at = tail.bytes.length - (tail.bytes.length % 512) - 512; at >= 0; at -= 512) {
    if (shown(tail.bytes, at + 3, 8) === `"${OEM_ID}"`) positions.add(searchFrom + at);
  }
  return positions;
}

async function tryBootSector(
  reader: VolumeReader,
  position: number,
  from: 'primary' | 'backup',
  book: NoteBook,
): Promise<FoundBootSector | undefined> {
  const { bytes, holes } = await readClamped(reader, position, BOOT_BYTES);
  if (inHole(holes, 0, BOOT_BYTES)) {
    if (from === 'primary') book.add('boot-sector', 'The boot sector cannot be read.', position);
    return undefined;
  }
  try {
    return { boot: parseBootSector(bytes, position), from, position, notes: [] };
  } catch (error) {
    if (!(error instanceof NtfsError)) throw error;
    if (from === 'primary') book.add('boot-sector', error.message, error.position);
    return undefined;
  }
}

/** Whether two boot sectors are of one volume: by its number, or by where its tables lie. */
function isSameVolume(a: BootSector, b: BootSector): boolean {
  if (a.serial === b.serial) return true;
  return a.clusterBytes === b.clusterBytes && a.mftLcn === b.mftLcn && a.mftMirrLcn === b.mftMirrLcn;
}

function sameBoot(a: BootSector, b: BootSector): boolean {
  return a.volumeBytes === b.volumeBytes && a.mftLcn === b.mftLcn && a.clusterBytes === b.clusterBytes;
}

/** Sectors per cluster: 1 to 128, or 2^(256 - code) for the codes 240 to 253 of large clusters; 0 when invalid. */
function sectorsOfCluster(code: number): number {
  if (code >= 240 && code <= 253) return 2 ** (256 - code);
  return isPowerOfTwo(code, 1, 128) ? code : 0;
}

/** A record size: a number of clusters, or 2^n bytes as the signed byte -n. */
function sizeFromCode(code: number, clusterBytes: number): number {
  return code < 0x80 ? code * clusterBytes : 2 ** (256 - code);
}

function isPowerOfTwo(value: number, least: number, most: number): boolean {
  return value >= least && value <= most && Number.isInteger(Math.log2(value));
}

function hex32(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
