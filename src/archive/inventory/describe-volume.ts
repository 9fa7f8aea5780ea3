import { FIRST_USER_RECORD, SYSTEM_RECORD } from '../../ntfs/attribute-role.ts';
import { DOS_ATTRIBUTE } from '../../ntfs/file-details.ts';
import type { FileName } from '../../ntfs/file-name.ts';
import { type FileObject, fileObject } from '../../ntfs/file-object.ts';
import { type BirthIds, openBirthIds } from '../../ntfs/object-ids.ts';
import { recordNames } from '../../ntfs/paths.ts';
import { openSecurityDescriptors, type SecurityDescriptors } from '../../ntfs/security-descriptors.ts';
import type { TreeEntry, VolumeTree } from '../../ntfs/volume-tree.ts';
import type { DescribedName, DescribedObject, DescribedStream } from './described.ts';
import { securitySum } from './security-form.ts';
import { clustersOf, storedStretches } from './stream-view.ts';

/** An object on a volume, with the way to its content. */
export interface VolumeObject {
  readonly described: DescribedObject;
  readonly entry: TreeEntry;
  readonly object: FileObject;
  /** The security descriptor itself; undefined when it cannot be read. */
  readonly descriptor: Uint8Array | undefined;
}

/** What walking over a volume meets, in the order of paths: each folder before what is in it. */
export type VolumeLine =
  | { readonly kind: 'object'; readonly found: VolumeObject }
  | { readonly kind: 'name'; readonly name: DescribedName; readonly entry: TreeEntry }
  /** Something that cannot be described: its record is lost. */
  | { readonly kind: 'lost'; readonly path: string; readonly problem: string }
  /** Left out on purpose, with all that is below. */
  | {
      readonly kind: 'left-out';
      readonly path: string;
      readonly why: 'system' | 'excluded';
      readonly sizeBytes: number;
    }
  /** Names in this folder may be missing. */
  | { readonly kind: 'damaged-folder'; readonly path: string };

/** Windows allows paths of 32 767 characters; deeper than this is a loop. */
const MAX_DEPTH = 1024;

/** A volume whose objects can be described one by one. */
export interface VolumeInventory {
  readonly tree: VolumeTree;
  /** Describes one entry. */
  describe(entry: TreeEntry): Promise<VolumeObject | undefined>;
  /** All objects of people, those of NTFS itself left out. `whyLeftOut` cuts off paths with all below them. */
  lines(options?: WalkOptions): AsyncGenerator<VolumeLine>;
}

