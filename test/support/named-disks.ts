import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Who a disk says that it is. */
export interface DiskName {
  readonly model: string;
  readonly serial: string;
}

/**
 * Gives devices a model and a serial number, which loop devices have not: in a database of udev that only the program
 * sees which is started behind the words that are returned. `folder` is a new one for it.
 */
export async function nameDisks(
  folder: string,
  names: ReadonlyMap<string, DiskName>,
): Promise<readonly string[]> {
  const data = join(folder, 'data');
  await mkdir(data, { recursive: true });
  for (const [device, { model, serial }] of names) {
    const { rdev } = await stat(device);
    const path = join(data, `b${majorOf(rdev)}:${minorOf(rdev)}`);
    await writeFile(path, `E:ID_MODEL=${model.replaceAll(' ', '_')}\nE:ID_SERIAL_SHORT=${serial}\n`);
  }
  await mkdir('/run/udev', { recursive: true });
  return ['unshare', '--mount', 'sh', '-c', `mount --bind '${folder}' /run/udev && exec "$@"`, 'sh'];
}

/** glibc's encoding of device numbers, as `stat` gives them. */
const majorOf = (rdev: number): number => (rdev >> 8) & 0xfff;
const minorOf = (rdev: number): number => (rdev & 0xff) | ((rdev >> 12) & 0xfff00);
