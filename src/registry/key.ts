import type { ByteRange } from '../block/range.ts';
import { foldCase } from '../ntfs/fold-case.ts';
import { u16, u32 } from '../ntfs/little-endian.ts';
import { type Cells, demandMark, NO_CELL } from './cells.ts';
import { HiveError } from './error.ts';
import { type HiveValue, nameOf, readValue, valueOffsets } from './value.ts';

/** A key of a hive. What is below it is read on demand; all here reject with a `HiveError` for what is damaged. */
export interface HiveKey {
  readonly name: string;
  /** Byte of the hive file at which its structure lies. */
  readonly position: number;
  readonly subkeyCount: number;
  readonly valueCount: number;
  /** Cell with the list of its values. */
  readonly valueList: number;
  subkeys(): AsyncGenerator<HiveKey>;
  /** The subkey of that name, letters of either case. */
  subkey(name: string): Promise<HiveKey | undefined>;
  values(): AsyncGenerator<HiveValue>;
  value(name: string): Promise<HiveValue | undefined>;
  /** All cells that its values take, their list among them: content as bytes of the hive file. */
  valueCells(): Promise<readonly ByteRange[]>;
}

/** Offsets within a key's structure of the fields that say what values it has. */
export const KEY_FIELD = { VALUE_COUNT: 0x24, VALUE_LIST: 0x28 } as const;

const HEADER_BYTES = 0x4c;
const NAME_IS_ASCII = 0x20;
const MOST_NAME_BYTES = 512;
/** Services, the fullest key that is looked at, has about a thousand. */
const MOST_SUBKEYS = 65_536;

/** Reads the key in the cell at `offset`. Rejects with a `HiveError`. */
export async function readKey(cells: Cells, offset: number): Promise<HiveKey> {
  const cell = await cells.cell(offset, HEADER_BYTES);
  demandMark(cell, 'nk');
  const { bytes, position } = cell;
  const nameBytes = u16(bytes, 0x48);
  if (HEADER_BYTES + nameBytes > bytes.length || nameBytes > MOST_NAME_BYTES) {
    throw new HiveError(position + 0x48, 'a name inside its cell', `${nameBytes} bytes`);
  }
  const subkeyList = u32(bytes, 0x1c);
  const key: HiveKey = {
    name: nameOf(bytes, HEADER_BYTES, nameBytes, (u16(bytes, 2) & NAME_IS_ASCII) !== 0),
    position,
    subkeyCount: u32(bytes, 0x14),
    valueCount: u32(bytes, KEY_FIELD.VALUE_COUNT),
    valueList: u32(bytes, KEY_FIELD.VALUE_LIST),
    async *subkeys() {
      if (key.subkeyCount === 0 || subkeyList === NO_CELL) return;
      if (key.subkeyCount > MOST_SUBKEYS) {
        throw new HiveError(position + 0x14, `at most ${MOST_SUBKEYS} subkeys`, String(key.subkeyCount));
      }
      for (const child of await childOffsets(cells, subkeyList)) yield readKey(cells, child);
    },
    async subkey(name) {
      const folded = foldCase(name);
      for await (const child of key.subkeys()) if (foldCase(child.name) === folded) return child;
      return undefined;
    },
    async *values() {
      for (const each of await valueOffsets(cells, key.valueList, key.valueCount)) {
        yield readValue(cells, each);
      }
    },
    async value(name) {
      const folded = foldCase(name);
      for await (const value of key.values()) if (foldCase(value.name) === folded) return value;
      return undefined;
    },
    async valueCells() {
      if (key.valueCount === 0) return [];
      const { position: start, bytes: list } = await cells.cell(key.valueList, 4 * key.valueCount);
      const found: ByteRange[] = [{ start, end: start + list.length }];
      for await (const value of key.values()) found.push(...value.cells);
      return found;
    },
  };
  return key;
}

/** The cells of all subkeys, from a list or from a list of lists. */
async function childOffsets(cells: Cells, list: number): Promise<readonly number[]> {
  const cell = await cells.cell(list, 4);
  if (demandMark(cell, 'lf', 'lh', 'li', 'ri') !== 'ri') return leafOffsets(cell.bytes);
  const found: number[] = [];
  for (let i = 0; i < u16(cell.bytes, 2) && 8 + 4 * i <= cell.bytes.length; i++) {
    const leaf = await cells.cell(u32(cell.bytes, 4 + 4 * i), 4);
    demandMark(leaf, 'lf', 'lh', 'li');
    found.push(...leafOffsets(leaf.bytes));
    if (found.length > MOST_SUBKEYS)
      throw new HiveError(leaf.position, 'fewer subkeys', String(found.length));
  }
  return found;
}

function leafOffsets(bytes: Uint8Array): number[] {
  // Entries of `lf` and `lh` have a hint of the name behind the offset.
  const stride = String.fromCharCode(...bytes.subarray(0, 2)) === 'li' ? 4 : 8;
  const count = Math.min(u16(bytes, 2), Math.floor((bytes.length - 4) / stride));
  return Array.from({ length: count }, (_, i) => u32(bytes, 4 + stride * i));
}
