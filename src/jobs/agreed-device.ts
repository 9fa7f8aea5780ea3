import { describePath } from '../block/device-facts.ts';
import type { PathFacts } from '../block/path-facts.ts';
import { Refusal } from './refusal.ts';

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

/** Throws a `Refusal` when a device of that path was agreed to, and another one has its name by now. */
export function refuseOther(agreed: readonly AgreedDevice[] | undefined, facts: PathFacts): void {
  const shown = agreed?.find(({ path }) => path === facts.path);
  if (shown === undefined || isShown(shown, facts)) return;
  throw new Refusal(
    'device-changed',
    `${facts.path} is not the device that was shown any more: it was unplugged, or another one has its name now.`,
    'Look at the list of disks again, and choose anew.',
  );
}

/** The same for all that was agreed to, before any of it is touched. */
export async function refuseOthers(agreed: readonly AgreedDevice[] = []): Promise<void> {
  for (const { path } of agreed) refuseOther(agreed, await describePath(path));
}

/** By the number of the attachment; a kernel that has none (before 5.15) leaves the serial number and the size. */
function isShown(shown: AgreedDevice, facts: PathFacts): boolean {
  if (facts.kind !== 'block' || shown.partitionStartBytes !== facts.partitionStartBytes) return false;
  if (shown.diskSequence !== undefined) return shown.diskSequence === facts.diskSequence;
  return shown.serial === facts.serial && (shown.diskBytes ?? facts.sizeBytes) === facts.sizeBytes;
}
