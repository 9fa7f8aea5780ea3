import { access, constants } from 'node:fs/promises';
import { errnoName } from './errno.ts';
import { isOnOwnStick } from './own-stick.ts';
import type { BlockFacts, FileFacts, MissingFacts, PathFacts } from './path-facts.ts';
import { type Refusal, refusal } from './refusal.ts';
import { activeLoops, overlap, type Relations, relationsOf, standsOn } from './relations.ts';
import { sizeText } from './size-text.ts';
import { findNode } from './sysfs.ts';
import { mountsOf, swapOn } from './usage.ts';
import { writeLocks } from './write-locks.ts';

const OTHER_TARGET = 'Choose another target: a drive that is not in use, or a file on one.';

export interface TargetCheck {
  /** Source and target may be on one disk, as long as no byte of the source is written to: for copies of healthy volumes. */
  readonly sameDisk?: boolean;
  /** The target is open for writing already, so nobody need ask whether it may be opened. */
  readonly isOpen?: boolean;
}

/**
 * Why `source` may not be saved to `target`; undefined when it may. `neededBytes` is the size that a target
 * device must have, or the bytes that will really be written to a target file. None of these refusals can be
 * overridden. Write protection comes last, so that a caller who can lift it has been told everything else.
 */
export async function checkTarget(
  source: PathFacts,
  target: PathFacts,
  neededBytes: number,
  { sameDisk = false, isOpen = false }: TargetCheck = {},
): Promise<Refusal | undefined> {
  if (target.kind === 'directory' || target.kind === 'other') {
    return refusal(
      'target-kind',
      `The target ${target.path} is ${target.kind === 'directory' ? 'a directory' : target.what}; a file or a drive is needed.`,
      target.kind === 'directory' ? `Name a file in it, such as ${target.path}/rescue.img.` : OTHER_TARGET,
    );
  }
  if (target.kind === 'missing') {
    const misplaced = checkPlace(target);
    if (misplaced !== undefined) return misplaced;
  }
  if (
    target.kind !== 'block' &&
    isAmongDevices(target.kind === 'missing' ? target.parent : target.realPath)
  ) {
    return refusal(
      'target-no-device',
      `There is no device ${target.path}. A file of that name would lie in memory, and be lost at the next start.`,
      'Look which name the drive has now: lifeboat probe. Or name a file on a drive.',
    );
  }
  const relations = await relationsOf(target);
  return (
    checkApart(source, await relationsOf(source), target, relations, sameDisk) ??
    (await checkNotOwnStick(target, relations)) ??
    (await checkUnused(target, relations)) ??
    checkRoom(target, neededBytes) ??
    (isOpen ? undefined : await checkWritable(target))
  );
}

/** The folder of device nodes lives in memory; what of it is meant for files is shared memory. */
const isAmongDevices = (realPath: string): boolean =>
  /^\/dev(?:\/|$)/.test(realPath) && !/^\/dev\/shm(?:\/|$)/.test(realPath);

type PossibleTarget = MissingFacts | FileFacts | BlockFacts;

function checkPlace(target: MissingFacts): Refusal | undefined {
  if (target.danglingLink) {
    return refusal(
      'target-dangling-link',
      `The target ${target.path} is a symbolic link to something that is not there.`,
      'Remove the link, or attach the drive to which it leads.',
    );
  }
  if (target.parentExists) return undefined;
  return refusal(
    'target-directory-missing',
    `The target ${target.path} cannot be made: there is no directory ${target.parent}.`,
    'Make the directory, or mount the drive on which it should be.',
  );
}

/** Whether writing to the target could change the source. */
function checkApart(
  source: PathFacts,
  from: Relations,
  target: PossibleTarget,
  to: Relations,
  sameDisk: boolean,
): Refusal | undefined {
  if (overlap(from.exact, to.exact)) {
    return refusal(
      'target-is-source',
      `The target ${target.path} is the source ${source.path} itself, under this or another name.`,
      OTHER_TARGET,
    );
  }
  if (!sameDisk && overlap(from.own, to.own)) {
    return refusal(
      'target-on-source-disk',
      `The target ${target.path} and the source ${source.path} are on the same disk.`,
      'Choose another drive: a dying disk must not be written to.',
    );
  }
  if (overlap(sameDisk ? from.exact : from.own, to.deep)) {
    return refusal(
      'target-on-source',
      `The target ${target.path} is stored on the source ${source.path}.`,
      'Choose a target on another drive: a dying disk must not be written to.',
    );
  }
  if (overlap(from.deep, to.exact)) {
    return refusal(
      'target-holds-source',
      `The source ${source.path} is stored on the target ${target.path}, which would be overwritten.`,
      OTHER_TARGET,
    );
  }
  return undefined;
}

