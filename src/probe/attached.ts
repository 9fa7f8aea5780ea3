import { realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readDiskIdentity } from '../block/disk-identity.ts';
import { errnoName } from '../block/errno.ts';
import {
  listNames,
  readAttribute,
  readNumber,
  readSizeBytes,
  SYS,
  SYSFS_SECTOR_BYTES,
} from '../block/sysfs.ts';
import type { Disk, DiskKind, Traffic } from './machine.ts';
import { transportOf } from './transport.ts';

/** A partition that the kernel knows. */
export interface KernelPartition {
  readonly number: number;
  readonly name: string;
  readonly path: string;
  readonly majorMinor: string;
  readonly startBytes: number;
  readonly sizeBytes: number;
  readonly readOnly: boolean;
}

/** A disk as sysfs and udev show it, without a word from the disk itself. */
export interface AttachedDisk
  extends Pick<
    Disk,
    | 'name'
    | 'path'
    | 'majorMinor'
    | 'diskSequence'
    | 'kind'
    | 'model'
    | 'serial'
    | 'firmware'
    | 'sizeBytes'
    | 'logicalSectorBytes'
    | 'physicalSectorBytes'
    | 'transport'
    | 'rotational'
    | 'removable'
    | 'readOnly'
    | 'backingFile'
    | 'traffic'
  > {
  /** Tells this attachment from every other: another disk, another medium, another cable. */
  readonly attachment: string;
  readonly partitions: readonly KernelPartition[];
}

/** Names of block devices that live in memory. */
const IN_MEMORY = /^(?:ram|zram)\d/;

const KINDS: readonly (readonly [RegExp, DiskKind])[] = [
  [/^loop\d/, 'loop'],
  [/^sr\d/, 'optical'],
  [/^dm-\d/, 'mapped'],
  [/^md/, 'raid'],
  [/^(?:nbd|rbd|drbd)\d/, 'network'],
];

/** The names under /sys/block of what may be a disk, whether or not a medium is in it. */
export async function diskNames(sys: string = SYS): Promise<string[]> {
  const names = await listNames(join(sys, 'block'));
  const order = new Intl.Collator('en', { numeric: true });
  return names.filter((name) => !IN_MEMORY.test(name)).sort(order.compare);
}

/**
 * Describes the disk of that name; undefined when it is gone or has no medium. Reads only what the kernel keeps in
 * memory. `before` is its last description: what cannot change while it is attached is taken from there.
 */
export async function describeAttached(
  sysName: string,
  before: AttachedDisk | undefined,
  sys: string = SYS,
  udevData: string = '/run/udev/data',
): Promise<AttachedDisk | undefined> {
  const directory = join(sys, 'block', sysName);
  const sizeBytes = await readSizeBytes(directory);
  const majorMinor = await readAttribute(directory, 'dev');
  if (sizeBytes === undefined || majorMinor === undefined) return undefined;
  // A reader without a card has no size either; a fixed disk without one has failed to tell it.
  const isDumb =
    /^(?:sd|nvme|vd|hd|mmcblk)/.test(sysName) && (await readNumber(directory, 'removable')) !== 1;
  if (sizeBytes === 0 && !isDumb) return undefined;
  const sequence = await readNumber(directory, 'diskseq');
  const attachment = `${majorMinor}/${sequence ?? ''}/${sizeBytes}`;
  const lasting =
    before?.attachment === attachment ? before : await describeLasting(directory, majorMinor, udevData);
  return {
    ...lasting,
    name: sysName.replaceAll('!', '/'),
    path: join('/dev', sysName.replaceAll('!', '/')),
    majorMinor,
    ...(sequence !== undefined && { diskSequence: sequence }),
    attachment,
    sizeBytes,
    readOnly: (await readNumber(directory, 'ro')) === 1,
    traffic: parseTraffic((await readAttribute(directory, 'stat')) ?? ''),
    partitions: await kernelPartitions(directory),
  };
}

type Lasting = Pick<
  AttachedDisk,
  | 'kind'
  | 'model'
  | 'serial'
  | 'firmware'
  | 'logicalSectorBytes'
  | 'physicalSectorBytes'
  | 'transport'
  | 'rotational'
  | 'removable'
  | 'backingFile'
>;

async function describeLasting(link: string, majorMinor: string, udevData: string): Promise<Lasting> {
  const name = basename(link);
  // The way through the buses is what the real path shows.
  const directory = await realDirectory(link);
  const queue = join(directory, 'queue');
  const logicalSectorBytes = (await readNumber(queue, 'logical_block_size')) ?? SYSFS_SECTOR_BYTES;
  const physical = (await readNumber(queue, 'physical_block_size')) ?? logicalSectorBytes;
  const device = join(directory, 'device');
  const firmware = (await readAttribute(device, 'firmware_rev')) ?? (await readAttribute(device, 'rev'));
  const isScsi = (await readAttribute(device, 'scsi_level')) !== undefined;
  const transport = transportOf(directory, isScsi);
  const backingFile = await readAttribute(directory, 'loop/backing_file');
  return {
    kind: KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'disk',
    ...(await readDiskIdentity(directory, majorMinor, udevData)),
    ...(firmware !== undefined && { firmware }),
    ...(transport !== undefined && { transport }),
    logicalSectorBytes,
    physicalSectorBytes:
      physical >= logicalSectorBytes && physical % logicalSectorBytes === 0 ? physical : logicalSectorBytes,
    rotational: (await readNumber(queue, 'rotational')) === 1,
    removable: (await readNumber(directory, 'removable')) === 1,
    ...(backingFile !== undefined && { backingFile }),
  };
}

async function realDirectory(link: string): Promise<string> {
  try {
    return await realpath(link);
  } catch (error) {
    // Unplugged between two looks: the next one will find it gone.
    if (errnoName(error) === undefined) throw error;
    return link;
  }
}

async function kernelPartitions(directory: string): Promise<KernelPartition[]> {
  const disk = basename(directory);
  const found: KernelPartition[] = [];
  for (const name of await listNames(directory)) {
    if (!name.startsWith(disk)) continue;
    const part = join(directory, name);
    const number = await readNumber(part, 'partition');
    const start = await readNumber(part, 'start');
    const sizeBytes = await readSizeBytes(part);
    const majorMinor = await readAttribute(part, 'dev');
    if (number === undefined || start === undefined || sizeBytes === undefined || majorMinor === undefined) {
      continue;
    }
    found.push({
      number,
      name: name.replaceAll('!', '/'),
      path: join('/dev', name.replaceAll('!', '/')),
      majorMinor,
      startBytes: start * SYSFS_SECTOR_BYTES,
      sizeBytes,
      readOnly: (await readNumber(part, 'ro')) === 1,
    });
  }
  return found.sort((one, other) => one.number - other.number);
}

/** The columns of `stat`: the kernel's Documentation/block/stat.rst. Its sectors have 512 bytes. */
function parseTraffic(text: string): Traffic {
  const [reads = 0, , sectorsRead = 0, , writes = 0, , sectorsWritten = 0, , inFlight = 0, busyMs = 0] = text
    .split(/\s+/)
    .map(Number);
  return {
    reads,
    readBytes: sectorsRead * SYSFS_SECTOR_BYTES,
    writes,
    writtenBytes: sectorsWritten * SYSFS_SECTOR_BYTES,
    inFlight,
    busyMs,
  };
}
