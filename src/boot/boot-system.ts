import { foldCase } from '../ntfs/fold-case.ts';
import { BCD, ELEMENT, textOf } from './bcd-store.ts';
import type { BootDisk, BootPart } from './boot-disk.ts';
import { filesOf, isNtfs } from './boot-disk.ts';
import { MOST_BOOT_INI_BYTES, parseBootIni } from './boot-ini.ts';
import { isThere, readWhole } from './part-files.ts';
import { isOpen, storesOf } from './stores.ts';

/** Who starts Windows: NTLDR up to Server 2003, bootmgr from Vista on. */
export type LoaderKind = 'ntldr' | 'bootmgr';

/** A Windows on a partition. */
export interface WindowsInstall {
  readonly part: BootPart;
  /** Its folder in the root, such as `Windows`. */
  readonly folder: string;
  readonly kind: LoaderKind;
}

/** What a disk is started by, and what it is to start. */
export interface BootSystem {
  /** `volume`: the image of one, of which nobody knows where it will be. */
  readonly platform: 'bios' | 'uefi' | 'volume';
  /** Partitions that have a loader in their root. */
  readonly loaders: readonly LoaderPart[];
  /** Partitions that are marked active. */
  readonly active: readonly BootPart[];
  /** The partition that a BIOS has to start; undefined where there is none, or several could be meant. */
  readonly bootPart: BootPart | undefined;
  /** Partitions of the type EFI system. */
  readonly esps: readonly BootPart[];
  readonly installs: readonly WindowsInstall[];
}

/** A partition with loaders in its root. */
export interface LoaderPart {
  readonly part: BootPart;
  readonly kinds: readonly LoaderKind[];
}

/** Types of partitions, as a table has them. */
export const TYPE = {
  ESP: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  BASIC_DATA: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',
  NTFS: '07',
} as const;

const LOADERS: readonly (readonly [LoaderKind, string])[] = [
  ['bootmgr', 'bootmgr'],
  ['ntldr', 'NTLDR'],
];

/** Finds out what the disk is started by. */
export async function findBootSystem(disk: BootDisk): Promise<BootSystem> {
  const { scheme } = disk.table;
  const loaders: LoaderPart[] = [];
  const installs: WindowsInstall[] = [];
  const folders = await namedFolders(disk);
  for (const part of disk.parts) {
    const kinds = await loadersOf(part);
    if (kinds.length > 0) loaders.push({ part, kinds });
    installs.push(...(await installsOf(part, folders)));
  }
  const active = disk.parts.filter(({ partition }) => scheme === 'mbr' && partition?.flags.includes('boot'));
  const platform = scheme === 'gpt' ? 'uefi' : scheme === 'mbr' ? 'bios' : 'volume';
  return {
    platform,
    loaders,
    active,
    bootPart: platform === 'uefi' ? undefined : await bootPartOf(loaders, active, installs),
    esps: disk.parts.filter(({ partition }) => partition?.type === TYPE.ESP),
    installs,
  };
}

async function loadersOf(part: BootPart): Promise<LoaderKind[]> {
  const found: LoaderKind[] = [];
  for (const [kind, name] of LOADERS) {
    const file = await filesOf(part)?.find(name);
    if (file !== undefined && isThere(file) && !file.isFolder) found.push(kind);
  }
  return found;
}

/** Folders in which Windows is looked for: the usual ones, and those that boot stores and boot.ini name. */
async function namedFolders(disk: BootDisk): Promise<ReadonlySet<string>> {
  const names = ['Windows', 'WINNT'];
  for (const store of (await storesOf(disk)).filter(isOpen)) {
    for (const object of store.opened.store.objects.values()) {
      const root = object.type === BCD.TYPE_LOADER ? textOf(object, ELEMENT.ROOT) : undefined;
      if (root !== undefined) names.push(root.replaceAll('\\', ''));
    }
  }
  for (const part of disk.parts) {
    const file = await filesOf(part)?.find('boot.ini');
    const bytes = file !== undefined && isThere(file) ? await readWhole(file, MOST_BOOT_INI_BYTES) : '';
    if (typeof bytes !== 'string') names.push(...parseBootIni(bytes).paths.map(({ folder }) => folder));
  }
  // One name in several spellings is one folder.
  const known = new Map(names.filter((name) => name !== '').map((name) => [foldCase(name), name]));
  return new Set([...known.values()].slice(0, MOST_FOLDERS));
}

const MOST_FOLDERS = 20;

async function installsOf(part: BootPart, folders: ReadonlySet<string>): Promise<WindowsInstall[]> {
  const files = filesOf(part);
  if (files === undefined) return [];
  const found: WindowsInstall[] = [];
  for (const name of folders) {
    const folder = await files.find(name);
    if (!isThere(folder) || !folder.isFolder) continue;
    const has = async (path: string): Promise<boolean> => isThere(await files.find(`${folder.path}/${path}`));
    const isNew = (await has('System32/winload.exe')) || (await has('System32/winload.efi'));
    if (isNew || (await has('System32/ntoskrnl.exe'))) {
      found.push({ part, folder: folder.path, kind: isNew && isNtfs(part) ? 'bootmgr' : 'ntldr' });
    }
  }
  return found;
}

/** An extended partition's code is never run, so a logical one cannot be started. */
export const canBeStarted = ({ partition }: BootPart): boolean => partition?.kind !== 'logical';

async function bootPartOf(
  loaders: readonly LoaderPart[],
  active: readonly BootPart[],
  installs: readonly WindowsInstall[],
): Promise<BootPart | undefined> {
  const possible = loaders.map(({ part }) => part).filter(canBeStarted);
  const marked = possible.filter((part) => active.includes(part));
  if (marked.length === 1) return marked[0];
  const among = marked.length > 1 ? marked : possible;
  if (among.length === 0) return withoutLoader(active, installs);
  if (among.length === 1) return among[0];
  // A Windows that was moved here may have brought a loader of its own; the one with a store is used.
  const complete: BootPart[] = [];
  for (const part of among) {
    const files = filesOf(part);
    const stores = [await files?.find('Boot/BCD'), await files?.find('boot.ini')];
    if (stores.some((found) => found !== undefined && isThere(found))) complete.push(part);
  }
  return complete.length === 1 ? complete[0] : undefined;
}

/** Where the loader ought to be when there is none: on the active partition, else on that of Windows. */
function withoutLoader(
  active: readonly BootPart[],
  installs: readonly WindowsInstall[],
): BootPart | undefined {
  const marked = active.filter((part) => canBeStarted(part) && filesOf(part) !== undefined);
  const windows = [...new Set(installs.map(({ part }) => part))].filter(canBeStarted);
  const among = marked.length > 0 ? marked : windows;
  return among.length === 1 ? among[0] : undefined;
}

/** The loader that the partition is, or ought to be, started by. */
export function loaderOf(system: BootSystem, part: BootPart): LoaderKind | undefined {
  const kinds = system.loaders.find((one) => one.part === part)?.kinds;
  // Beside each other they are an XP that was joined by a later Windows, whose bootmgr is in charge.
  if (kinds !== undefined) return kinds[0];
  const later = system.installs.find(({ kind }) => kind === 'bootmgr');
  return (later ?? system.installs[0])?.kind;
}
