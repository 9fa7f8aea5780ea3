import { compareObjects } from '../compare/compare-objects.ts';
import type { DifferenceKind } from '../compare/difference.ts';
import { type ExpectedLines, walkPairs } from '../compare/pair-walk.ts';
import type { VolumeInventory, VolumeObject } from '../inventory/describe-volume.ts';
import { type DescribedObject, isReparse, ownContent } from '../inventory/described.ts';
import { readStream, streamView } from '../inventory/stream-view.ts';

/** What ntfs-3g takes as attributes of a file. */
export type SetKind =
  | 'extended'
  | 'objectId'
  | 'encryption'
  | 'reparse'
  | 'security'
  | 'attributes'
  | 'dosName'
  | 'times';

/** What has to be done to one object, so that it becomes what it was. */
export interface Mend {
  readonly object: DescribedObject;
  /** Remove what is there, if anything is, and make it anew, under all of its names. */
  readonly rebuild: boolean;
  /** Names of streams to write; empty for its own content. */
  readonly write: readonly string[];
  /** Names of streams that should not be there. */
  readonly remove: readonly string[];
  /** Copy the content so that it is compressed, is not, or has its holes. */
  readonly recast: boolean;
  /** Set what ntfs-3g takes as attributes. */
  readonly set: ReadonlySet<SetKind>;
  /** Its place in the order of the walk: folders come before what is in them. */
  readonly order: number;
}

/** All that has to be done to a restored volume. */
export interface MendPlan {
  readonly mends: readonly Mend[];
  /** Further names of objects that are made anew, and of names that are missing, by the object's id. */
  readonly links: ReadonlyMap<number, readonly string[]>;
  /** First names of objects, and all further ones of those that have some. */
  readonly firstNames: ReadonlyMap<number, string>;
  readonly furtherNames: ReadonlyMap<number, readonly string[]>;
  /** Folders whose times change because something in them is made, removed or renamed. */
  readonly touched: ReadonlySet<string>;
  /** Times of every folder, and its place in the order of the walk. */
  readonly folders: ReadonlyMap<string, { readonly times: readonly string[]; readonly order: number }>;
  /** 8.3 names that are to be set, by the names of objects with several names that they belong to. */
  readonly dosNames: ReadonlyMap<string, { readonly id: number; readonly dosName: string }>;
}

const OF_KIND: Partial<Record<DifferenceKind, SetKind>> = {
  extended: 'extended',
  'object-id': 'objectId',
  encryption: 'encryption',
  security: 'security',
  attributes: 'attributes',
  'dos-name': 'dosName',
  times: 'times',
};

/** Compares a restored volume with what it should be, and plans what can be done about the differences. */
export async function planMends(
  expected: ExpectedLines,
  actual: VolumeInventory,
  signal: AbortSignal | undefined,
  onObject: (path: string) => void,
): Promise<MendPlan> {
  const mends: Mend[] = [];
  const links = new Map<number, string[]>();
  const firstNames = new Map<number, string>();
  const touched = new Set<string>();
  const folders = new Map<string, { times: readonly string[]; order: number }>();
  let order = 0;
  const furtherNames = new Map<number, string[]>();
  const dosNames = new Map<string, { id: number; dosName: string }>();
  const rebuilt = new Set<number>();
  const touch = (path: string): void => {
    touched.add(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
  };
  const add = (planned: Omit<Mend, 'order'>): void => {
    const mend = { ...planned, order };
    const { object } = mend;
    mends.push(mend);
    if (mend.rebuild || mend.recast) rebuilt.add(object.id);
    if (mend.rebuild || mend.recast || mend.set.has('dosName')) touch(object.path);
  };

  for await (const pair of walkPairs(expected, actual, signal)) {
    switch (pair.kind) {
      case 'missing':
        onObject(pair.expected.path);
        remember(pair.expected, folders, ++order);
        firstNames.set(pair.expected.id, pair.expected.path);
        if (canRebuild(pair.expected)) add(rebuildOf(pair.expected));
        break;
      case 'both': {
        onObject(pair.expected.path);
        remember(pair.expected, folders, ++order);
        firstNames.set(pair.expected.id, pair.expected.path);
        const mend = await mendOf(pair.expected, pair.found, actual, signal);
        if (mend !== undefined) add(mend);
        break;
      }
      case 'merged':
        // Another object has its record: only a new one of its own helps.
        if (canRebuild(pair.expected)) add(rebuildOf(pair.expected));
        break;
      case 'name': {
        const { id, path, dosName } = pair.expected;
        push(furtherNames, id, path);
        const isRight = pair.state === 'right' && !rebuilt.has(id);
        if (!isRight) {
          push(links, id, path);
          touch(path);
        }
        if (dosName !== undefined && !(isRight && dosName === pair.dosName)) {
          dosNames.set(path, { id, dosName });
        }
        break;
      }
      default:
        break;
    }
  }
  // Setting an 8.3 name takes the other names of its object away for a moment.
  for (const { object, set } of mends) {
    const { id, path, dosName } = object;
    if (dosName !== undefined && set.has('dosName') && furtherNames.has(id))
      dosNames.set(path, { id, dosName });
  }
  for (const { id } of dosNames.values()) {
    for (const path of [firstNames.get(id) ?? '', ...(furtherNames.get(id) ?? [])]) touch(path);
  }
  return { mends, links, firstNames, furtherNames, touched, folders, dosNames };
}

function push(lists: Map<number, string[]>, key: number, value: string): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}

