import type { Transport } from './machine.ts';

/** The nearest bus with a cable to the machine counts: a SATA disk in a USB case is a USB disk. */
const BUSES: readonly (readonly [RegExp, Transport])[] = [
  [/\/usb\d+\//, 'usb'],
  [/\/fw\d+/, 'firewire'],
  [/\/nvme/, 'nvme'],
  [/\/mmc\d+:/, 'mmc'],
  [/\/ata\d+\//, 'sata'],
  [/\/virtio\d+\//, 'virtio'],
  [/\/session\d+\//, 'iscsi'],
  [/\/rport-\d+:/, 'fc'],
  [/\/(?:end_device|phy)-\d+:/, 'sas'],
];

/**
 * How a disk is attached, by the path of its sysfs directory without symbolic links. `isScsi` where the kernel speaks
 * SCSI to it: older controllers, and RAID controllers.
 */
export function transportOf(directory: string, isScsi: boolean): Transport | undefined {
  const bus = BUSES.find(([pattern]) => pattern.test(directory));
  return bus?.[1] ?? (isScsi ? 'scsi' : undefined);
}
