import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoName } from './errno.ts';

/** Where the kernel shows its devices. Functions take another root only so that tests can build one. */
export const SYS = '/sys';

/** sysfs counts sizes and starts in 512-byte units, whatever the sectors of the device are. */
export const SYSFS_SECTOR_BYTES = 512;

/** What sysfs answers when an attribute does not exist, or exists but the device has nothing to say. */
const NOTHING_THERE: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENODEV',
  'ENXIO',
  'EINVAL',
  'EIO',
  'EACCES',
  'EPERM',
  'EOPNOTSUPP',
  'ENOTSUP',
  'ENODATA',
]);

/** A block device as sysfs shows it. */
export interface SysfsNode {
  /** The directory in sysfs, without symbolic links. */
  readonly directory: string;
  /** The kernel's name, such as `sda1`. */
  readonly name: string;
  /** The directory of the whole disk: `directory` itself unless this is a partition. */
  readonly diskDirectory: string;
}

/** The text of an attribute without surrounding white space and NULs; undefined when there is none. */
export async function readAttribute(directory: string, attribute: string): Promise<string | undefined> {
  const bytes = await readAttributeBytes(directory, attribute);
  // Firmware pads its strings with spaces and NULs, at either end.
  const text = bytes?.toString('utf8').replaceAll('\0', ' ').trim();
  return text === '' ? undefined : text;
}

/** The bytes of an attribute; undefined when it does not exist or has no content to give. */
export async function readAttributeBytes(directory: string, attribute: string): Promise<Buffer | undefined> {
  try {
    return await readFile(join(directory, attribute));
  } catch (error) {
    if (NOTHING_THERE.has(errnoName(error) ?? '')) return undefined;
    throw error;
  }
}

/** A numeric attribute; undefined when there is none or it is not a number. */
export async function readNumber(directory: string, attribute: string): Promise<number | undefined> {
  const text = await readAttribute(directory, attribute);
  if (text === undefined) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** The names in a directory of sysfs, sorted; none when it does not exist. */
export async function listNames(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (NOTHING_THERE.has(errnoName(error) ?? '')) return [];
    throw error;
  }
}

/** The node of the block device `majorMinor`; undefined when the kernel has no such device (any more). */
export async function findNode(majorMinor: string, sys: string = SYS): Promise<SysfsNode | undefined> {
  let directory: string;
  try {
    directory = await realpath(join(sys, 'dev/block', majorMinor));
  } catch (error) {
    if (NOTHING_THERE.has(errnoName(error) ?? '')) return undefined;
    throw error;
  }
  const isPartition = (await readAttribute(directory, 'partition')) !== undefined;
  return {
    directory,
    // The kernel writes `!` for a slash inside a name (`cciss!c0d0`).
    name: basename(directory).replaceAll('!', '/'),
    diskDirectory: isPartition ? dirname(directory) : directory,
  };
}

/** The size of the device in bytes; undefined when it is gone. */
export async function readSizeBytes(directory: string): Promise<number | undefined> {
  const sectors = await readNumber(directory, 'size');
  return sectors === undefined ? undefined : sectors * SYSFS_SECTOR_BYTES;
}
