import { plural } from '../text/quantity.ts';

/** What is told of disks that the firmware hides from the system, and what to do about it. */
export const hiddenDisksText = (count: number): string =>
  `The firmware hides ${plural(count, 'NVMe disk')} ("RAID On", Intel RST). To see ${count === 1 ? 'it' : 'them'}, switch ` +
  'the SATA or storage mode in its settings from RAID to AHCI, and start again.';
