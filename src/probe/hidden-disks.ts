import { join } from 'node:path';
import { listNames, readNumber, SYS } from '../block/sysfs.ts';

/**
 * How many NVMe disks firmware hides behind its SATA controller ("RAID On", Intel RST): the system cannot reach them in
 * any way. The kernel's driver for the controller counts them (drivers/ata/ahci.c, `remapped_nvme`).
 */
export async function countHiddenDisks(sys: string = SYS): Promise<number> {
  const driver = join(sys, 'bus/pci/drivers/ahci');
  let count = 0;
  for (const name of await listNames(driver))
    count += (await readNumber(join(driver, name), 'remapped_nvme')) ?? 0;
  return count;
}
