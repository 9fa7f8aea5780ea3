import { ATTRIBUTE } from './attribute.ts';
import { FIRST_USER_RECORD, SYSTEM_RECORD } from './attribute-role.ts';
import { fileAttributes, type OpenVolume } from './file-attributes.ts';
import type { FileName } from './file-name.ts';
import type { FileRecord } from './file-record.ts';
import { namesIn } from './record-names.ts';
import type { Reference } from './reference.ts';

/** Where a file hangs in the tree of folders. */
export interface FilePlace {
  /** Names joined by '/', without one in front; `<orphan>/name` when its folders cannot be found. */
  readonly path: string;
  /** Its other hard links. */
  readonly otherPaths: readonly string[];
  /** Whether it lies in $Extend: a system file. */
  readonly inExtend: boolean;
}

/** Names of files whose records are lost, as their directories tell them. */
export type LostNames = ReadonlyMap<number, readonly FileName[]>;

interface Folder {
  readonly sequence: number | undefined;
  readonly name: FileName | undefined;
}

/** Windows allows paths of 32 767 characters; deeper than this is a loop. */
const MAX_DEPTH = 1024;
const MAX_FOLDERS_KEPT = 20_000;
const MAX_OTHER_PATHS = 100;
const ORPHAN = '<orphan>';

/** The path under which a record is spoken of when nothing tells its name. */
export function namelessPath(record: number): string {
  return `<record ${record}>`;
}

/** Finds paths by going up through the parents; `lostNames` stands in for folders whose records are lost. */
export function pathFinder(volume: OpenVolume, lostNames: LostNames) {
  const folders = new Map<number, Folder>();

  /** A folder's own name; kept, since files that are lost together often lie together. */
  const folder = async (number: number): Promise<Folder> => {
    const known = folders.get(number);
    if (known !== undefined) return known;
    const state = await volume.mft.record(number);
    let found: Folder = { sequence: undefined, name: longName(lostNames.get(number) ?? []) };
    const record =
      state.state === 'in-use' ? state.record : state.state === 'unreadable' ? state.partial : undefined;
    if (record !== undefined) {
      const name = longName(await recordNames(volume, record)) ?? found.name;
      found = { sequence: record.sequence, name };
    }
    if (folders.size >= MAX_FOLDERS_KEPT) folders.clear();
    folders.set(number, found);
    return found;
  };

  const pathOf = async (name: FileName): Promise<string> => {
    const parts = [name.name];
    const visited = new Set<number>();
    let parent: Reference = name.parent;
    while (parent.record !== SYSTEM_RECORD.ROOT) {
      const next =
        visited.size < MAX_DEPTH && !visited.has(parent.record) ? await folder(parent.record) : undefined;
      visited.add(parent.record);
      const reused =
        next?.sequence !== undefined && parent.sequence !== 0 && next.sequence !== parent.sequence;
      if (next?.name === undefined || reused) {
        parts.push(ORPHAN);
        break;
      }
      parts.push(next.name.name);
      parent = next.name.parent;
    }
    return parts.reverse().join('/');
  };

  /** The paths for these names of the file `record`. */
  const placeOf = async (record: number, names: readonly FileName[]): Promise<FilePlace> => {
    if (record === SYSTEM_RECORD.ROOT) return { path: '.', otherPaths: [], inExtend: false };
    const long = names.filter((name) => !name.isDosAlias);
    const wanted = (long.length > 0 ? long : names).slice(0, MAX_OTHER_PATHS + 1);
    const paths: string[] = [];
    for (const name of wanted) paths.push(await pathOf(name));
    const [path = namelessPath(record), ...otherPaths] = [...new Set(paths)];
    const inExtend = wanted.some((name) => name.parent.record === SYSTEM_RECORD.EXTEND);
    return { path, otherPaths, inExtend };
  };

  return { placeOf };
}

/** All names of a file: those in its base record and those in extension records. */
export async function recordNames(volume: OpenVolume, base: FileRecord): Promise<FileName[]> {
  const attributes = await fileAttributes(volume, base, (type) => type === ATTRIBUTE.FILE_NAME);
  return namesIn({ ...base, attributes });
}

/** Whether a file belongs to NTFS itself. */
export function isSystemFile(record: number, inExtend: boolean): boolean {
  return record < FIRST_USER_RECORD || inExtend;
}

function longName(names: readonly FileName[]): FileName | undefined {
  return names.find((name) => !name.isDosAlias) ?? names[0];
}
