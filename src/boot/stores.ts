import type { HiveValue } from '../registry/value.ts';
import {
  type DeviceRef,
  deviceRefs,
  isOnDisk,
  namedAs,
  nestedPath,
  partitionOf,
  samePlace,
} from './bcd-device.ts';
import {
  BCD,
  type BcdObject,
  type BcdStore,
  defaultId,
  ELEMENT,
  isDevice,
  objectName,
  readBcd,
  textOf,
} from './bcd-store.ts';
import { type BootDisk, type BootPart, filesOf } from './boot-disk.ts';
import type { FileEdit } from './file-pieces.ts';
import { type HiveFile, isHive, type NoHive, notAHive, openHiveFile } from './hive-file.ts';
import { isThere } from './part-files.ts';

/** A boot store on a partition. */
export interface StoreFile {
  readonly part: BootPart;
  /** `Boot/BCD` or that of UEFI. */
  readonly path: string;
  readonly opened: (HiveFile & { readonly store: BcdStore }) | NoHive;
}

export const STORE_PATHS = { bios: 'Boot/BCD', uefi: 'EFI/Microsoft/Boot/BCD' } as const;

const known = new WeakMap<BootDisk, Promise<readonly StoreFile[]>>();

/** All boot stores of a disk, those that cannot be read too; once. */
export function storesOf(disk: BootDisk): Promise<readonly StoreFile[]> {
  const before = known.get(disk);
  if (before !== undefined) return before;
  const stores = findStores(disk);
  known.set(disk, stores);
  return stores;
}

async function findStores(disk: BootDisk): Promise<readonly StoreFile[]> {
  const found: StoreFile[] = [];
  for (const part of disk.parts) {
    const files = filesOf(part);
    for (const path of files === undefined ? [] : Object.values(STORE_PATHS)) {
      const hive = files === undefined ? undefined : await openHiveFile(files, path);
      if (hive === undefined || (!isHive(hive) && hive.kind === 'missing')) continue;
      found.push({ part, path, opened: isHive(hive) ? await withStore(hive) : hive });
    }
  }
  return found;
}

async function withStore(hive: HiveFile): Promise<StoreFile['opened']> {
  try {
    return { ...hive, store: await readBcd(hive.hive) };
  } catch (error) {
    return notAHive(error, hive.file.path);
  }
}

/** Whether a store could be read. */
export const isOpen = (one: StoreFile): one is OpenStore => 'store' in one.opened;

export type OpenStore = StoreFile & { readonly opened: HiveFile & { readonly store: BcdStore } };

/** A partition that a store names, and what became of it. */
export interface NamedPart {
  readonly object: BcdObject;
  readonly element: number;
  readonly value: HiveValue;
  readonly ref: DeviceRef;
  /** The start of Windows depends on it. */
  readonly isVital: boolean;
  /** It names a partition of this disk, on which what is to be started lies. */
  readonly isRight: boolean;
  /** The partition that is meant beyond doubt. */
  readonly meant: BootPart | undefined;
}

/** All partitions that a store names. */
export async function namedParts(
  disk: BootDisk,
  { part: home, opened: { store } }: OpenStore,
): Promise<NamedPart[]> {
  const first = defaultId(store);
  const found: NamedPart[] = [];
  for (const object of store.objects.values()) {
    for (const [element, value] of object.elements) {
      if (!isDevice(element)) continue;
      for (const ref of deviceRefs(value.data)) {
        const needed = neededPath(object, element, value, ref);
        const at = partitionOf(ref, disk.table);
        const atPart = disk.parts.find(({ partition }) => partition !== undefined && partition === at);
        const isRight = atPart !== undefined && (await isRightPart(disk, atPart, needed));
        const meant = isRight ? atPart : await meantPart(disk, home, object, needed, ref);
        const isVital = object.id === first && !ref.nested;
        found.push({ object, element, value, ref, isVital, isRight, meant });
      }
    }
  }
  return found;
}

/** What has to be on a partition, so that it can be the one that is meant; undefined where that is not known. */
function neededPath(
  object: BcdObject,
  element: number,
  value: HiveValue,
  ref: DeviceRef,
): string | undefined {
  if (ref.nested) return nestedPath(value.data);
  const path = textOf(object, ELEMENT.PATH);
  if (element === ELEMENT.OS_DEVICE && object.type === BCD.TYPE_LOADER)
    return textOf(object, ELEMENT.ROOT) ?? path;
  return path;
}

/** Whether the part holds that file; undefined when nobody can tell. */
async function holds(part: BootPart, path: string | undefined): Promise<boolean | undefined> {
  if (path === undefined) return undefined;
  const files = filesOf(part);
  if (files === undefined) return part.content.kind === 'bitlocker' ? undefined : false;
  const found = await files.find(path);
  return found === 'lost' ? undefined : isThere(found);
}

/** A partition without the file is right all the same when no other has it: that it is missing is told elsewhere. */
async function isRightPart(disk: BootDisk, part: BootPart, needed: string | undefined): Promise<boolean> {
  if ((await holds(part, needed)) !== false) return true;
  for (const other of disk.parts) if ((await holds(other, needed)) === true) return false;
  return true;
}

/** The partition at the old place if it fits, else the only one that does. */
async function meantPart(
  disk: BootDisk,
  home: BootPart,
  object: BcdObject,
  needed: string | undefined,
  ref: DeviceRef,
): Promise<BootPart | undefined> {
  if (object.id === BCD.BOOTMGR && needed === undefined) return home;
  const same = samePlace(ref, disk.table);
  const samePart = disk.parts.find(({ partition }) => partition !== undefined && partition === same);
  if (samePart !== undefined && (await holds(samePart, needed)) !== false) return samePart;
  if (needed === undefined) return undefined;
  const fitting: BootPart[] = [];
  for (const part of disk.parts) if ((await holds(part, needed)) === true) fitting.push(part);
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** The edits that make a place in a store name a partition of this disk. */
export function editsOf(
  disk: BootDisk,
  { object, value, ref }: Pick<NamedPart, 'object' | 'value' | 'ref'>,
  part: BootPart,
  ids?: { readonly diskId: string; readonly partitionGuid: string | undefined },
): FileEdit[] {
  if (part.partition === undefined) return [];
  const what = `place of ${objectName(object)} in the boot store`;
  return namedAs(ref, disk.table, part.partition, ids?.diskId, ids?.partitionGuid).flatMap(
    ({ offset, after }) => {
      const isSame = after.every((byte, i) => byte === value.data[offset + i]);
      return isSame ? [] : inHive(value, offset, after, what);
    },
  );
}

/** An edit within the data of a value, by its places in the hive. */
export function inHive(value: HiveValue, offset: number, after: Uint8Array, what: string): FileEdit[] {
  const edits: FileEdit[] = [];
  let at = 0;
  for (const { start, end } of value.places) {
    const from = Math.max(offset, at);
    const to = Math.min(offset + after.length, at + end - start);
    if (from < to) {
      edits.push({ offset: start + from - at, after: after.slice(from - offset, to - offset), what });
    }
    at += end - start;
  }
  return edits;
}

/** `the disk 12345678`, as a store names it. */
export function refText(disk: BootDisk, ref: DeviceRef): string {
  if (!isOnDisk(ref, disk.table)) return `disk ${ref.diskId.toLowerCase()}`;
  return ref.style === 'gpt'
    ? `partition ${ref.partitionGuid?.toLowerCase()}`
    : `byte ${ref.offsetBytes ?? 'out of range'} of this disk`;
}
