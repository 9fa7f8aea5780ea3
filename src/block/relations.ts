import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readLoopBackingFile } from './device-facts.ts';
import { majorMinorOf } from './device-number.ts';
import { errnoName } from './errno.ts';
import { hostDeviceOf, mountOf, readMounts } from './mounts.ts';
import type { LoopBackingFile, PathFacts } from './path-facts.ts';
import { findNode, listNames, readAttribute, SYS } from './sysfs.ts';

/** Devices (`major:minor`) and files (`fileKey`). */
export interface Things {
  readonly devices: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
}

/** How the bytes of a source or target hang together with those of other devices and files. */
export interface Relations {
  /** Other names for bytes of it: what a loop device, device-mapper or RAID device is made of, at any depth. */
  readonly exact: Things;
  /** `exact`, and the whole disks of the partitions among it. */
  readonly own: Things;
  /** All of `own`, and everything that carries it: filesystems of files, their devices, and so on down. */
  readonly deep: Things;
  /** What is made of it: partitions, loop devices over it, device-mapper and RAID devices, at any depth. */
  readonly upper: ReadonlySet<string>;
}

/** An active loop device. */
export interface ActiveLoop {
  readonly name: string;
  readonly majorMinor: string;
  readonly backing: LoopBackingFile;
}

/** Names a file by its inode, whatever its path. */
const fileKey = (dev: string, ino: string): string => `${dev}/${ino}`;

/** Finds out how `facts` hang together with everything else. sysfs, /proc and inodes only; nothing is opened. */
export async function relationsOf(facts: PathFacts, sys: string = SYS): Promise<Relations> {
  const start = startOf(facts);
  // The filesystem under a file carries it, but is not made of the same bytes.
  const host = facts.kind === 'block' || facts.kind === 'other' ? undefined : facts.hostDevice;
  const carriers = host === undefined ? start.devices : [...start.devices, host];
  return {
    exact: await lower(start.devices, start.files, { disks: false, hosts: false }, sys),
    own: await lower(start.devices, start.files, { disks: true, hosts: false }, sys),
    deep: await lower(carriers, start.files, { disks: true, hosts: true }, sys),
    upper: await upper(start.devices, start.files, sys),
  };
}

/** All loop devices that have something behind them. */
export async function activeLoops(sys: string = SYS): Promise<ActiveLoop[]> {
  const names = (await listNames(join(sys, 'block'))).filter((name) => name.startsWith('loop'));
  // All at once: one whose file does not answer shall not add its wait to that of another.
  const loops = await Promise.all(
    names.map(async (name): Promise<ActiveLoop | undefined> => {
      const directory = join(sys, 'block', name);
      const backing = await readLoopBackingFile(directory);
      const majorMinor = await readAttribute(directory, 'dev');
      return backing && majorMinor !== undefined ? { name, majorMinor, backing } : undefined;
    }),
  );
  return loops.filter((loop) => loop !== undefined);
}

/** Whether the loop device stands on one of those devices or files. */
export function standsOn(loop: ActiveLoop, things: Things): boolean {
  const { majorMinor, dev, ino } = loop.backing;
  if (majorMinor !== undefined) return things.devices.has(majorMinor);
  return dev !== undefined && ino !== undefined && things.files.has(fileKey(dev, ino));
}

function startOf(facts: PathFacts): { devices: string[]; files: string[] } {
  if (facts.kind === 'block') return { devices: [facts.majorMinor], files: [] };
  if (facts.kind === 'file') return { devices: [], files: [fileKey(facts.dev, facts.ino)] };
  return { devices: [], files: [] };
}

interface Steps {
  /** From a partition to its whole disk. */
  readonly disks: boolean;
  /** From a file behind a loop device to the device of its filesystem. */
  readonly hosts: boolean;
}

async function lower(
  start: readonly string[],
  startFiles: readonly string[],
  steps: Steps,
  sys: string,
): Promise<Things> {
  const devices = new Set<string>();
  const files = new Set(startFiles);
  const open = [...start];
  for (let device = open.pop(); device !== undefined; device = open.pop()) {
    if (devices.has(device)) continue;
    devices.add(device);
    const node = await findNode(device, sys);
    if (node === undefined) continue;
    if (steps.disks) open.push(...(await devicesIn([node.diskDirectory])));
    const slaves = await listNames(join(node.directory, 'slaves'));
    open.push(...(await devicesIn(slaves.map((name) => join(node.directory, 'slaves', name)))));
    const backing = await readLoopBackingFile(node.directory);
    if (backing?.majorMinor !== undefined) open.push(backing.majorMinor);
    if (backing?.dev === undefined || backing.ino === undefined) continue;
    files.add(fileKey(backing.dev, backing.ino));
    const host = steps.hosts ? await hostOf(backing.path, backing.dev) : undefined;
    if (host !== undefined) open.push(host);
  }
  return { devices, files };
}

async function hostOf(path: string, dev: string): Promise<string | undefined> {
  const mounts = await readMounts();
  return hostDeviceOf(dev, mountOf(path, dev, mounts), mounts);
}

async function upper(
  start: readonly string[],
  startFiles: readonly string[],
  sys: string,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const loops = await activeLoops(sys);
  const open = [...start];
  const overFiles = { devices: new Set<string>(), files: new Set(startFiles) };
  for (const loop of loops) if (standsOn(loop, overFiles)) open.push(loop.majorMinor);
  for (let device = open.pop(); device !== undefined; device = open.pop()) {
    if (found.has(device)) continue;
    found.add(device);
    const over = { devices: new Set([device]), files: new Set<string>() };
    for (const loop of loops) if (standsOn(loop, over)) open.push(loop.majorMinor);
    const node = await findNode(device, sys);
    if (node === undefined) continue;
    const holders = await listNames(join(node.directory, 'holders'));
    open.push(...(await devicesIn(holders.map((name) => join(node.directory, 'holders', name)))));
    for (const name of await listNames(node.directory)) {
      const part = join(node.directory, name);
      if ((await readAttribute(part, 'partition')) !== undefined) open.push(...(await devicesIn([part])));
    }
  }
  for (const device of start) found.delete(device);
  return found;
}

async function devicesIn(directories: readonly string[]): Promise<string[]> {
  const numbers = await Promise.all(directories.map((directory) => readAttribute(directory, 'dev')));
  return numbers.filter((number) => number !== undefined);
}

/** The device or file that a path of /proc/swaps or the like names: nothing when it cannot be looked at. */
export async function thingAt(path: string): Promise<Things> {
  try {
    const facts = await stat(path, { bigint: true });
    if (facts.isBlockDevice()) {
      return { devices: new Set([majorMinorOf(facts.rdev)]), files: new Set() };
    }
    const key = fileKey(majorMinorOf(facts.dev), String(facts.ino));
    return { devices: new Set(), files: new Set([key]) };
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return { devices: new Set(), files: new Set() };
  }
}

/** Whether the two have a device or a file in common. */
export function overlap(one: Things, other: Things): boolean {
  return meets(one.devices, other.devices) || meets(one.files, other.files);
}

const meets = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  [...one].some((member) => other.has(member));
