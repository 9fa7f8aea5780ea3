import { shown, u8, u16, u32 } from '../ntfs/little-endian.ts';

/** Which of the three forms of the table. */
export type FatKind = 'fat12' | 'fat16' | 'fat32';

/** How a FAT volume is laid out, from its boot sector. All places in bytes of the volume. */
export interface FatGeometry {
  readonly kind: FatKind;
  readonly sectorBytes: number;
  readonly clusterBytes: number;
  /** Clusters that hold files; their numbers begin at 2. */
  readonly clusterCount: number;
  readonly totalBytes: number;
  /** The first copy of the table. */
  readonly tableStart: number;
  /** The root folder of FAT12 and FAT16, which lies in a place of its own; empty for FAT32. */
  readonly rootStart: number;
  readonly rootBytes: number;
  /** First cluster of the root folder of FAT32; 0 for the others. */
  readonly rootCluster: number;
  /** Place of cluster 2. */
  readonly dataStart: number;
}

/** Cluster counts that tell the forms apart (Microsoft's FAT specification, 3.5). */
const FAT16_FROM = 4085;
const FAT32_FROM = 65525;
/** More clusters no form of the table can number. */
const MOST_CLUSTERS = 0x0ffffff5;
const FOLDER_ENTRY_BYTES = 32;

/** Reads the fields of a boot sector of at least 512 bytes; `undefined` when they cannot be those of a FAT volume. */
export function parseFatGeometry(boot: Uint8Array): FatGeometry | undefined {
  const sectorBytes = u16(boot, 0x0b);
  const sectorsPerCluster = u8(boot, 0x0d);
  const reserved = u16(boot, 0x0e);
  const tables = u8(boot, 0x10);
  const media = u8(boot, 0x15);
  const fits =
    boot.length >= 512 &&
    isPowerOfTwo(sectorBytes, 512, 4096) &&
    isPowerOfTwo(sectorsPerCluster, 1, 128) &&
    reserved > 0 &&
    tables >= 1 &&
    tables <= 2 &&
    (media === 0xf0 || media >= 0xf8);
  // An NTFS or BitLocker volume has a similar block, with another name in front.
  if (!fits || shown(boot, 3, 8) === '"NTFS    "' || shown(boot, 3, 8) === '"-FVE-FS-"') return undefined;
  const isWide = u16(boot, 0x16) === 0;
  const tableSectors = isWide ? u32(boot, 0x24) : u16(boot, 0x16);
  const rootEntries = u16(boot, 0x11);
  const totalSectors = u16(boot, 0x13) || u32(boot, 0x20);
  const rootSectors = Math.ceil((rootEntries * FOLDER_ENTRY_BYTES) / sectorBytes);
  const rootStart = reserved + tables * tableSectors;
  const dataStart = rootStart + rootSectors;
  const dataSectors = totalSectors - dataStart;
  if (tableSectors === 0 || dataSectors < sectorsPerCluster || isWide !== (rootEntries === 0))
    return undefined;
  const clusterCount = Math.min(MOST_CLUSTERS, Math.floor(dataSectors / sectorsPerCluster));
  return {
    kind: isWide || clusterCount >= FAT32_FROM ? 'fat32' : clusterCount >= FAT16_FROM ? 'fat16' : 'fat12',
    sectorBytes,
    clusterBytes: sectorBytes * sectorsPerCluster,
    clusterCount,
    totalBytes: totalSectors * sectorBytes,
    tableStart: reserved * sectorBytes,
    rootStart: rootStart * sectorBytes,
    rootBytes: rootSectors * sectorBytes,
    rootCluster: isWide ? u32(boot, 0x2c) : 0,
    dataStart: dataStart * sectorBytes,
  };
}

const isPowerOfTwo = (value: number, least: number, most: number): boolean =>
  value >= least && value <= most && Number.isInteger(Math.log2(value));
