import type { BigIntStats } from 'node:fs';
import { lstat, realpath, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { majorMinorOf } from './device-number.ts';
import { readDiskIdentity } from './disk-identity.ts';
import { errnoName } from './errno.ts';
import { hostDeviceOf, mountOf, readMounts } from './mounts.ts';
import type { BlockFacts, FileSystemFacts, LoopBackingFile, MissingFacts, PathFacts } from './path-facts.ts';
import {
  findNode,
  readAttribute,
  readAttributeBytes,
  readNumber,
  readSizeBytes,
  SYSFS_SECTOR_BYTES,
  type SysfsNode,
} from './sysfs.ts';
import { usableBytes } from './usable-space.ts';

export type { LoopBackingFile, PathFacts } from './path-facts.ts';

/** `st_blocks` counts in units of 512 bytes on every Linux filesystem. */
const STAT_BLOCK_BYTES = 512n;

const LINE_FEED = 10;

/**
 * What `path` names. Looks at the inode and at sysfs only: a device is never opened, since that alone can hang
 * for minutes on a dying disk. What cannot be looked at at all comes back as `other` with the errno.
 */
export async function describePath(path: string): Promise<PathFacts> {
  let facts: BigIntStats;
  let realPath: string;
  try {
    facts = await stat(path, { bigint: true });
    realPath = await realpath(path);
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return describeMissing(path);
    return { kind: 'other', path, what: `a path that cannot be looked at (${errno})`, errno };
  }
  if (facts.isBlockDevice()) return describeBlock(path, realPath, majorMinorOf(facts.rdev));
  if (facts.isDirectory()) {
    return { kind: 'directory', path, realPath, ...(await describeFileSystem(realPath, facts)) };
  }
  if (facts.isFile()) {
    return {
      kind: 'file',
      path,
      realPath,
      dev: majorMinorOf(facts.dev),
      ino: String(facts.ino),
      sizeBytes: Number(facts.size),
      allocatedBytes: Number(facts.blocks * STAT_BLOCK_BYTES),
      ...(await describeFileSystem(realPath, facts)),
    };
  }
  const what = facts.isCharacterDevice()
    ? 'a character device'
    : facts.isFIFO()
      ? 'a named pipe'
      : facts.isSocket()
        ? 'a socket'
        : 'neither a file nor a block device';
  return { kind: 'other', path, what };
}

async function describeMissing(path: string): Promise<MissingFacts> {
  const absolute = resolve(path);
  const danglingLink = await isLink(absolute);
  try {
    const parent = await realpath(dirname(absolute));
    const facts = await stat(parent, { bigint: true });
    const parentExists = facts.isDirectory();
    const fileSystem = parentExists ? await describeFileSystem(parent, facts) : {};
    return { kind: 'missing', path, parent, parentExists, danglingLink, ...fileSystem };
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return { kind: 'missing', path, parent: dirname(absolute), parentExists: false, danglingLink };
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return false;
  }
}

async function describeFileSystem(realPath: string, facts: BigIntStats): Promise<FileSystemFacts> {
  const majorMinor = majorMinorOf(facts.dev);
  const mounts = await readMounts();
  const mount = mountOf(realPath, majorMinor, mounts);
  const hostDevice = await hostDeviceOf(majorMinor, mount, mounts);
  const freeBytes = await readFreeBytes(realPath);
  return {
    ...(mount !== undefined && { fileSystem: mount.fileSystem }),
    ...(hostDevice !== undefined && { hostDevice }),
    ...(freeBytes !== undefined && { freeBytes }),
  };
}

async function readFreeBytes(path: string): Promise<number | undefined> {
  try {
    return usableBytes(await statfs(path, { bigint: true }));
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return undefined;
  }
}

async function describeBlock(path: string, realPath: string, majorMinor: string): Promise<PathFacts> {
  const node = await findNode(majorMinor);
  const sizeBytes = node && (await readSizeBytes(node.directory));
  const diskMajorMinor = node && (await readAttribute(node.diskDirectory, 'dev'));
  if (node === undefined || sizeBytes === undefined || diskMajorMinor === undefined) {
    return { kind: 'other', path, what: 'the name of a block device that is not attached' };
  }
  const queue = join(node.diskDirectory, 'queue');
  const logicalSectorBytes = (await readNumber(queue, 'logical_block_size')) ?? SYSFS_SECTOR_BYTES;
  const physical = (await readNumber(queue, 'physical_block_size')) ?? logicalSectorBytes;
  const diskSequence = await readNumber(node.diskDirectory, 'diskseq');
  const loopBackingFile = await readLoopBackingFile(node.diskDirectory);
  return {
    kind: 'block',
    path,
    realPath,
    name: node.name,
    majorMinor,
    sizeBytes,
    logicalSectorBytes,
    // Some USB bridges claim nonsense here; what is not a multiple of the logical sector cannot be true.
    physicalSectorBytes:
      physical >= logicalSectorBytes && physical % logicalSectorBytes === 0 ? physical : logicalSectorBytes,
    readOnly: (await readNumber(node.directory, 'ro')) === 1,
    rotational: (await readNumber(queue, 'rotational')) === 1,
    diskName: basename(node.diskDirectory).replaceAll('!', '/'),
    diskMajorMinor,
    ...(await describePartition(node)),
    ...(await readDiskIdentity(node.diskDirectory, diskMajorMinor)),
    ...(diskSequence !== undefined && { diskSequence }),
    ...(loopBackingFile !== undefined && { loopBackingFile }),
  };
}

async function describePartition(
  node: SysfsNode,
): Promise<Pick<BlockFacts, 'partitionNumber' | 'partitionStartBytes'>> {
  const partitionNumber = await readNumber(node.directory, 'partition');
  const start = await readNumber(node.directory, 'start');
  return {
    ...(partitionNumber !== undefined && { partitionNumber }),
    ...(start !== undefined && { partitionStartBytes: start * SYSFS_SECTOR_BYTES }),
  };
}

/** A file behind a loop device is looked at for so long. */
const BACKING_FILE_MS = 5000;

/** What lies behind the loop device of that sysfs directory; undefined when it is none, or has nothing behind. */
export async function readLoopBackingFile(diskDirectory: string): Promise<LoopBackingFile | undefined> {
  const line = await readAttributeBytes(diskDirectory, 'loop/backing_file');
  if (line === undefined || line.length <= 1) return undefined;
  // The bytes are kept until after the look-up: a file name need not be valid UTF-8, and may end in spaces.
  const rawPath = line.subarray(0, line.at(-1) === LINE_FEED ? -1 : undefined);
  const path = rawPath.toString('utf8');
  try {
    const facts = await statPatiently(rawPath);
    if (facts === undefined) return { path };
    if (facts.isBlockDevice()) return { path, majorMinor: majorMinorOf(facts.rdev) };
    return { path, dev: majorMinorOf(facts.dev), ino: String(facts.ino) };
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return { path };
  }
}

interface Asked {
  readonly facts: Promise<BigIntStats>;
  /** Whether it has been silent for longer than anybody shall wait. */
  isLate: boolean;
}

/** Look-ups under way, by path. One that hangs keeps a thread until it ends, so none is begun a second time. */
const UNDER_WAY = new Map<string, Asked>();

/** Behind another loop device there may be a file system that does not answer; it must not hold up this one. */
async function statPatiently(rawPath: Buffer): Promise<BigIntStats | undefined> {
  const key = rawPath.toString('latin1');
  const asked = UNDER_WAY.get(key) ?? { facts: stat(rawPath, { bigint: true }), isLate: false };
  if (asked.isLate) return undefined;
  if (!UNDER_WAY.has(key)) {
    UNDER_WAY.set(key, asked);
    const forget = (): void => void UNDER_WAY.delete(key);
    asked.facts.then(forget, forget);
  }
  const facts = await Promise.race([asked.facts, silence(BACKING_FILE_MS)]);
  if (facts === undefined) asked.isLate = true;
  return facts;
}

/** Resolves to nothing after so many milliseconds, without keeping the process alive. */
function silence(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), milliseconds).unref();
  });
}
