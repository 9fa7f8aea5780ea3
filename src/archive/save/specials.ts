import { DOS_ATTRIBUTE } from '../../ntfs/file-details.ts';
import type { KeptKind } from '../events.ts';
import { type DescribedObject, isReparse, ownContent } from '../inventory/described.ts';

/** Something that FSArchiver would lose or change. */
export interface Special {
  readonly kind: KeptKind;
  /** Bytes that go into the side file for it. */
  readonly bytes: number;
}

/** What of an object the side file has to keep. `isInCompressed`: its folder compresses what is made in it. */
export function specialsOf(object: DescribedObject, isInCompressed: boolean): Special[] {
  const specials: Special[] = [];
  const own = ownContent(object);
  for (const { name, sizeBytes } of object.streams) {
    if (name !== '') specials.push({ kind: 'stream', bytes: sizeBytes });
  }
  if (isReparse(object)) {
    specials.push({ kind: 'reparse', bytes: own?.sizeBytes ?? 0 });
  } else {
    // A folder keeps its own mark; of a file only what differs from its folder is changed.
    const isCompressed = own?.compressed ?? isInCompressed;
    if (isCompressed !== isInCompressed) specials.push({ kind: 'compression', bytes: 0 });
    if (own?.sparse) specials.push({ kind: 'sparse', bytes: 0 });
  }
  if (object.encryption !== undefined) specials.push({ kind: 'encryption', bytes: 0 });
  if (object.extended !== undefined) specials.push({ kind: 'extended', bytes: 0 });
  if (object.objectId !== undefined) specials.push({ kind: 'object-id', bytes: 0 });
  if (object.versions !== undefined) specials.push({ kind: 'versions', bytes: 0 });
  return specials;
}

/** Whether what is made in this folder becomes compressed. */
export const compressesChildren = (folder: DescribedObject): boolean =>
  (folder.attributes & DOS_ATTRIBUTE.COMPRESSED) !== 0;
