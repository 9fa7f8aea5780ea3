import { join } from 'node:path';
import { describePath } from './device-facts.ts';
import type { BlockFacts } from './path-facts.ts';
import { listNames, SYS } from './sysfs.ts';

/** Every attached block device that has a size: disks, partitions, loop devices. None of them is opened. */
export async function attachedDevices(): Promise<BlockFacts[]> {
  const names = await listNames(join(SYS, 'class/block'));
  const facts = await Promise.all(names.map((name) => describePath(`/dev/${name.replaceAll('!', '/')}`)));
  return facts.filter((each) => each.kind === 'block').filter((each) => each.sizeBytes > 0);
}
