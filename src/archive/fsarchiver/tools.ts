import { access, constants, readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { delimiter, join } from 'node:path';
import { errnoName } from '../../block/errno.ts';
import { ArchiveError } from '../archive-error.ts';

/** Programs, and the Debian package of each. */
const PACKAGES: Readonly<Record<string, string>> = {
  ...{ fsarchiver: 'fsarchiver', unshare: 'util-linux', losetup: 'mount' },
  ...{ 'ntfs-3g': 'ntfs-3g', mkntfs: 'ntfs-3g', setfattr: 'attr' },
  ...{ mke2fs: 'e2fsprogs', tune2fs: 'e2fsprogs', e2label: 'e2fsprogs' },
  ...{
    'mkfs.xfs': 'xfsprogs',
    xfs_admin: 'xfsprogs',
    xfs_db: 'xfsprogs',
    'mkfs.btrfs': 'btrfs-progs',
    btrfs: 'btrfs-progs',
  },
  ...{
    jfs_mkfs: 'jfsutils',
    jfs_tune: 'jfsutils',
    mkreiserfs: 'reiserfsprogs',
    reiserfstune: 'reiserfsprogs',
  },
  ...{ 'mkfs.vfat': 'dosfstools', fatlabel: 'dosfstools' },
};

/**
 * What makes a file system anew and gives it its label, by the type that archives name: the programs that FSArchiver
 * 0.8.7 calls (its texts), and ours.
 */
const MAKERS: Readonly<Record<string, readonly string[]>> = {
  ntfs: ['ntfs-3g', 'mkntfs', 'setfattr'],
  ext2: ['mke2fs', 'tune2fs', 'e2label'],
  ext3: ['mke2fs', 'tune2fs', 'e2label'],
  ext4: ['mke2fs', 'tune2fs', 'e2label'],
  xfs: ['mkfs.xfs', 'xfs_admin', 'xfs_db'],
  btrfs: ['mkfs.btrfs', 'btrfs'],
  jfs: ['jfs_mkfs', 'jfs_tune'],
  reiserfs: ['mkreiserfs', 'reiserfstune'],
  vfat: ['mkfs.vfat', 'fatlabel'],
};

/** Where this system says what it has; others in tests. */
export interface SystemPlaces {
  readonly folders: readonly string[];
  /** File systems that the kernel knows at this moment. */
  readonly known: string;
  /** Names under which it loads modules. */
  readonly aliases: string;
}

const SYSTEM: SystemPlaces = {
  folders: [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'],
  known: '/proc/filesystems',
  aliases: join('/lib/modules', release(), 'modules.alias'),
};

/** Refuses to save file systems of these types where a program or a driver is missing that it takes. */
export async function requireForSaving(types: ReadonlySet<string>, system = SYSTEM): Promise<void> {
  await requireTools(['fsarchiver', 'unshare', 'losetup', ...(types.has('ntfs') ? ['ntfs-3g'] : [])], system);
  await requireDrivers(types, system);
}

/** Refuses to restore file systems of these types where a program or a driver is missing that it takes. */
export async function requireForRestoring(types: ReadonlySet<string>, system = SYSTEM): Promise<void> {
  const makers = [...types].flatMap((type) => MAKERS[type] ?? []);
  await requireTools([...new Set(['fsarchiver', 'unshare', ...makers])], system);
  await requireDrivers(types, system);
}

async function requireTools(names: readonly string[], { folders }: SystemPlaces): Promise<void> {
  const absent: string[] = [];
  for (const name of names) {
    const found = await Promise.all(folders.map((folder) => isProgram(join(folder, name))));
    if (!found.includes(true)) absent.push(name);
  }
  if (absent.length === 0) return;
  const packages = [...new Set(absent.map((name) => PACKAGES[name] ?? name))];
  throw new ArchiveError(
    'refused',
    'tools-missing',
    `Not installed: ${absent.join(', ')}.`,
    `Install ${packages.length === 1 ? 'the package' : 'the packages'} ${packages.join(', ')}.`,
  );
}

/**
 * FSArchiver reads and fills file systems through the kernel, all but NTFS. What cannot be found out is not refused: in a
 * container the kernel may load what only its host has.
 */
async function requireDrivers(types: ReadonlySet<string>, { known, aliases }: SystemPlaces): Promise<void> {
  const loadable = await textOf(aliases);
  if (loadable === undefined) return;
  const loaded = (await textOf(known)) ?? '';
  const has = (type: string): boolean =>
    new RegExp(`^(?!nodev).*\\b${type}$`, 'm').test(loaded) || loadable.includes(`alias fs-${type} `);
  const absent = [...types].filter((type) => type in MAKERS && type !== 'ntfs' && !has(type));
  if (absent.length === 0) return;
  throw new ArchiveError(
    'refused',
    'driver-missing',
    `The kernel of this system has no driver for ${absent.join(', ')}.`,
    'Use a system that has one. To save it, it can be copied as it is: lifeboat rescue.',
  );
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return undefined;
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return false;
  }
}
