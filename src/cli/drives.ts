import { type AgreedDevice, refuseOthers } from '../block/agreed-device.ts';
import { describePath } from '../block/device-facts.ts';
import { type MountedDrive, mountDrive } from '../jobs/drive/mounted-drive.ts';
import { refusing } from '../jobs/refusal.ts';

/** Drives that a command asks for: what is read lies in `from`, what is written in `on`. */
export interface NamedDrives {
  readonly from: string | undefined;
  readonly on: string | undefined;
  /** What is read; unless it is in `from`, `on` must have nothing to do with it. */
  readonly source: string;
  /** Whether `on` may be on the disk of the source, if it is another partition: for healthy volumes. */
  readonly sameDisk?: boolean;
  /** Devices as they were shown to somebody who agreed; another one of their names is refused. */
  readonly agreed?: readonly AgreedDevice[] | undefined;
}

/** Paths of this machine for paths in drives; those of this machine itself stay as they are. */
export interface DrivePaths {
  read(path: string): Promise<string>;
  written(path: string): Promise<string>;
  /** Paths in a text as people know them. */
  told(text: string): string;
}

/**
 * Calls `work` while the named drives are mounted: read-only for reading, writable for writing, and once if it is one
 * drive. They are put away whatever becomes of it. Throws a `Refusal`.
 */
export async function inDrives<T>(
  { from, on, source, sameDisk = false, agreed }: NamedDrives,
  work: (paths: DrivePaths) => Promise<T>,
): Promise<T> {
  await refusing(() => refuseOthers(agreed));
  const mounted: MountedDrive[] = [];
  const mount = async (device: string, writable: boolean): Promise<MountedDrive> => {
    const read = from === undefined ? await describePath(source) : undefined;
    const drive = await mountDrive(device, { writable, sameDisk, agreed, ...(read && { source: read }) });
    mounted.push(drive);
    return drive;
  };
  try {
    const writing = on === undefined ? undefined : await mount(on, true);
    const isSame = from !== undefined && on !== undefined && (await isSameDevice(from, on));
    const reading = from === undefined ? undefined : isSame ? writing : await mount(from, false);
    return await work({
      read: async (path) => reading?.inside(path) ?? path,
      written: async (path) => writing?.inside(path) ?? path,
      told: (text) => mounted.reduce((told, drive) => drive.told(told), text),
    });
  } finally {
    for (const drive of mounted) await drive.putAway();
  }
}

/** Whether two paths name one device. */
export async function isSameDevice(one: string, other: string): Promise<boolean> {
  const [a, b] = [await describePath(one), await describePath(other)];
  return a.kind === 'block' && b.kind === 'block' && a.majorMinor === b.majorMinor;
}
