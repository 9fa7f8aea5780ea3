import type { ByteRange } from '../block/range.ts';
import { u16, u32, utf16 } from '../ntfs/little-endian.ts';
import { type Cells, demandMark, NO_CELL } from './cells.ts';
import { HiveError } from './error.ts';

/** Types of values, as Windows numbers them. */
export const VALUE_TYPE = { SZ: 1, EXPAND_SZ: 2, BINARY: 3, DWORD: 4, MULTI_SZ: 7 } as const;

/** A value of a key. */
export interface HiveValue {
  /** Empty for the key's default value. */
  readonly name: string;
  readonly type: number;
  readonly data: Uint8Array;
  /** Where the data lie in the hive file, in their order. */
  readonly places: readonly ByteRange[];
  /** The cells that belong to it alone: content as `ByteRange` of the hive file, without the size before it. */
  readonly cells: readonly ByteRange[];
}

const HEADER_BYTES = 20;
const NAME_IS_ASCII = 1;
const MOST_NAME_BYTES = 32_766;
/** Data of at most four bytes lie where else their offset is. */
const INLINE = 0x80000000;
/** Behind this size data come in segments, since version 1.4. */
const SEGMENT_BYTES = 16_344;
const MOST_DATA_BYTES = 2 ** 24;
const DATA_OFFSET_AT = 8;

/** Reads the value in the cell at `offset`. Rejects with a `HiveError`. */
export async function readValue(cells: Cells, offset: number): Promise<HiveValue> {
  const cell = await cells.cell(offset, HEADER_BYTES);
  demandMark(cell, 'vk');
  const { bytes, position } = cell;
  const nameBytes = u16(bytes, 2);
  if (HEADER_BYTES + nameBytes > bytes.length || nameBytes > MOST_NAME_BYTES) {
    throw new HiveError(position + 2, 'a name inside its cell', `${nameBytes} bytes`);
  }
  const isAscii = (u16(bytes, 16) & NAME_IS_ASCII) !== 0;
  const size = u32(bytes, 4);
  const own = { start: position, end: position + bytes.length };
  const value = { name: nameOf(bytes, HEADER_BYTES, nameBytes, isAscii), type: u32(bytes, 12) };
  if (size >= INLINE) {
    const length = size - INLINE;
    if (length > 4) throw new HiveError(position + 4, 'at most 4 bytes beside the name', `${length} bytes`);
    const start = position + DATA_OFFSET_AT;
    const data = bytes.slice(DATA_OFFSET_AT, DATA_OFFSET_AT + length);
    return { ...value, data, places: length > 0 ? [{ start, end: start + length }] : [], cells: [own] };
  }
  if (size > MOST_DATA_BYTES) throw new HiveError(position + 4, 'at most 16 MiB of data', `${size} bytes`);
  if (size === 0) return { ...value, data: new Uint8Array(0), places: [], cells: [own] };
  const stored = await readData(cells, u32(bytes, DATA_OFFSET_AT), size);
  return { ...value, data: stored.data, places: stored.places, cells: [own, ...stored.cells] };
}

interface StoredData {
  readonly data: Uint8Array;
  readonly places: readonly ByteRange[];
  readonly cells: readonly ByteRange[];
}

async function readData(cells: Cells, offset: number, size: number): Promise<StoredData> {
  const isLong = size > SEGMENT_BYTES;
  const cell = await cells.cell(offset, isLong ? 8 : size);
  const isSegmented = isLong && String.fromCharCode(...cell.bytes.subarray(0, 2)) === 'db';
  const own = { start: cell.position, end: cell.position + cell.bytes.length };
  if (!isSegmented) {
    if (cell.bytes.length < size) {
      throw new HiveError(cell.position, `a cell with ${size} bytes of data`, `${cell.bytes.length}`);
    }
    const place = { start: cell.position, end: cell.position + size };
    return { data: cell.bytes.slice(0, size), places: [place], cells: [own] };
  }
  const count = u16(cell.bytes, 2);
  if (count !== Math.ceil(size / SEGMENT_BYTES)) {
    throw new HiveError(cell.position + 2, `the segments of ${size} bytes`, `${count} segments`);
  }
  const list = await cells.cell(u32(cell.bytes, 4), 4 * count);
  const data = new Uint8Array(size);
  const places: ByteRange[] = [];
  const used: ByteRange[] = [own, { start: list.position, end: list.position + list.bytes.length }];
  for (let i = 0; i < count; i++) {
    const at = i * SEGMENT_BYTES;
    const length = Math.min(SEGMENT_BYTES, size - at);
    const segment = await cells.cell(u32(list.bytes, 4 * i), length);
    data.set(segment.bytes.subarray(0, length), at);
    places.push({ start: segment.position, end: segment.position + length });
    used.push({ start: segment.position, end: segment.position + segment.bytes.length });
  }
  return { data, places, cells: used };
}

/** The offsets of a key's values. */
export async function valueOffsets(cells: Cells, list: number, count: number): Promise<readonly number[]> {
  if (count === 0 || list === NO_CELL) return [];
  if (count > MOST_VALUES) throw new HiveError(0, `at most ${MOST_VALUES} values of a key`, String(count));
  const { bytes } = await cells.cell(list, 4 * count);
  return Array.from({ length: count }, (_, i) => u32(bytes, 4 * i));
}

const MOST_VALUES = 16_384;

/** A name in Latin-1 or UTF-16. */
export function nameOf(bytes: Uint8Array, offset: number, length: number, isAscii: boolean): string {
  if (!isAscii) return utf16(bytes, offset, length >> 1);
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}

/** Text of a value of type SZ: UTF-16 up to the first NUL. */
export function valueText({ data }: HiveValue): string {
  return valueTexts(data)[0] ?? '';
}

/** Texts of a value of type MULTI_SZ. */
export function valueTexts(data: Uint8Array): string[] {
  const units = Math.min(data.length >> 1, MOST_TEXT_UNITS);
  let text = '';
  for (let i = 0; i < units; i++) text += String.fromCharCode(u16(data, 2 * i));
  return text.split('\0').filter((part) => part !== '');
}

const MOST_TEXT_UNITS = 32_768;
