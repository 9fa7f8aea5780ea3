import { ATTRIBUTE, type Attribute, type NonResidentAttribute } from './attribute.ts';
import { type AttributeData, joinFragments, positionOf, readAttribute } from './attribute-data.ts';
import { type AttributeListEntry, MAX_ATTRIBUTE_LIST_BYTES, parseAttributeList } from './attribute-list.ts';
import type { BootSector } from './boot-sector.ts';
import type { FileRecord } from './file-record.ts';
import type { Mft } from './mft.ts';
import type { VolumeReader } from './volume-reader.ts';

/** A volume opened far enough to follow attributes through it. */
export interface OpenVolume {
  readonly reader: VolumeReader;
  readonly boot: BootSector;
  readonly mft: Mft;
}

/** A list of 256 KiB, the most that Windows writes, has no more entries. */
const MAX_EXTENSIONS = 8192;

/** The entries of a base record's attribute list, as far as it can be read; empty when it has none. */
export async function attributeListOf(
  volume: OpenVolume,
  record: FileRecord,
): Promise<readonly AttributeListEntry[]> {
  const list = record.attributes.filter((one) => one.type === ATTRIBUTE.ATTRIBUTE_LIST);
  const data = dataOf(list);
  if (data === undefined) return [];
  const { clusterBytes } = volume.boot;
  const length = Math.min(data.dataBytes, MAX_ATTRIBUTE_LIST_BYTES);
  const chunk = await readAttribute(volume.reader, data, clusterBytes, 0, length);
  const position = 'runs' in data ? positionOf(data.runs, clusterBytes, 0) : record.position;
  return parseAttributeList(chunk.bytes, chunk.holes, position).entries;
}

/**
 * The attributes of a file that `wanted` asks for, from its base record and from the extension records that its
 * attribute list names. What cannot be read is left out.
 */
export async function fileAttributes(
  volume: OpenVolume,
  base: FileRecord,
  wanted: (type: number, name: string) => boolean,
): Promise<Attribute[]> {
  const found = base.attributes.filter((one) => wanted(one.type, one.name));
  const extensions = new Set<number>();
  for (const entry of await attributeListOf(volume, base)) {
    if (entry.reference.record === base.number || !wanted(entry.type, entry.name)) continue;
    if (extensions.size < MAX_EXTENSIONS) extensions.add(entry.reference.record);
  }
  for (const number of extensions) {
    const state = await volume.mft.record(number);
    if (state.state !== 'in-use' || state.record.base?.record !== base.number) continue;
    for (const one of state.record.attributes) if (wanted(one.type, one.name)) found.push(one);
  }
  return found;
}

/** The content of one attribute of a file; `undefined` when the file has none such (or it cannot be read). */
export async function fileAttribute(
  volume: OpenVolume,
  base: FileRecord,
  type: number,
  name: string,
): Promise<AttributeData | undefined> {
  return dataOf(await fileAttributes(volume, base, (aType, aName) => aType === type && aName === name));
}

/** Puts the fragments of one attribute together; `undefined` when there is none. */
export function dataOf(fragments: readonly Attribute[]): AttributeData | undefined {
  const resident = fragments.find((one) => one.resident);
  if (resident?.resident) {
    const { value } = resident;
    return { value, dataBytes: value.length, initializedBytes: value.length };
  }
  const spread = fragments.filter((one): one is NonResidentAttribute => !one.resident);
  return spread.length === 0 ? undefined : joinFragments(spread);
}