function remember(
  object: DescribedObject,
  folders: Map<string, { times: readonly string[]; order: number }>,
  order: number,
): void {
  const { kind, times, path } = object;
  if (kind === 'folder' && times !== undefined) folders.set(path, { times, order });
}

/** Whether the side file has all that is needed to make an object from nothing. */
function canRebuild(object: DescribedObject): boolean {
  return object.streams.every(({ sizeBytes, content }) => sizeBytes === 0 || content !== undefined);
}

function rebuildOf(object: DescribedObject): Omit<Mend, 'order'> {
  const set = new Set<SetKind>(['attributes', 'times', 'security']);
  if (object.extended !== undefined) set.add('extended');
  if (object.objectId !== undefined) set.add('objectId');
  if (object.encryption !== undefined) set.add('encryption');
  if (object.reparse !== undefined) set.add('reparse');
  if (object.dosName !== undefined) set.add('dosName');
  const own = ownContent(object);
  return {
    object,
    rebuild: true,
    write: object.streams.map(({ name }) => name),
    remove: [],
    recast: own?.compressed ?? false,
    set,
  };
}

async function mendOf(
  expected: DescribedObject,
  found: VolumeObject,
  actual: VolumeInventory,
  signal: AbortSignal | undefined,
): Promise<Omit<Mend, 'order'> | undefined> {
  const { described } = found;
  const differences = compareObjects(expected, described);
  const contents = await differingContents(expected, found, actual, signal);
  const isMeant = (kinds: readonly DifferenceKind[]): boolean =>
    differences.some(({ what }) => kinds.includes(what));
  const ownDiffers =
    contents.includes('') ||
    differences.some(
      ({ stream, what }) =>
        stream === '' && what !== 'compression' && what !== 'holes' && what !== 'encryption',
    );
  const hasReparse = isReparse(expected) || isReparse(described);
  const structure: readonly DifferenceKind[] = [
    'type',
    'reparse',
    'size',
    'stream-missing',
    'stream-extra',
    'holes',
    'compression',
  ];
  const isOther = isMeant(['type']) || (hasReparse && (isMeant(structure) || contents.length > 0));
  const isRewritten = ownDiffers && expected.encryption === undefined && !hasReparse;
  if ((isOther || isRewritten) && expected.path !== '' && canRebuild(expected)) return rebuildOf(expected);
  const set = new Set<SetKind>();
  for (const { what } of differences) {
    const kind = OF_KIND[what];
    if (kind !== undefined) set.add(kind);
  }
  // Whoever puts back who may decrypt it also trims the content to its length.
  if (
    expected.encryption !== undefined &&
    differences.some(({ what }) => what === 'size' || what === 'encryption')
  ) {
    set.add('encryption');
  }
  const write = differences.flatMap(({ what, stream }) =>
    what === 'stream-missing' && stream !== undefined ? [stream] : [],
  );
  write.push(...contents.filter((name) => name !== '' && !write.includes(name)));
  const remove = differences.flatMap(({ what, stream }) =>
    what === 'stream-extra' && stream ? [stream] : [],
  );
  const recast = differences.some(
    ({ what, stream }) => stream === '' && (what === 'compression' || what === 'holes'),
  );
  if (set.size === 0 && write.length === 0 && remove.length === 0 && !recast) return undefined;
  // Everything that is written changes attributes and times of the file.
  set.add('times');
  if (write.length > 0 || recast) set.add('attributes');
  if (recast) {
    set.add('security');
    if (expected.dosName !== undefined) set.add('dosName');
    if (expected.extended !== undefined) set.add('extended');
    if (expected.objectId !== undefined) set.add('objectId');
    for (const { name } of expected.streams) if (name !== '' && !write.includes(name)) write.push(name);
  }
  return { object: expected, rebuild: false, write, remove, recast, set };
}

/** Names of streams that the side file holds and that are not what they should be. */
async function differingContents(
  expected: DescribedObject,
  found: VolumeObject,
  actual: VolumeInventory,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const names: string[] = [];
  for (const { name, content, sum, sizeBytes } of expected.streams) {
    const there = found.object.streams.find((stream) => stream.name === name);
    if (content === undefined || sum === undefined || there === undefined) continue;
    if (there.content.sizeBytes !== sizeBytes) {
      names.push(name);
      continue;
    }
    const reading = await readStream(streamView(actual.tree.volume, there), signal);
    if (reading.sum !== sum) names.push(name);
  }
  return names;
}
