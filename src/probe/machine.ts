import type { Content } from './content/content.ts';
import type { Health } from './health/health.ts';
import type { HostFacts } from './host.ts';
import type { Touched } from './look.ts';
import type { Use } from './use.ts';

/** What sort of block device it is. Memory disks (ram, zram) are not listed at all. */
export type DiskKind = 'disk' | 'optical' | 'loop' | 'mapped' | 'raid' | 'network';

/** How a disk is attached; undefined where the kernel does not tell. */
export type Transport =
  | 'sata'
  | 'sas'
  | 'scsi'
  | 'usb'
  | 'nvme'
  | 'mmc'
  | 'virtio'
  | 'firewire'
  | 'iscsi'
  | 'fc';

/** Whether the disk answers. Times are in milliseconds since 1970. */
export type DiskState =
  /** Nothing was asked of it yet: the process that will is being started. */
  | { readonly kind: 'starting' }
  /** A request is with the disk since then. For a healthy disk that lasts for a blink. */
  | { readonly kind: 'waiting'; readonly sinceMs: number }
  /** All that was to be read was answered, if not always with data: see `touched`. */
  | { readonly kind: 'answering' }
  /** It was not read, and why: a clause without a full stop. */
  | { readonly kind: 'unread'; readonly reason: string }
  /** It was unplugged, or has dropped off its bus. It stays in the list for ten seconds. */
  | { readonly kind: 'gone'; readonly sinceMs: number };

/** What has gone over the wire since the disk was attached, by the kernel's count. */
export interface Traffic {
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
  /** Requests under way now. */
  readonly inFlight: number;
  /** Milliseconds in which at least one request was under way. */
  readonly busyMs: number;
}

/** A partition: known to the kernel, to the partition table, or to both. */
export interface Partition {
  /** Its number in the table, as in `sda2`. */
  readonly number: number;
  /** The kernel's name; undefined when only the table knows it. */
  readonly name?: string;
  readonly path?: string;
  readonly majorMinor?: string;
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** A frame for logical partitions, without content of its own. */
  readonly extended: boolean;
  /** The type in the table, such as `07`, or a GUID in upper case. */
  readonly type?: string;
  /** The type in words. */
  readonly typeName?: string;
  /** Its name in a GPT. */
  readonly partitionLabel?: string;
  /** Its GUID in a GPT, in lower case. */
  readonly partitionUuid?: string;
  /** Marked as the one to boot from (MBR). */
  readonly active: boolean;
  readonly readOnly: boolean;
  /** Undefined until it was read. */
  readonly content?: Content;
  readonly use: Use;
}

/** The table that divides a disk; `none` where there is none but something is wrong in its place. */
export interface Table {
  readonly kind: 'none' | 'mbr' | 'gpt';
  /** Disk GUID or MBR signature. */
  readonly id?: string;
  /** What is wrong with it, one sentence each. */
  readonly problems: readonly string[];
}

export interface Disk {
  /** The kernel's name, such as `sda`. */
  readonly name: string;
  readonly path: string;
  readonly majorMinor: string;
  /** The kernel's running number of this attachment (since Linux 5.15): under the same name, another one is another disk. */
  readonly diskSequence?: number;
  readonly kind: DiskKind;
  readonly model?: string;
  readonly serial?: string;
  readonly firmware?: string;
  readonly sizeBytes: number;
  readonly logicalSectorBytes: number;
  readonly physicalSectorBytes: number;
  readonly transport?: Transport;
  readonly rotational: boolean;
  /** The medium can be taken out, or the disk says so of itself. */
  readonly removable: boolean;
  readonly readOnly: boolean;
  /** The file behind a loop device. */
  readonly backingFile?: string;
  readonly state: DiskState;
  /** What looking at it has cost the disk. */
  readonly touched: Touched;
  /** How often it was looked at: once, and once more after each time that something has written to it. */
  readonly looks: number;
  /** Something has written to it since: table and contents may be others by now. */
  readonly outdated: boolean;
  readonly traffic: Traffic;
  /** Undefined until it was read, and where there is none. */
  readonly table?: Table;
  /** What lies on the disk as a whole; undefined until it was read, and where a table divides it. */
  readonly content?: Content;
  readonly partitions: readonly Partition[];
  readonly health: Health;
  readonly use: Use;
  /** Nothing more is to be learned of it, unless something changes. */
  readonly settled: boolean;
}

/** A picture of the machine; never changed, always replaced. Disks that did not change stay the same objects. */
export interface Machine {
  readonly takenMs: number;
  /** Undefined until known. */
  readonly host?: HostFacts;
  /** In the order of their names. */
  readonly disks: readonly Disk[];
}