export interface WalkOptions {
  readonly whyLeftOut?: ((path: string) => 'system' | 'excluded' | undefined) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Opens a volume's tree for describing. */
export async function volumeInventory(tree: VolumeTree): Promise<VolumeInventory> {
  const security = await openSecurityDescriptors(tree.volume);
  const birthIds = await openBirthIds(tree.volume);
  const describe = (entry: TreeEntry) => describeEntry(tree, security, birthIds, entry);
  return {
    tree,
    describe,
    lines: (options = {}) => walk(tree, describe, options),
  };
}

async function* walk(
  tree: VolumeTree,
  describe: VolumeInventory['describe'],
  { whyLeftOut = () => undefined, signal }: WalkOptions,
): AsyncGenerator<VolumeLine> {
  const seen = new Set<number>();
  const entries = async function* (entry: TreeEntry, depth: number): AsyncGenerator<VolumeLine> {
    signal?.throwIfAborted();
    if (seen.has(entry.record)) {
      const names = entry.base === undefined ? [] : await recordNames(tree.volume, entry.base);
      yield { kind: 'name', name: nameOf(entry, names), entry };
      return;
    }
    const found = await describe(entry);
    if (found === undefined) {
      yield { kind: 'lost', path: entry.path, problem: entry.problem ?? 'record lost' };
      if (!entry.isDirectory) return;
    } else {
      seen.add(entry.record);
      yield { kind: 'object', found };
    }
    if (!entry.isDirectory || depth >= MAX_DEPTH) return;
    const { entries: children, damaged } = await tree.list(entry);
    if (damaged) yield { kind: 'damaged-folder', path: entry.path };
    for (const child of children) {
      if (child.file.record < FIRST_USER_RECORD && child.file.record !== SYSTEM_RECORD.ROOT) continue;
      const below = await tree.child(entry, child);
      if (below.isSystem) continue;
      const why = whyLeftOut(below.path);
      if (why !== undefined) {
        yield { kind: 'left-out', path: below.path, why, sizeBytes: below.told.dataBytes };
        continue;
      }
      yield* entries(below, depth + 1);
    }
  };
  yield* entries(await tree.root(), 0);
}

/** The short name that an object has beside this one, by the names in its own record. */
function dosNameOf(entry: TreeEntry, names: readonly FileName[]): string | undefined {
  if (entry.path === '') return undefined;
  const own = names.find(({ name, isDosAlias }) => name === entry.name && !isDosAlias);
  if (own?.isDosName) return own.name;
  // The alias belongs to the one name of the Windows name space in the same folder.
  const alias = names.find(
    ({ isDosAlias, parent }) => isDosAlias && own !== undefined && parent.record === own.parent.record,
  );
  return alias !== undefined && own?.isWindowsName ? alias.name : undefined;
}

function nameOf(entry: TreeEntry, names: readonly FileName[]): DescribedName {
  const dosName = dosNameOf(entry, names);
  return {
    kind: 'name',
    id: entry.record,
    path: entry.path,
    ...(dosName !== undefined && { dosName }),
  };
}

async function describeEntry(
  tree: VolumeTree,
  security: SecurityDescriptors,
  birthIds: BirthIds,
  entry: TreeEntry,
): Promise<VolumeObject | undefined> {
  if (entry.base === undefined) return undefined;
  const object = await fileObject(tree.volume, entry.base, entry.told.dataBytes);
  const { standard } = object;
  const descriptor =
    object.security ?? (standard?.securityId === undefined ? undefined : await security(standard.securityId));
  const streams = object.streams.map((stream): DescribedStream => {
    const stored = storedStretches(tree.volume, stream);
    const { name, compressed, sparse, encrypted, content } = stream;
    return {
      name,
      sizeBytes: content.sizeBytes,
      compressed,
      sparse,
      encrypted,
      ...(stored !== undefined && { stored }),
      ...(compressed && { clusterBytes: clustersOf(tree.volume, stream) }),
    };
  });
  const problem = problemOf(entry, object, descriptor !== undefined);
  const { path, dosName } = nameOf(entry, object.names);
  const described: DescribedObject = {
    kind: entry.isDirectory ? 'folder' : 'file',
    id: entry.record,
    path,
    ...(dosName !== undefined && { dosName }),
    times: standard && [
      hex(standard.created),
      hex(standard.modified),
      hex(standard.changed),
      hex(standard.accessed),
    ],
    attributes: (standard?.attributes ?? 0) & KEPT_ATTRIBUTES,
    ...(standard?.versions.some((one) => one !== 0) && { versions: standard.versions }),
    security: descriptor && securitySum(descriptor),
    streams,
    ...inBase64('reparse', object.reparse),
    ...inBase64('extended', object.extended),
    ...inBase64('objectId', object.objectId && wholeObjectId(object.objectId, birthIds)),
    ...inBase64('encryption', object.encryption),
    ...(object.others.length > 0 && { others: object.others }),
    ...(problem !== undefined && { problem }),
  };
  return { described, entry, object, descriptor };
}

/** The id and those of its birth, where they are known. */
function wholeObjectId(objectId: Uint8Array, birthIds: BirthIds): Uint8Array {
  const ID_BYTES = 16;
  const birth = objectId.length > ID_BYTES ? objectId.subarray(ID_BYTES) : birthIds(objectId);
  const isSet = birth?.some((byte) => byte !== 0);
  const id = objectId.subarray(0, ID_BYTES);
  return birth !== undefined && isSet ? Buffer.concat([id, birth]) : id;
}

/** What is kept of attributes: not the marks of NTFS itself (folder, index of views). */
export const KEPT_ATTRIBUTES = 0x0fffffff & ~DOS_ATTRIBUTE.NORMAL;

const hex = (ticks: bigint): string => ticks.toString(16).padStart(16, '0');

function inBase64<K extends string>(key: K, value: Uint8Array | undefined): { [P in K]?: string } {
  if (value === undefined) return {};
  return { [key]: Buffer.from(value).toString('base64') } as { [P in K]?: string };
}

function problemOf(entry: TreeEntry, object: FileObject, hasSecurity: boolean): string | undefined {
  if (entry.problem !== undefined) return entry.problem;
  if (object.damaged) return 'a part of its records is lost';
  if (object.standard === undefined) return 'its times and attributes are lost';
  return hasSecurity ? undefined : 'its security descriptor cannot be read';
}
