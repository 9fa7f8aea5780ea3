import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { errnoName } from '../../block/errno.ts';
import { ArchiveError } from '../archive-error.ts';

/** Programs, and the Debian package of each. */
const PACKAGES: Readonly<Record<string, string>> = {
  fsarchiver: 'fsarchiver',
  'ntfs-3g': 'ntfs-3g',
  mkntfs: 'ntfs-3g',
  setfattr: 'attr',
  unshare: 'util-linux',
  losetup: 'mount',
};

/** Programs that saving needs; NTFS needs its driver too. */
export const SAVE_TOOLS = ['fsarchiver', 'unshare', 'losetup'] as const;
export const RESTORE_TOOLS = ['fsarchiver', 'unshare'] as const;
export const NTFS_TOOLS = ['ntfs-3g'] as const;
/** What putting back needs besides. */
export const MEND_TOOLS = ['mkntfs', 'setfattr'] as const;

/** Refuses to begin what would end in the middle because a program is missing. */
export async function requireTools(names: readonly string[]): Promise<void> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
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

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return false;
  }
}
