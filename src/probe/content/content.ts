/** What was found in a partition or on a disk. Stable words: they are part of the JSON output. */
export type ContentKind =
  | 'ntfs'
  | 'ext2'
  | 'ext3'
  | 'ext4'
  | 'ext-journal'
  | 'fat12'
  | 'fat16'
  | 'fat32'
  | 'exfat'
  | 'refs'
  | 'xfs'
  | 'btrfs'
  | 'hfs'
  | 'hfsplus'
  | 'apfs'
  | 'f2fs'
  | 'jfs'
  | 'reiserfs'
  | 'iso9660'
  | 'udf'
  | 'squashfs'
  | 'swap'
  | 'lvm'
  | 'md-raid'
  | 'firmware-raid'
  | 'zfs'
  | 'bitlocker'
  | 'luks'
  /** Bytes are there, but in no form that is known here. */
  | 'unknown'
  /** Only zeros where each known form would begin. */
  | 'empty'
  /** The first bytes could not be read. */
  | 'unreadable';

/** What its own structures say of a file system or volume; what they do not say is left out. */
export interface Content {
  readonly kind: ContentKind;
  readonly label?: string;
  /** As blkid shows it: a UUID, or the shorter serial number of a FAT or NTFS volume. */
  readonly uuid?: string;
  /** Version of the format, such as `3.1` for NTFS. */
  readonly version?: string;
  /** Size by its own account, which need not be that of the partition. */
  readonly totalBytes?: number;
  /** What is in use, the file system's own structures included; as its structures said when it was last in order. */
  readonly usedBytes?: number;
  /** Bytes of a cluster or block. */
  readonly blockBytes?: number;
  /** It was not closed in good order, or asks to be checked. */
  readonly dirty?: boolean;
  /** A system sleeps on it: Windows hibernation or fast start, or a Linux image in swap space. */
  readonly hibernated?: boolean;
  /** Its members, such as the name of a volume group or a RAID. */
  readonly group?: string;
  /** What the reader should know, a short sentence without a full stop. */
  readonly note?: string;
}

/** The names of contents, as people know them. */
const TITLES: Readonly<Record<ContentKind, string>> = {
  ntfs: 'NTFS',
  ext2: 'ext2',
  ext3: 'ext3',
  ext4: 'ext4',
  'ext-journal': 'ext journal',
  fat12: 'FAT12',
  fat16: 'FAT16',
  fat32: 'FAT32',
  exfat: 'exFAT',
  refs: 'ReFS',
  xfs: 'XFS',
  btrfs: 'Btrfs',
  hfs: 'HFS',
  hfsplus: 'HFS+',
  apfs: 'APFS',
  f2fs: 'F2FS',
  jfs: 'JFS',
  reiserfs: 'ReiserFS',
  iso9660: 'ISO 9660',
  udf: 'UDF',
  squashfs: 'squashfs',
  swap: 'swap space',
  lvm: 'LVM volume',
  'md-raid': 'RAID member',
  'firmware-raid': 'RAID member',
  zfs: 'ZFS member',
  bitlocker: 'BitLocker',
  luks: 'LUKS',
  unknown: 'unknown',
  empty: 'empty',
  unreadable: 'unreadable',
};

/** The name of a content for people. */
export const titleOf = (kind: ContentKind): string => TITLES[kind];
