import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { majorMinorOf } from './device-number.ts';
import { errnoName } from './errno.ts';
import { findNode } from './sysfs.ts';

/** One line of /proc/self/mountinfo (its fields: `man 5 proc_pid_mountinfo`). */
export interface Mount {
  /** `major:minor` of the filesystem; major 0 when it has no block device of its own (btrfs, overlay, tmpfs). */
  readonly majorMinor: string;
  readonly mountPoint: string;
  /** Such as `ext4`, `fuseblk`. */
  readonly fileSystem: string;
  /** Often a device path; anything at all for some filesystems. */
  readonly source: string;
  /** True when the filesystem itself is read-only, whichever mount of it is looked at. */
  readonly readOnly: boolean;
  /** Options of the filesystem, such as `upperdir=/run/upper`. */
  readonly options: readonly string[];
}

/** All mounts that this process sees, in the order in which they were made. */
export async function readMounts(): Promise<Mount[]> {
  return parseMounts(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** Parses the text of a mountinfo file; lines that do not have its form are left out. */
export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after] = line.split(' - ');
    const [, , majorMinor, , mountPoint] = before.split(' ');
    const [fileSystem, source, options] = after?.split(' ') ?? [];
    if (majorMinor === undefined || mountPoint === undefined || fileSystem === undefined) return [];
    const superOptions = (options ?? '').split(',').map(unescapeOctal);
    return [
      {
        majorMinor,
        mountPoint: unescapeOctal(mountPoint),
        fileSystem,
        source: unescapeOctal(source ?? ''),
        // A mount may be read-only while the filesystem under it replays its journal and is written elsewhere.
        readOnly: superOptions.includes('ro'),
        options: superOptions,
      },
    ];
  });
}

/** The kernel writes space, tab, newline and backslash in /proc as `\` and three octal digits. */
export function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/**
 * The mount on which `realPath` (absolute, without symbolic links) lies; `majorMinor` is the `st_dev` of the
 * file, which decides between mounts of which one hides another.
 */
export function mountOf(realPath: string, majorMinor: string, mounts: readonly Mount[]): Mount | undefined {
  const above = mounts.filter(
    ({ mountPoint }) =>
      mountPoint === '/' || realPath === mountPoint || realPath.startsWith(`${mountPoint}/`),
  );
  // A btrfs subvolume has a device number that mountinfo does not know: then the path alone decides.
  const matching = above.filter((mount) => mount.majorMinor === majorMinor);
  const candidates = matching.length > 0 ? matching : above;
  let best: Mount | undefined;
  for (const mount of candidates) {
    // The later of two on the same place is the one on top.
    if (best === undefined || mount.mountPoint.length >= best.mountPoint.length) best = mount;
  }
  return best;
}

/**
 * `major:minor` of the block device on which a filesystem lives; undefined when it lives on none (tmpfs,
 * network) or that cannot be told. For an overlay: the device under its upper directory, where writes go.
 */
export async function hostDeviceOf(
  majorMinor: string,
  mount: Mount | undefined,
  mounts: readonly Mount[],
): Promise<string | undefined> {
  if ((await findNode(majorMinor)) !== undefined) return majorMinor;
  if (mount === undefined) return undefined;
  const device = await sourceDeviceOf(mount);
  if (device !== undefined) return device;
  if (mount.fileSystem !== 'overlay') return undefined;
  const upper = mount.options.find((option) => option.startsWith('upperdir='))?.slice('upperdir='.length);
  if (upper === undefined) return undefined;
  const upperPath = resolve('/', upper);
  const facts = await statIfThere(upperPath);
  if (facts === undefined) return undefined;
  const upperNumber = majorMinorOf(facts.dev);
  const upperMount = mountOf(upperPath, upperNumber, mounts);
  // An upper directory that seems to lie on the overlay itself is one that is hidden by it.
  if (upperMount === mount) return undefined;
  return hostDeviceOf(upperNumber, upperMount, mounts);
}

/** `major:minor` of the block device that the mount names as its source, if it names one. */
export async function sourceDeviceOf(mount: Mount): Promise<string | undefined> {
  // Only device nodes are looked up: a path elsewhere may lie on a network that does not answer.
  if (!mount.source.startsWith('/dev/')) return undefined;
  const facts = await statIfThere(mount.source);
  return facts?.isBlockDevice() ? majorMinorOf(facts.rdev) : undefined;
}

async function statIfThere(path: string) {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return undefined;
  }
}
