import type { ByteRange } from '../block/range.ts';
import type { FatVolume } from '../fat/volume.ts';
import type { FileContent } from '../ntfs/file-content.ts';
import { DOS_ATTRIBUTE, type FileStream } from '../ntfs/file-details.ts';
import { foldCase } from '../ntfs/fold-case.ts';
import { storedPlaces } from '../ntfs/stored-places.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';
import type { TreeEntry, VolumeTree } from '../ntfs/volume-tree.ts';

/** A form of storage that loaders cannot read. */
export type Wrapping = 'compressed' | 'sparse' | 'encrypted';

/** A file or folder of a volume, NTFS or FAT. */
export interface PartFile {
  /** From the root, joined by '/', in the letters that are on the volume. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly wrappings: readonly Wrapping[];
  /** Why its content cannot be read here, as a clause; `undefined` when it can. */
  readonly closed: string | undefined;
  readonly content: VolumeReader;
  /** Where these bytes of its content lie, in bytes of the disk and in order; else a clause that says why not. */
  places(offset: number, length: number): Promise<StoredAt | string>;
}

/** Where bytes of a file lie on the disk. */
export interface StoredAt {
  readonly places: readonly ByteRange[];
  /** In a record of the file table, which Windows may write again from its log. */
  readonly resident: boolean;
}

/** `lost`: the folder is damaged, so nobody can tell. */
export type FoundFile = PartFile | 'missing' | 'lost';

/** The files of one partition. */
export interface PartFiles {
  /** Follows a path from the root, parts joined by '/' or '\', letters of either case. */
  find(path: string): Promise<FoundFile>;
  /** Names in a folder, folders with a '/' behind them; empty when there is no such folder. */
  names(path: string): Promise<readonly string[]>;
}

/** Whether it was found. */
export const isThere = (found: FoundFile): found is PartFile => typeof found !== 'string';

/** The files of an NTFS volume that begins at byte `startBytes` of the disk. */
export function ntfsFiles(tree: VolumeTree, startBytes: number): PartFiles {
  const known = new Map<string, Promise<FoundFile>>();
  return {
    find: (path) =>
      remember(known, path, async () => {
        const entry = await tree.find(path);
        if ('missing' in entry) return entry.damaged ? 'lost' : 'missing';
        return ntfsFile(tree, entry, startBytes);
      }),
    async names(path) {
      const entry = await tree.find(path);
      if ('missing' in entry || !entry.isDirectory) return [];
      const { entries } = await tree.list(entry);
      return entries.map(({ name }) => (name.isDirectory ? `${name.name}/` : name.name));
    },
  };
}

async function ntfsFile(tree: VolumeTree, entry: TreeEntry, startBytes: number): Promise<PartFile> {
  const details = await tree.details(entry);
  const own = details?.streams.find(({ name }) => name === '');
  const attributes = details?.attributes ?? 0;
  const { base } = entry;
  return {
    path: entry.path,
    isFolder: entry.isDirectory,
    wrappings: wrappingsOf(attributes, own),
    closed: closedBy(details?.reparse?.kind, own, entry.problem),
    content: own?.content ?? EMPTY,
    places: async (offset, length) => {
      if (base === undefined) return 'its record is lost';
      const stored = await storedPlaces(tree.volume, base);
      if (typeof stored === 'string') return stored;
      const places = stored.places(offset, length);
      if (places === undefined) return 'a part of it is not stored anywhere';
      return {
        places: places.map(({ start, end }) => ({ start: start + startBytes, end: end + startBytes })),
        resident: stored.resident,
      };
    },
  };
}

function wrappingsOf(attributes: number, own: FileStream | undefined): Wrapping[] {
  const found: Wrapping[] = [];
  if (own?.compressed || (attributes & DOS_ATTRIBUTE.COMPRESSED) !== 0) found.push('compressed');
  if (own?.sparse || (attributes & DOS_ATTRIBUTE.SPARSE) !== 0) found.push('sparse');
  if (own?.encrypted || (attributes & DOS_ATTRIBUTE.ENCRYPTED) !== 0) found.push('encrypted');
  return found;
}

function closedBy(
  reparse: string | undefined,
  own: FileStream | undefined,
  problem: string | undefined,
): string | undefined {
  if (reparse === 'wof') return 'it is compressed by Windows itself (WOF), which is not read here';
  if (reparse !== undefined) return 'it is a link, or kept by another program';
  if (own === undefined) return problem ?? 'it has no content';
  if (own.encrypted) return 'it is encrypted';
  return own.sizeKnown ? undefined : 'a part of its records is lost';
}

/** The files of a FAT volume that begins at byte `startBytes` of the disk. */
export function fatFiles(volume: FatVolume, startBytes: number): PartFiles {
  const known = new Map<string, Promise<FoundFile>>();
  return {
    find: (path) =>
      remember(known, path, async () => {
        const entry = await volume.find(path);
        if (entry === undefined) return 'missing';
        const content = await volume.content(entry);
        return {
          path: pathOf(path),
          isFolder: entry.isFolder,
          wrappings: [],
          closed: content.damage,
          content,
          places: async (offset, length) => {
            const places = content.places(offset, length);
            const found = places.reduce((sum, { start, end }) => sum + end - start, 0);
            if (found < length) return 'a part of it is not stored anywhere';
            return {
              places: places.map(({ start, end }) => ({ start: start + startBytes, end: end + startBytes })),
              resident: false,
            };
          },
        };
      }),
    async names(path) {
      const listing = await volume.list(path);
      return (listing?.entries ?? []).map(({ name, isFolder }) => (isFolder ? `${name}/` : name));
    },
  };
}

/** Paths on FAT lead there in any letters. */
const pathOf = (path: string): string =>
  path
    .split(/[/\\]/)
    .filter((part) => part !== '')
    .join('/');

const EMPTY: Pick<FileContent, 'sizeBytes' | 'read'> = {
  sizeBytes: 0,
  read: async (_offset, length) => ({ bytes: new Uint8Array(length), holes: [{ start: 0, end: length }] }),
};

/** Checks look at the same files again and again. */
function remember(
  known: Map<string, Promise<FoundFile>>,
  path: string,
  find: () => Promise<FoundFile>,
): Promise<FoundFile> {
  const key = foldCase(pathOf(path));
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = find();
  known.set(key, found);
  return found;
}

/** The whole content of a file of at most `mostBytes`; else a clause that says why it cannot be had. */
export async function readWhole(file: PartFile, mostBytes: number): Promise<Uint8Array | string> {
  if (file.closed !== undefined) return file.closed;
  const { sizeBytes } = file.content;
  if (sizeBytes > mostBytes) return `it is ${sizeBytes} bytes long, which is too much`;
  if (sizeBytes === 0) return new Uint8Array(0);
  const { bytes, holes } = await file.content.read(0, sizeBytes);
  return holes.length > 0 ? 'a part of it cannot be read' : bytes;
}
