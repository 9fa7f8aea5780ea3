import { SYSTEM_RECORD } from './attribute-role.ts';
import type { OpenVolume } from './file-attributes.ts';
import { directoryEntries, indexEntries } from './index.ts';
import { u16 } from './little-endian.ts';

/** The birth ids (48 bytes) that belong to an object id (16 bytes); undefined when none are known. */
export type BirthIds = (objectId: Uint8Array) => Uint8Array | undefined;

const FILE = '$ObjId';
const INDEX = '$O';
const ENTRY_HEADER_BYTES = 16;
const ID_BYTES = 16;
const REFERENCE_BYTES = 8;
const BIRTH_BYTES = 48;
const MAX_IDS = 2_000_000;

/**
 * Reads the index of $Extend\\$ObjId: the attribute of a file holds its object id alone, the ids of the volume and file
 * in which it was born stand here (specification).
 */
export async function openBirthIds(volume: OpenVolume): Promise<BirthIds> {
  const known = new Map<string, Uint8Array>();
  const extend = await volume.mft.record(SYSTEM_RECORD.EXTEND);
  if (extend.state === 'in-use') {
    for await (const { file, name } of directoryEntries(volume, extend.record)) {
      if (name.name !== FILE) continue;
      const state = await volume.mft.record(file.record);
      if (state.state !== 'in-use') continue;
      for await (const { node, at, length } of indexEntries(volume, state.record, INDEX)) {
        const data = at + u16(node, at);
        const fits = u16(node, at + 2) >= REFERENCE_BYTES + BIRTH_BYTES && u16(node, at + 10) === ID_BYTES;
        if (!fits || data + REFERENCE_BYTES + BIRTH_BYTES > at + length || known.size >= MAX_IDS) continue;
        const key = node.subarray(at + ENTRY_HEADER_BYTES, at + ENTRY_HEADER_BYTES + ID_BYTES);
        const start = data + REFERENCE_BYTES;
        known.set(textOf(key), node.slice(start, start + BIRTH_BYTES));
      }
    }
  }
  return (objectId) => known.get(textOf(objectId.subarray(0, ID_BYTES)));
}

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
