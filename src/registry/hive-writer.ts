import { BASE_BLOCK_BYTES, baseChecksum } from './base-block.ts';
import { NO_CELL } from './cells.ts';

/** A key that is to be written, with what is below it. */
export interface NewKey {
  /** ASCII. */
  readonly name: string;
  readonly values?: readonly NewValue[];
  readonly keys?: readonly NewKey[];
}

export interface NewValue {
  /** ASCII. */
  readonly name: string;
  readonly type: number;
  /** At most 16 344 bytes. */
  readonly data: Uint8Array;
}

const BIN_HEADER_BYTES = 32;
const PAGE_BYTES = 4096;
const KEY_IS_ROOT = 0x0c;
const NAME_IS_ASCII = 0x20;
const INLINE = 0x80000000;
/** 100-nanosecond steps from 1601 to 1970. */
const EPOCH_STEPS = 116_444_736_000_000_000n;

/**
 * Writes a new hive in version 1.3, which Windows uses for boot stores: a base block and one bin. `writtenMs` is the
 * time in all its keys, in milliseconds since 1970.
 */
export function writeHive(root: NewKey, writtenMs: number): Uint8Array {
  return new HiveWriter(BigInt(writtenMs) * 10_000n + EPOCH_STEPS).write(root);
}

class HiveWriter {
  readonly #time: bigint;
  readonly #cells: Uint8Array[] = [];
  #next = BIN_HEADER_BYTES;
  #security = 0;
  #keys = 0;
  #securityCell: DataView | undefined;

  constructor(time: bigint) {
    this.#time = time;
  }

  write(root: NewKey): Uint8Array {
    this.#security = this.#put(securityCell());
    const security = this.#cells.at(-1) as Uint8Array;
    this.#securityCell = new DataView(security.buffer);
    // The only descriptor follows itself in the ring of all.
    this.#securityCell.setUint32(8, this.#security, true);
    this.#securityCell.setUint32(12, this.#security, true);
    const rootCell = this.#putKey(root, undefined);
    this.#securityCell.setUint32(16, this.#keys, true);
    const binBytes = Math.ceil(this.#next / PAGE_BYTES) * PAGE_BYTES;
    const hive = new Uint8Array(BASE_BLOCK_BYTES + binBytes);
    const view = new DataView(hive.buffer);
    hive.set(ascii('regf'));
    [1, 1].forEach((sequence, i) => void view.setUint32(4 + 4 * i, sequence, true));
    view.setBigUint64(12, this.#time, true);
    [1, 3, 0, 1, rootCell, binBytes, 1].forEach((word, i) => void view.setUint32(20 + 4 * i, word, true));
    view.setUint32(508, baseChecksum(hive), true);
    hive.set(ascii('hbin'), BASE_BLOCK_BYTES);
    view.setUint32(BASE_BLOCK_BYTES + 8, binBytes, true);
    view.setBigUint64(BASE_BLOCK_BYTES + 20, this.#time, true);
    let at = BASE_BLOCK_BYTES + BIN_HEADER_BYTES;
    for (const cell of this.#cells) {
      hive.set(cell, at);
      at += cell.length;
    }
    // What is left is one free cell; the size of those is positive.
    if (at < hive.length) view.setInt32(at, hive.length - at, true);
    return hive;
  }

  #put(content: Uint8Array): number {
    const size = Math.ceil((content.length + 4) / 8) * 8;
    const cell = new Uint8Array(size);
    new DataView(cell.buffer).setInt32(0, -size, true);
    cell.set(content, 4);
    this.#cells.push(cell);
    this.#next += size;
    return this.#next - size;
  }

  #putKey(key: NewKey, parent: number | undefined): number {
    const content = new Uint8Array(0x4c + key.name.length);
    const offset = this.#put(content);
    const cell = this.#cells.at(-1) as Uint8Array;
    this.#keys++;
    const { values = [], keys = [] } = key;
    const valueOffsets = values.map((value) => this.#putValue(value));
    const sorted = keys.toSorted((a, b) => (a.name.toUpperCase() < b.name.toUpperCase() ? -1 : 1));
    const children = sorted.map((child) => this.#putKey(child, offset));
    const view = new DataView(cell.buffer, 4);
    cell.set(ascii('nk'), 4);
    view.setUint16(2, NAME_IS_ASCII | (parent === undefined ? KEY_IS_ROOT : 0), true);
    view.setBigUint64(4, this.#time, true);
    const subkeyList = children.length === 0 ? NO_CELL : this.#put(leafList(sorted, children));
    const valueList = valueOffsets.length === 0 ? NO_CELL : this.#put(words(...valueOffsets));
    const longest = (names: readonly { readonly name: string }[]): number =>
      Math.max(0, ...names.map(({ name }) => 2 * name.length));
    [
      // A root has no parent; Windows leaves the first cell there.
      ...[0, parent ?? BIN_HEADER_BYTES, children.length, 0, subkeyList, NO_CELL],
      ...[valueOffsets.length, valueList, this.#security, NO_CELL, longest(keys), 0, longest(values)],
      Math.max(0, ...values.map(({ data }) => data.length)),
    ].forEach((word, i) => void view.setUint32(0x0c + 4 * i, word, true));
    view.setUint16(0x48, key.name.length, true);
    cell.set(ascii(key.name), 4 + 0x4c);
    return offset;
  }

  #putValue({ name, type, data }: NewValue): number {
    const content = new Uint8Array(20 + name.length);
    const view = new DataView(content.buffer);
    content.set(ascii('vk'));
    view.setUint16(2, name.length, true);
    const isInline = data.length <= 4;
    view.setUint32(4, isInline ? data.length + INLINE : data.length, true);
    if (isInline) content.set(data, 8);
    else view.setUint32(8, this.#put(data), true);
    view.setUint32(12, type, true);
    view.setUint16(16, name === '' ? 0 : 1, true);
    content.set(ascii(name), 20);
    return this.#put(content);
  }
}

/** A list of subkeys with the first four letters of each name. */
function leafList(keys: readonly NewKey[], offsets: readonly number[]): Uint8Array {
  const list = new Uint8Array(4 + 8 * keys.length);
  const view = new DataView(list.buffer);
  list.set(ascii('lf'));
  view.setUint16(2, keys.length, true);
  for (const [i, { name }] of keys.entries()) {
    view.setUint32(4 + 8 * i, offsets[i] ?? NO_CELL, true);
    list.set(ascii(name.slice(0, 4)), 8 + 8 * i);
  }
  return list;
}

/** Full access for administrators, to whom it belongs, and for the system: as Windows gives a boot store. */
function securityCell(): Uint8Array {
  const administrators = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];
  const system = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
  const allow = (sid: readonly number[]): number[] => {
    const inherited = 2;
    const everything = [0x3f, 0, 0x0f, 0];
    return [0, inherited, 8 + sid.length, 0, ...everything, ...sid];
  };
  const entries = [...allow(administrators), ...allow(system)];
  const list = [2, 0, 8 + entries.length, 0, 2, 0, 0, 0, ...entries];
  const ownerAt = 20 + list.length;
  const descriptor = Uint8Array.from([
    ...[1, 0, 4, 0x80],
    ...words(ownerAt, ownerAt + administrators.length, 0, 20),
    ...list,
    ...administrators,
    ...system,
  ]);
  const head = Uint8Array.from([...ascii('sk'), 0, 0, ...words(0, 0, 0, descriptor.length)]);
  return Uint8Array.from([...head, ...descriptor]);
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (sign) => sign.charCodeAt(0));

function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true);
  return bytes;
}
