import type { NamedChild, TreeEntry } from '../../ntfs/volume-tree.ts';
import type { VolumeInventory, VolumeObject } from '../inventory/describe-volume.ts';
import type { Described, DescribedName, DescribedObject } from '../inventory/described.ts';
import type { SideLeftOut } from '../side/side-form.ts';

/** What is expected of a volume: lines in the order of paths, each folder before what is in it. */
export type ExpectedLines = AsyncIterable<Described | SideLeftOut>;

/** What the walk over both gives. */
export type Pair =
  | { readonly kind: 'both'; readonly expected: DescribedObject; readonly found: VolumeObject }
  | { readonly kind: 'missing'; readonly expected: DescribedObject }
  /** A further name that leads to the object it should lead to; or to another one, or nowhere. */
  | {
      readonly kind: 'name';
      readonly expected: DescribedName;
      readonly state: 'right' | 'other' | 'missing';
      /** Its 8.3 name on the volume. */
      readonly dosName: string | undefined;
    }
  /** Two objects that became one: their names lead to the same record. */
  | { readonly kind: 'merged'; readonly expected: DescribedObject }
  | { readonly kind: 'extra'; readonly path: string; readonly isFolder: boolean }
  | { readonly kind: 'left-out'; readonly line: SideLeftOut; readonly isThere: boolean };

interface OpenFolder {
  readonly path: string;
  /** Undefined when the folder is missing on the volume. */
  readonly entry: TreeEntry | undefined;
  /** What is in it and was not expected so far. */
  readonly children: Map<string, NamedChild>;
}

/**
 * Walks over what is expected and finds each object on the volume. Lines must come in the order in which a volume tells
 * them; a line whose folder was not told is looked for from the root.
 */
export async function* walkPairs(
  expected: ExpectedLines,
  actual: VolumeInventory,
  signal?: AbortSignal,
): AsyncGenerator<Pair> {
  const { tree } = actual;
  const stack: OpenFolder[] = [];
  const recordOf = new Map<number, number>();
  const idOf = new Map<number, number>();

  const open = async (path: string, entry: TreeEntry | undefined): Promise<void> => {
    const listing = entry === undefined ? undefined : await tree.list(entry);
    const children = new Map<string, NamedChild>();
    for (const child of listing?.entries ?? []) children.set(child.name.name, child);
    stack.push({ path, entry, children });
  };

  const close = async function* (): AsyncGenerator<Pair> {
    const folder = stack.pop();
    if (folder?.entry === undefined) return;
    for (const child of folder.children.values()) {
      const below = await tree.child(folder.entry, child);
      if (!below.isSystem) yield { kind: 'extra', path: below.path, isFolder: below.isDirectory };
    }
  };

  for await (const line of expected) {
    signal?.throwIfAborted();
    const cut = line.path.lastIndexOf('/');
    const parent = cut < 0 ? '' : line.path.slice(0, cut);
    const name = line.path.slice(cut + 1);
    let entry: TreeEntry | undefined;
    if (line.path === '') {
      entry = await tree.root();
    } else {
      while (stack.length > 0 && !isIn(parent, stack.at(-1)?.path ?? '')) yield* close();
      const folder = stack.at(-1);
      if (folder?.path === parent) {
        const child = folder.children.get(name);
        folder.children.delete(name);
        if (child !== undefined && folder.entry !== undefined) entry = await tree.child(folder.entry, child);
      } else {
        const found = await tree.find(line.path);
        entry = 'missing' in found ? undefined : found;
      }
    }
    if (line.kind === 'left-out') {
      yield { kind: 'left-out', line, isThere: entry !== undefined };
      continue;
    }
    if (line.kind === 'name') {
      const state =
        entry === undefined ? 'missing' : recordOf.get(line.id) === entry.record ? 'right' : 'other';
      const there = entry && (await actual.describe(entry));
      yield { kind: 'name', expected: line, state, dosName: there?.described.dosName };
      continue;
    }
    const found = entry && (await actual.describe(entry));
    if (line.kind === 'folder') await open(line.path, found?.described.kind === 'folder' ? entry : undefined);
    if (found === undefined) {
      yield { kind: 'missing', expected: line };
      continue;
    }
    const other = idOf.get(found.entry.record);
    if (other !== undefined && other !== line.id) yield { kind: 'merged', expected: line };
    idOf.set(found.entry.record, line.id);
    recordOf.set(line.id, found.entry.record);
    yield { kind: 'both', expected: line, found };
  }
  while (stack.length > 0) yield* close();
}

/** Whether `path` is the folder `above`, or lies in it. */
function isIn(path: string, above: string): boolean {
  return above === '' || path === above || path.startsWith(`${above}/`);
}
