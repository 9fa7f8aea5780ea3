import { u32, u64 } from '../ntfs/little-endian.ts';
import { guidBytes, guidText } from '../partition/guid.ts';
import type { Partition, PartitionTable } from '../partition/partition.ts';
import { littleEndian32 } from './hex.ts';

/** A partition as a boot store names it. */
export interface DeviceRef {
  /** Byte of the value at which the descriptor begins. */
  readonly at: number;
  readonly style: 'mbr' | 'gpt';
  /** Signature (eight hexadecimal digits, lower case) or GUID (upper case). */
  readonly diskId: string;
  /** Start of the partition in bytes (MBR); undefined when it is no number that could be one. */
  readonly offsetBytes: number | undefined;
  /** GUID of the partition (GPT), upper case. */
  readonly partitionGuid: string | undefined;
  /** Within another device, such as the image of a RAM disk on that partition. */
  readonly nested: boolean;
}

/**
 * A device in a value: 16 bytes for further options, then a descriptor: type, flags, length, and for a partition
 * (type 6, 72 bytes) its number, the sort of disk, the sort of table, the disk's number (found out by many).
 */
const FIRST_DESCRIPTOR = 0x10;
const DESCRIPTOR_BYTES = 0x48;
const PARTITION_DEVICE = 6;
const FIELD = { TYPE: 0, LENGTH: 8, PARTITION: 0x10, DISK_SORT: 0x20, STYLE: 0x24, DISK: 0x28 } as const;
const STYLE = { gpt: 0, mbr: 1 } as const;
const HARD_DISK = 0;
const MOST_VALUE_BYTES = 4096;

/** All partitions that a device element names. */
export function deviceRefs(value: Uint8Array): DeviceRef[] {
  const found: DeviceRef[] = [];
  const end = Math.min(value.length, MOST_VALUE_BYTES) - DESCRIPTOR_BYTES;
  for (let at = FIRST_DESCRIPTOR; at <= end; at += 4) {
    const ref = refAt(value, at);
    if (ref === undefined) continue;
    found.push(ref);
    at += DESCRIPTOR_BYTES - 4;
  }
  return found;
}

function refAt(value: Uint8Array, at: number): DeviceRef | undefined {
  const style = u32(value, at + FIELD.STYLE);
  const fits =
    u32(value, at + FIELD.TYPE) === PARTITION_DEVICE &&
    u32(value, at + FIELD.LENGTH) === DESCRIPTOR_BYTES &&
    u32(value, at + FIELD.DISK_SORT) === HARD_DISK &&
    (style === STYLE.gpt || style === STYLE.mbr);
  if (!fits) return undefined;
  const isGpt = style === STYLE.gpt;
  return {
    at,
    style: isGpt ? 'gpt' : 'mbr',
    diskId: isGpt
      ? guidText(value, at + FIELD.DISK)
      : u32(value, at + FIELD.DISK)
          .toString(16)
          .padStart(8, '0'),
    offsetBytes: isGpt ? undefined : u64(value, at + FIELD.PARTITION),
    partitionGuid: isGpt ? guidText(value, at + FIELD.PARTITION) : undefined,
    nested: at !== FIRST_DESCRIPTOR,
  };
}

/** The path, within the value, of the file that a nested partition is named for; undefined when there is none. */
export function nestedPath(value: Uint8Array): string | undefined {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf16le');
  // Descriptors are whole numbers of words, so text lies on even bytes.
  return /\\[\w .~-]+(?:\\[\w .~-]+)+/.exec(text)?.[0];
}

/** The partition of this table that is meant; undefined when it is none of them, or the disk is another. */
export function partitionOf(ref: DeviceRef, table: PartitionTable): Partition | undefined {
  if (!isOnDisk(ref, table)) return undefined;
  return samePlace(ref, table);
}

/** Whether the disk is this one. */
export const isOnDisk = (ref: DeviceRef, table: PartitionTable): boolean =>
  ref.style === table.scheme && ref.diskId.toLowerCase() === table.diskId?.toLowerCase();

/** The partition at that place, or with that GUID, whatever the disk. */
export function samePlace(ref: DeviceRef, table: PartitionTable): Partition | undefined {
  if (ref.style !== table.scheme) return undefined;
  return table.partitions.find(({ kind, startBytes, guid }) =>
    ref.style === 'gpt' ? guid === ref.partitionGuid : kind !== 'extended' && startBytes === ref.offsetBytes,
  );
}

/** The fields of a descriptor that name the partition, and the disk: their places in the value and new bytes. */
export function namedAs(
  ref: DeviceRef,
  table: PartitionTable,
  partition: Partition,
  diskId = table.diskId ?? '',
  partitionGuid = partition.guid ?? '',
): { readonly offset: number; readonly after: Uint8Array }[] {
  const isGpt = table.scheme === 'gpt';
  return [
    {
      offset: ref.at + FIELD.PARTITION,
      after: isGpt ? guidBytes(partitionGuid) : place(partition.startBytes),
    },
    { offset: ref.at + FIELD.STYLE, after: littleEndian32(isGpt ? STYLE.gpt : STYLE.mbr) },
    { offset: ref.at + FIELD.DISK, after: isGpt ? guidBytes(diskId) : signature(diskId) },
  ];
}

function place(startBytes: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(startBytes), true);
  return bytes;
}

function signature(diskId: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(littleEndian32(Number.parseInt(diskId, 16)));
  return bytes;
}

/** A whole value for a partition that no other device is around. */
export function deviceValue(table: PartitionTable, partition: Partition): Uint8Array {
  const value = new Uint8Array(FIRST_DESCRIPTOR + DESCRIPTOR_BYTES);
  value.set(littleEndian32(PARTITION_DEVICE), FIRST_DESCRIPTOR + FIELD.TYPE);
  value.set(littleEndian32(DESCRIPTOR_BYTES), FIRST_DESCRIPTOR + FIELD.LENGTH);
  for (const { offset, after } of namedAs(BLANK, table, partition)) value.set(after, offset);
  return value;
}

const BLANK: DeviceRef = {
  at: FIRST_DESCRIPTOR,
  style: 'mbr',
  diskId: '',
  offsetBytes: undefined,
  partitionGuid: undefined,
  nested: false,
};
