import type { BootCode } from './boot-code.ts';

/** What fixes may need that is not on the disk itself. */
export interface Supplies {
  /** Free code for an MBR, at most 440 bytes, and the file that it is from. */
  readonly mbrCode?: { readonly bytes: Uint8Array; readonly from: string };
  /** The first 512 bytes of the disk from an earlier time. */
  readonly savedMbr?: { readonly bytes: Uint8Array; readonly from: string };
  /** Boot code of other volumes, of either kind. */
  readonly donors: readonly BootCode[];
  /** Number of the partition that is to be active, where several could be. */
  readonly activePartition?: number;
  /** Random bytes for new signatures and GUIDs. */
  random(bytes: number): Uint8Array;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Another disk that is attached, by the numbers that Windows would mix up. */
export interface OtherDisk {
  readonly path: string;
  /** Signature of an MBR (eight hexadecimal digits) or GUID, in lower case. */
  readonly diskId: string | undefined;
  /** GUIDs in lower case. */
  readonly partitionIds: readonly string[];
}

/** The other disks that are attached. */
export interface OtherDisks {
  readonly disks: readonly OtherDisk[];
  /** Those that did not answer in time. */
  readonly silent: readonly string[];
}

/** What the firmware of this computer says of what it starts. */
export type Firmware =
  | { readonly kind: 'uefi'; readonly entries: readonly FirmwareEntry[] }
  /** Started by a BIOS, or in its manner: there is no list, or it is out of reach. */
  | { readonly kind: 'out-of-reach'; readonly why: string };

/** An entry in the firmware's list. */
export interface FirmwareEntry {
  /** Four hexadecimal digits. */
  readonly number: string;
  readonly label: string;
  readonly active: boolean;
  /** GUID of the partition, in lower case; undefined for an entry that names none. */
  readonly partitionGuid: string | undefined;
  /** Path of the loader on that partition. */
  readonly loader: string | undefined;
}

/** The disk as it is attached. */
export interface Attachment {
  /** Such as `nvme`, `sata`, `usb`; undefined where that is not known. */
  readonly transport: string | undefined;
  /** An image file, which no Windows starts from. */
  readonly isImage: boolean;
}
