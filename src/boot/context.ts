import type { BootDisk } from './boot-disk.ts';
import type { BootSystem } from './boot-system.ts';
import type { Attachment, Firmware, OtherDisks, Supplies } from './supplies.ts';

/** All that checks look at. */
export interface CheckContext {
  readonly disk: BootDisk;
  readonly system: BootSystem;
  /** Undefined where nobody looked, as for an image. */
  readonly others: OtherDisks | undefined;
  readonly firmware: Firmware;
  readonly attachment: Attachment;
  readonly supplies: Supplies;
}
