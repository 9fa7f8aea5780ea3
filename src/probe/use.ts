import { describePath } from '../block/device-facts.ts';
import { checkSource, checkTarget, type Refusal } from '../block/guards.ts';
import type { MissingFacts } from '../block/path-facts.ts';
import { relationsOf } from '../block/relations.ts';
import { findNode } from '../block/sysfs.ts';
import { mountsOf } from '../block/usage.ts';

/** What a disk or partition is used for now, and what it may be used for. */
export interface Use {
  /** Where it, or a part of it, is mounted. */
  readonly mountPoints: readonly string[];
  /** Devices that are made of it or of a part of it: RAID, LVM, encryption, loop devices. */
  readonly holders: readonly string[];
  /** The running system lives on it: it can be no target, and is hardly the disk to be rescued. */
  readonly system: boolean;
  /** Why it cannot be a source; undefined when it can. */
  readonly notSource?: Refusal;
  /** Why nothing may be written over it, whatever the source; undefined when it may. */
  readonly notTarget?: Refusal;
  /** False until this was looked up. */
  readonly checked: boolean;
}

/** Before anything is known. */
export const UNCHECKED: Use = { mountPoints: [], holders: [], system: false, checked: false };

/** Why nothing else may be written over a device that a rescue, a clone or a restore writes to. */
export const BEING_WRITTEN: Refusal = {
  code: 'target-busy',
  message: 'A rescue or another program writes to it at this moment.',
  advice: 'Wait for it, or stop it first: lifeboat stop.',
  overridable: false,
};

/** Mount points that make a disk the one the running system lives on. */
const SYSTEM_PLACES: ReadonlySet<string> = new Set([
  '/',
  '/boot',
  '/boot/efi',
  '/usr',
  '/var',
  '/home',
  '/run/live/medium',
  '/run/lifeboat/stick',
]);

/** A source that has nothing in common with any device: the checks of the target alone remain. */
const NO_SOURCE: MissingFacts = {
  kind: 'missing',
  path: 'nothing',
  parent: '/',
  parentExists: true,
  danglingLink: false,
};

/** Finds out what the device is used for. May take long where a file behind a loop device does not answer. */
export async function useOf(path: string): Promise<Use> {
  const facts = await describePath(path);
  const { own, upper } = await relationsOf(facts);
  const devices = new Set([...own.devices, ...upper]);
  const mounts = facts.kind === 'block' ? await mountsOf(devices) : [];
  const mountPoints = [...new Set(mounts.map(({ mountPoint }) => mountPoint))];
  const notSource = await checkSource(facts);
  const notTarget = await checkTarget(NO_SOURCE, facts, 0);
  return {
    mountPoints,
    holders: await holdersAmong(upper),
    system: mountPoints.some((place) => SYSTEM_PLACES.has(place)),
    ...(notSource !== undefined && { notSource }),
    ...(notTarget !== undefined && { notTarget }),
    checked: true,
  };
}

async function holdersAmong(upper: ReadonlySet<string>): Promise<string[]> {
  const names: string[] = [];
  for (const device of upper) {
    const node = await findNode(device);
    // Partitions are parts, not holders.
    if (node !== undefined && node.directory === node.diskDirectory) names.push(node.name);
  }
  return names.sort();
}