async function checkNotOwnStick(target: PossibleTarget, to: Relations): Promise<Refusal | undefined> {
  if (!(await isOnOwnStick(to))) return undefined;
  return refusal(
    'target-is-stick',
    `The target ${target.path} is on the stick that Lifeboat was started from.`,
    'Choose another drive: that stick keeps maps and reports.',
  );
}

/** Whether anything else works with the target. */
async function checkUnused(target: PossibleTarget, to: Relations): Promise<Refusal | undefined> {
  const devices = new Set([...to.own.devices, ...to.upper]);
  const things = { devices, files: to.own.files };
  const [mount] = await mountsOf(devices);
  if (mount !== undefined) {
    return refusal(
      'target-mounted',
      `The target ${target.path}, or a part of it, is mounted at ${mount.mountPoint}.`,
      `If its content may be lost, unmount it: umount '${mount.mountPoint}'`,
    );
  }
  const swap = await swapOn(things);
  if (swap !== undefined) {
    return refusal(
      'target-swap',
      `The target ${target.path}, or a part of it, is used as swap space (${swap}).`,
      `Switch it off first: swapoff '${swap}'`,
    );
  }
  // The file behind a target that is itself a loop device is of course in use by that device.
  const overTarget = { devices, files: target.kind === 'file' ? to.exact.files : new Set<string>() };
  const loop = (await activeLoops()).find(
    (one) => standsOn(one, overTarget) && !to.own.devices.has(one.majorMinor),
  );
  if (loop !== undefined) {
    return refusal(
      'target-in-loop',
      `The target ${target.path}, or a part of it, is in use behind the loop device /dev/${loop.name}.`,
      `Detach it first: losetup --detach /dev/${loop.name}`,
    );
  }
  return checkHolders(target, to);
}

async function checkHolders(target: PossibleTarget, to: Relations): Promise<Refusal | undefined> {
  for (const device of to.upper) {
    const node = await findNode(device);
    // Partitions are among what is made of a disk, but hold nothing by themselves.
    if (node === undefined || node.directory !== node.diskDirectory) continue;
    return refusal(
      'target-held',
      `The target ${target.path}, or a part of it, belongs to /dev/${node.name} (RAID, LVM or encryption).`,
      `Take /dev/${node.name} apart first, or choose another target.`,
    );
  }
  return undefined;
}

function checkRoom(target: PossibleTarget, neededBytes: number): Refusal | undefined {
  if (target.kind === 'block') {
    if (target.sizeBytes >= neededBytes) return undefined;
    return refusal(
      'target-too-small',
      `The target ${target.path} has ${sizeText(target.sizeBytes)}, but ${sizeText(neededBytes)} are needed.`,
      'Choose a larger drive, or save to a file on one.',
    );
  }
  if (target.freeBytes === undefined) return undefined;
  // What the file already occupies is written over or given back first.
  const available = target.freeBytes + (target.kind === 'file' ? target.allocatedBytes : 0);
  if (available >= neededBytes) return undefined;
  return refusal(
    'no-space',
    `The filesystem of ${target.path} has room for ${sizeText(available)}, but ${sizeText(neededBytes)} are needed.`,
    'Free space there, or choose a target on a larger drive.',
  );
}

async function checkWritable(target: PossibleTarget): Promise<Refusal | undefined> {
  if (target.kind === 'block' && target.readOnly) {
    // Unlocked when it is opened; a disk that stays read-only even then is found out there.
    if (writeLocks() !== undefined) return undefined;
    return refusal(
      'target-read-only',
      `The target ${target.path} is read-only.`,
      `Remove its write protection switch, or allow writing: blockdev --setrw ${target.realPath}`,
    );
  }
  const place = target.kind === 'missing' ? target.parent : target.path;
  try {
    await access(place, target.kind === 'missing' ? constants.W_OK | constants.X_OK : constants.W_OK);
    return undefined;
  } catch (error) {
    const errno = errnoName(error);
    if (errno === undefined) throw error;
    if (errno === 'EROFS') {
      return refusal(
        'target-read-only',
        `The target ${target.path} lies on a filesystem that is mounted read-only.`,
        'Mount that filesystem for writing, or choose another target.',
      );
    }
    return refusal(
      'target-permission',
      `This user may not write to ${place} (${errno}).`,
      'Run Lifeboat as root, or choose a place that is yours.',
    );
  }
}
