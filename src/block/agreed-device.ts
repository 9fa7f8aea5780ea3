import { describePath } from './device-facts.ts';
import { OpenError } from './open-error.ts';
import type { BlockFacts, PathFacts } from './path-facts.ts';

/** A device as it was shown to somebody who agreed to read or to write it. */
export interface AgreedDevice {
  /** Such as `/dev/sdb1`. */
  readonly path: string;
  /** The kernel's running number of that attachment of its disk. */
  readonly diskSequence?: number;
  /** Serial number of its disk. */
  readonly serial?: string;
  /** Size of a whole disk, in bytes; missing for a partition. */
  readonly diskBytes?: number;
  readonly partitionStartBytes?: number;
}

/** Code of the refusal of a device that has got the name of another one. */
export const DEVICE_CHANGED = 'device-changed';

/** Throws an `OpenError` when a device of that path was agreed to, and another one has its name by now. */
export function refuseOther(agreed: readonly AgreedDevice[] | undefined, facts: PathFacts): void {
  const shown = agreed?.find(({ path }) => path === facts.path);
  if (shown !== undefined) refuseUnlike(shown, facts);
}

/** The same for all that was agreed to, before any of it is touched. */
export async function refuseOthers(agreed: readonly AgreedDevice[] = []): Promise<void> {
  for (const shown of agreed) refuseUnlike(shown, await describePath(shown.path));
}

/**
 * Throws an `OpenError` when another device has a name by now of what was looked at: to be asked before it is unlocked,
 * and before a program is started that opens it by its name.
 */
export async function refuseReplaced(looked: BlockFacts): Promise<void> {
  for (const path of new Set([looked.path, looked.realPath])) {
    refuseUnlike(asLooked(looked), await describePath(path));
  }
}

/** Throws an `OpenError` when what is there now, such as what was opened, is not what was agreed to or looked at. */
export function refuseUnlike(shown: AgreedDevice, facts: PathFacts): void {
  if (isShown(shown, facts)) return;
  throw new OpenError(
    facts.path,
    DEVICE_CHANGED,
    `${facts.path} is not the device any more that it was: it was unplugged, or another one has its name now.`,
    'Look at the list of disks again, and choose anew.',
  );
}

/** What was looked at, in the form of what was agreed to. */
export function asLooked(facts: BlockFacts): AgreedDevice {
  const { realPath: path, diskSequence, serial, sizeBytes, partitionStartBytes } = facts;
  return {
    path,
    ...(diskSequence !== undefined && { diskSequence }),
    ...(serial !== undefined && { serial }),
    ...(partitionStartBytes === undefined ? { diskBytes: sizeBytes } : { partitionStartBytes }),
  };
}

/** By the number of the attachment; a kernel that has none (before 5.15) leaves the serial number and the size. */
function isShown(shown: AgreedDevice, facts: PathFacts): boolean {
  if (facts.kind !== 'block' || shown.partitionStartBytes !== facts.partitionStartBytes) return false;
  if (shown.diskSequence !== undefined) return shown.diskSequence === facts.diskSequence;
  return shown.serial === facts.serial && (shown.diskBytes ?? facts.sizeBytes) === facts.sizeBytes;
}
