import { FIRST_USER_RECORD, SYSTEM_RECORD } from './attribute-role.ts';
import type { OpenVolume } from './file-attributes.ts';
import { type FileDetails, fileDetails } from './file-details.ts';
import type { FileName } from './file-name.ts';
import type { FileRecord } from './file-record.ts';
import { foldCase } from './fold-case.ts';
import { type FolderChildren, folderChildren } from './folder-children.ts';
import { directoryEntries } from './index.ts';
import type { Reference } from './reference.ts';

/** A file or folder under one of its names. */
export interface TreeEntry {
  /** From the root, joined by '/'; empty for the root itself. */
  readonly path: string;
  readonly name: string;
  readonly record: number;
  readonly isDirectory: boolean;
  /** Belongs to NTFS itself, such as $MFT. */
  readonly isSystem: boolean;
  /** What its folder tells of size and time; used where its record is lost. */
  readonly told: Pick<FileName, 'dataBytes' | 'modifiedMs'>;
  /** The base record; `undefined` when it is lost. */
  readonly base: FileRecord | undefined;
  /** What is wrong with its record, in words; `undefined` when nothing is. */
  readonly problem: string | undefined;
}

/** What is in a folder. */
export interface Listing {
  /** By name; the short DOS names of files that have a long one are left out. */
  readonly entries: readonly NamedChild[];
  /** A part of the folder is lost; what the files themselves tell stands in for it. */
  readonly damaged: boolean;
}

/** A name in a folder, whose record has not been read yet. */
export interface NamedChild {
  readonly file: Reference;
  readonly name: FileName;
}

/** The folders and files of a volume, read on demand. */
export interface VolumeTree {
  readonly volume: OpenVolume;
  root(): Promise<TreeEntry>;
  list(folder: TreeEntry): Promise<Listing>;
  /** The entry of a name; reads its record. */
  child(folder: TreeEntry, child: NamedChild): Promise<TreeEntry>;
  /** Follows a path from the root, letters of either case; the missing part when it leads nowhere. */
  find(path: string): Promise<TreeEntry | { readonly missing: string; readonly damaged: boolean }>;
  details(entry: TreeEntry): Promise<FileDetails | undefined>;
}

/** Opens the tree of folders of a volume. */
export function volumeTree(volume: OpenVolume): VolumeTree {
  let children: Promise<FolderChildren> | undefined;

  const names = async (folder: TreeEntry): Promise<{ all: NamedChild[]; damaged: boolean }> => {
    const all = new Map<string, NamedChild>();
    let damaged = folder.base === undefined;
    const add = (child: NamedChild): void => {
      // The root holds itself under the name "."; no name is listed twice.
      if (child.file.record !== SYSTEM_RECORD.ROOT) all.set(`${child.file.record}/${child.name.name}`, child);
    };
    if (folder.base !== undefined) {
      const onLost = (): void => {
        damaged = true;
      };
      for await (const child of directoryEntries(volume, folder.base, onLost)) add(child);
    }
    if (damaged) {
      children ??= folderChildren(volume);
      for await (const child of (await children).of(folder.record, folder.base?.sequence)) add(child);
    }
    return { all: [...all.values()], damaged };
  };

  const list = async (folder: TreeEntry): Promise<Listing> => {
    const { all, damaged } = await names(folder);
    const long = new Set(all.filter(({ name }) => !name.isDosAlias).map(({ file }) => file.record));
    const shown = all.filter(({ file, name }) => !name.isDosAlias || !long.has(file.record));
    const keyed = shown.map((child) => ({ child, key: foldCase(child.name.name) }));
    keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    return { entries: keyed.map(({ child }) => child), damaged };
  };

  const child = async (folder: TreeEntry, { file, name }: NamedChild): Promise<TreeEntry> => {
    const { base, problem } = await baseRecord(volume, file);
    const path = folder.path === '' ? name.name : `${folder.path}/${name.name}`;
    return {
      path,
      name: name.name,
      record: file.record,
      isDirectory: base?.isDirectory ?? name.isDirectory,
      isSystem: file.record < FIRST_USER_RECORD || folder.record === SYSTEM_RECORD.EXTEND,
      told: name,
      base,
      problem,
    };
  };

  const root = async (): Promise<TreeEntry> => {
    const { base, problem } = await baseRecord(volume, { record: SYSTEM_RECORD.ROOT, sequence: 0 });
    return {
      path: '',
      name: '',
      record: SYSTEM_RECORD.ROOT,
      isDirectory: true,
      isSystem: false,
      told: { dataBytes: 0, modifiedMs: undefined },
      base,
      problem,
    };
  };

  const find: VolumeTree['find'] = async (path) => {
    let at = await root();
    for (const part of partsOf(path)) {
      const { all, damaged } = at.isDirectory ? await names(at) : { all: [], damaged: false };
      const folded = foldCase(part);
      const found =
        all.find(({ name }) => name.name === part) ?? all.find(({ name }) => foldCase(name.name) === folded);
      if (found === undefined) return { missing: at.path === '' ? part : `${at.path}/${part}`, damaged };
      at = await child(at, found);
    }
    return at;
  };

  return {
    volume,
    root,
    list,
    child,
    find,
    details: async (entry) =>
      entry.base === undefined ? undefined : fileDetails(volume, entry.base, entry.told.dataBytes),
  };
}

/** The parts of a path; backslashes part it too when it has no slash. */
function partsOf(path: string): string[] {
  return path.split(path.includes('/') ? '/' : '\\').filter((part) => part !== '' && part !== '.');
}

/** A file's base record, as far as it can be read and still is that file's. */
async function baseRecord(
  volume: OpenVolume,
  { record, sequence }: Reference,
): Promise<{ base: FileRecord | undefined; problem: string | undefined }> {
  const state = await volume.mft.record(record);
  switch (state.state) {
    case 'free':
      return { base: undefined, problem: 'its record is free: the file was deleted, or the record is lost' };
    case 'corrupt':
      return { base: undefined, problem: 'record damaged' };
    case 'unreadable': {
      const { partial } = state;
      const usable = partial !== undefined && isFile(partial, sequence) ? partial : undefined;
      return {
        base: usable,
        problem: usable === undefined ? 'record unreadable' : 'record partly unreadable',
      };
    }
    case 'in-use': {
      if (!isFile(state.record, sequence)) {
        return { base: undefined, problem: 'its record belongs to another file by now' };
      }
      return {
        base: state.record,
        problem: state.record.damage === undefined ? undefined : 'record damaged',
      };
    }
  }
}

function isFile(record: FileRecord, sequence: number): boolean {
  return record.base === undefined && (sequence === 0 || record.sequence === sequence);
}
