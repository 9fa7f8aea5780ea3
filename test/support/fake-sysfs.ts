import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** A disk as the kernel would show it. */
export interface FakeDisk {
  /** Its directory below `devices`, such as `pci0000:00/ata1/host0/target0:0:0/0:0:0:0/block/sda`. */
  readonly place: string;
  /** Files in the directory of the disk: `size`, `device/model`, `sda1/start`. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** Builds /sys as far as block devices need it, and returns its path. */
export async function fakeSysfs(folder: string, disks: readonly FakeDisk[]): Promise<string> {
  const sys = join(folder, 'sys');
  await mkdir(join(sys, 'block'), { recursive: true });
  for (const { place, files } of disks) {
    const directory = join(sys, 'devices', place);
    for (const [name, content] of Object.entries(files)) {
      const path = join(directory, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, typeof content === 'string' ? `${content}\n` : content);
    }
    const link = join(sys, 'block', place.split('/').at(-1) ?? '');
    await symlink(relative(dirname(link), directory), link);
  }
  return sys;
}
