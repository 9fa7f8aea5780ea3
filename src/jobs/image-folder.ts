import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readArchiveHead } from '../archive/fsa/archive-head.ts';
import { FsaError } from '../archive/fsa/fsa-error.ts';
import { errnoName } from '../block/errno.ts';
import { CloneError } from '../clone/clone-error.ts';
import { imageDescription } from '../clone/image-access.ts';
import { SourceFailure } from '../ntfs/source-reader.ts';
import { Refusal } from './refusal.ts';

/** What a place is when somebody looks for images. */
export type ImageFolder =
  | {
      readonly kind: 'folder';
      readonly folders: readonly string[];
      readonly images: readonly FoundImage[];
      /** Files that are no images. */
      readonly others: number;
      /** Files that were not looked into, there being too many. */
      readonly unseen: number;
    }
  /** A file was named itself. */
  | { readonly kind: 'file' };

/** An image of a volume, by what it says of itself. */
export interface FoundImage {
  readonly name: string;
  readonly sizeBytes: number;
  /** `an image of the NTFS volume "Photos"`. */
  readonly what: string;
}

/** Files that are looked into: each costs a read or two. */
const LOOKED_INTO = 500;

/** Looks which files of a folder are images of volumes. Throws a `Refusal` when it cannot be looked into. */
export const lookForImages = (folder: string): Promise<ImageFolder> => lookFor(folder, imageDescription);

/** The same for archives of FSArchiver. */
export const lookForArchives = (folder: string): Promise<ImageFolder> => lookFor(folder, archiveDescription);

/** What an archive is of; undefined for what is none, or only a further file of one. */
async function archiveDescription(path: string): Promise<string | undefined> {
  if (!path.endsWith('.fsa')) return undefined;
  try {
    const { fileSystems, type } = await readArchiveHead(path);
    if (type !== 'file-systems') return undefined;
    return fileSystems.map((each) => `${each.type}${each.label ? ` "${each.label}"` : ''}`).join(', ');
  } catch (error) {
    if (error instanceof FsaError) return undefined;
    throw error;
  }
}

type Describe = (path: string) => Promise<string | undefined>;

async function lookFor(folder: string, describe: Describe): Promise<ImageFolder> {
  const entries = await entriesOf(folder);
  if (entries === undefined) return { kind: 'file' };
  const folders: string[] = [];
  const images: FoundImage[] = [];
  let files = 0;
  for (const { name, isFolder } of entries) {
    if (isFolder) folders.push(name);
    else {
      files++;
      const image = files <= LOOKED_INTO ? await imageAt(join(folder, name), name, describe) : undefined;
      if (image) images.push(image);
    }
  }
  const looked = Math.min(files, LOOKED_INTO);
  return { kind: 'folder', folders, images, others: looked - images.length, unseen: files - looked };
}

/** Folders and files by name, no links. Undefined when it is a file itself. */
async function entriesOf(folder: string): Promise<{ name: string; isFolder: boolean }[] | undefined> {
  try {
    const names = await readdir(folder, { withFileTypes: true });
    const entries = names
      .filter((entry) => entry.isDirectory() || entry.isFile())
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
    const order = new Intl.Collator('en', { numeric: true });
    return entries.sort((a, b) => order.compare(a.name, b.name));
  } catch (error) {
    const errno = errnoName(error);
    if (errno === 'ENOTDIR') return undefined;
    if (errno === undefined) throw error;
    const why = errno === 'ENOENT' ? 'there is nothing of that name' : errno;
    throw new Refusal('no-folder', `${folder} cannot be looked into: ${why}.`, 'Choose another folder.');
  }
}

async function imageAt(path: string, name: string, describe: Describe): Promise<FoundImage | undefined> {
  try {
    const what = await describe(path);
    return what === undefined ? undefined : { name, what, sizeBytes: (await stat(path)).size };
  } catch (error) {
    // One that cannot be read, or has vanished meanwhile, is not offered.
    const isExpected =
      error instanceof CloneError || error instanceof SourceFailure || errnoName(error) !== undefined;
    if (!isExpected) throw error;
    return undefined;
  }
}
