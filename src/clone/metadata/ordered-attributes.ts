import { ATTRIBUTE, type Attribute } from '../../ntfs/attribute.ts';
import { attributeListOf, type OpenVolume } from '../../ntfs/file-attributes.ts';
import type { FileRecord } from '../../ntfs/file-record.ts';

/**
 * The attributes of a file in the order in which libntfs goes through them (measured): as they lie in the record; for a
 * file with an attribute list in the order of that, the list itself among them by its type. Records that cannot be read
 * are left out.
 */
export async function orderedAttributes(volume: OpenVolume, base: FileRecord): Promise<readonly Attribute[]> {
  const list = base.attributes.find((one) => one.type === ATTRIBUTE.ATTRIBUTE_LIST);
  if (list === undefined) return base.attributes;
  /** What each record holds and was not listed yet. */
  const waiting = new Map<number, Attribute[]>([[base.number, [...base.attributes]]]);
  const ordered: Attribute[] = [];
  let listed = false;
  for (const entry of await attributeListOf(volume, base)) {
    const { record } = entry.reference;
    if (!listed && entry.type > ATTRIBUTE.ATTRIBUTE_LIST) {
      ordered.push(list);
      listed = true;
    }
    if (!waiting.has(record)) waiting.set(record, await extensionOf(volume, base, record));
    const there = waiting.get(record) ?? [];
    const at = there.findIndex((one) => one.type === entry.type && one.name === entry.name);
    if (at >= 0) ordered.push(...there.splice(at, 1));
  }
  if (!listed) ordered.push(list);
  return ordered;
}

async function extensionOf(volume: OpenVolume, base: FileRecord, number: number): Promise<Attribute[]> {
  const state = await volume.mft.record(number);
  const isOurs = state.state === 'in-use' && state.record.base?.record === base.number;
  return isOurs ? [...state.record.attributes] : [];
}
