import { type FileHandle, stat } from 'node:fs/promises';
import { readLoopBackingFile } from './device-facts.ts';
import { errnoName } from './errno.ts';
import type { BlockFacts, FileFacts } from './path-facts.ts';
import { findNode, readAttribute, readNumber, readSizeBytes, SYS } from './sysfs.ts';

/** What `stat` says of a file whose filesystem has died under it. */
const DEAD_FILE_SYSTEM: ReadonlySet<string> = new Set([
  'ENOTCONN',
  'ECONNABORTED',
  'ESTALE',
  'EIO',
  'ENODEV',
]);

/**
 * States of a disk (`device/state`, of SCSI and NVMe) in which the kernel passes nothing on to it any more and answers
 * every request with an error of its own: after it has given up making the disk listen, or while it is being removed.
 */
const SWITCHED_OFF: ReadonlySet<string> = new Set([
  'offline',
  'transport-offline',
  'cancel',
  'deleted',
  'deleting',
  'dead',
]);

/**
 * Whether the device of `facts` is still attached: the same attachment of the same disk, of the same size.
 * Looks at sysfs, not at the device; for a loop device also at its backing file, whose server may have died.
 */
export async function deviceIsThere(facts: BlockFacts, sys: string = SYS): Promise<boolean> {
  const node = await findNode(facts.majorMinor, sys);
  if (node === undefined) return false;
  if ((await readSizeBytes(node.directory)) !== facts.sizeBytes) return false;
  const state = await readAttribute(node.diskDirectory, 'device/state');
  if (state !== undefined && SWITCHED_OFF.has(state)) return false;
  const sequence = await readNumber(node.diskDirectory, 'diskseq');
  if (facts.diskSequence !== undefined && sequence !== facts.diskSequence) return false;
  return facts.loopBackingFile === undefined || !(await isDead(facts.loopBackingFile.path));
}

/**
 * Whether the open file can still be looked at, has not shrunk, and the device of its filesystem (if it has
 * one) is still attached. The kernel keeps answering `stat` from memory after a disk was unplugged.
 */
export async function fileIsThere(handle: FileHandle, facts: FileFacts): Promise<boolean> {
  try {
    const { size } = await handle.stat();
    if (size < facts.sizeBytes) return false;
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return false;
  }
  if (facts.hostDevice === undefined) return true;
  const node = await findNode(facts.hostDevice);
  if (node === undefined) return false;
  const backing = await readLoopBackingFile(node.diskDirectory);
  return backing === undefined || !(await isDead(backing.path));
}

async function isDead(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    // A backing file whose name was removed still serves its device.
    return DEAD_FILE_SYSTEM.has(errno);
  }
}
