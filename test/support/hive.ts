/** A value of a key: its type and its data. */
export type HiveData =
  | { readonly sz: string }
  | { readonly multi: readonly string[] }
  | { readonly dword: number }
  | { readonly binary: Uint8Array };

/** A key: its values, and the keys below it. */
export interface HiveTree {
  readonly values?: Readonly<Record<string, HiveData>>;
  readonly keys?: Readonly<Record<string, HiveTree>>;
}

/** How a hive is written down. */
export interface HiveForm {
  /** Lists of subkeys as this version or that of Windows writes them; `ri` splits them in two. */
  readonly list?: 'lf' | 'lh' | 'li' | 'ri';
  readonly version?: 3 | 5;
  readonly sequences?: readonly [number, number];
}

const utf16 = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf16le');
const dword = (...values: number[]): Buffer =>
  Buffer.concat(
    values.map((v) => {
      const b = Buffer.alloc(4);
      b.writeUInt32LE(v >>> 0);
      return b;
    }),
  );

function dataOf(data: HiveData): [type: number, bytes: Buffer] {
  if ('sz' in data) return [1, utf16(data.sz)];
  if ('multi' in data) return [7, Buffer.concat([...data.multi.map(utf16), Buffer.alloc(2)])];
  return 'dword' in data ? [4, dword(data.dword)] : [3, Buffer.from(data.binary)];
}

/** Writes a registry hive from nothing; hivex and chntpw are the judges of it. */
export function hiveBytes(
  root: HiveTree,
  { list = 'lf', version = 3, sequences = [7, 7] }: HiveForm = {},
): Buffer {
  const cells: Buffer[] = [];
  let next = 32;
  /** A cell in use with that content; returns its offset. */
  const put = (bytes: Buffer): number => {
    const size = Math.ceil((bytes.length + 4) / 8) * 8;
    const cell = Buffer.alloc(size);
    cell.writeInt32LE(-size, 0);
    bytes.copy(cell, 4);
    cells.push(cell);
    next += size;
    return next - size;
  };
  const putData = (bytes: Buffer): number => {
    if (bytes.length <= 16_344 || version < 5) return put(bytes);
    const segments: number[] = [];
    for (let at = 0; at < bytes.length; at += 16_344) segments.push(put(bytes.subarray(at, at + 16_344)));
    const head = Buffer.concat([
      Buffer.from('db'),
      Buffer.from([segments.length, 0]),
      dword(put(dword(...segments))),
    ]);
    return put(head);
  };
  const putValue = (name: string, data: HiveData): number => {
    const [type, bytes] = dataOf(data);
    const isInline = bytes.length <= 4;
    const place = isInline ? Buffer.concat([bytes, Buffer.alloc(4 - bytes.length)]) : dword(putData(bytes));
    const size = isInline ? bytes.length + 0x80000000 : bytes.length;
    const head = Buffer.from([0x76, 0x6b, name.length, name.length >> 8]);
    return put(
      Buffer.concat([
        head,
        dword(size),
        place,
        dword(type, name === '' ? 0 : 1),
        Buffer.from(name, 'latin1'),
      ]),
    );
  };
  const putList = (names: readonly string[], offsets: readonly number[]): number => {
    if (list === 'ri' && names.length > 1) {
      const half = names.length >> 1;
      const parts = [
        putLeaf('lh', names.slice(0, half), offsets.slice(0, half)),
        putLeaf('lh', names.slice(half), offsets.slice(half)),
      ];
      return put(Buffer.concat([Buffer.from('ri'), Buffer.from([2, 0]), dword(...parts)]));
    }
    return putLeaf(list === 'ri' ? 'lh' : list, names, offsets);
  };
  const putLeaf = (kind: string, names: readonly string[], offsets: readonly number[]): number => {
    const entries = offsets.map((offset, i) => {
      const name = names[i] ?? '';
      if (kind === 'li') return dword(offset);
      if (kind === 'lf')
        return Buffer.concat([dword(offset), Buffer.from(name.slice(0, 4).padEnd(4, '\0'), 'latin1')]);
      return dword(
        offset,
        [...name.toUpperCase()].reduce((hash, sign) => (Math.imul(hash, 37) + sign.charCodeAt(0)) >>> 0, 0),
      );
    });
    return put(
      Buffer.concat([Buffer.from(kind), Buffer.from([names.length, names.length >> 8]), ...entries]),
    );
  };
  const security = put(
    Buffer.concat([
      Buffer.from('sk\0\0'),
      dword(0, 0, 1, 20),
      Buffer.from([1, 0, 0, 0x80]),
      dword(0, 0, 0, 0),
    ]),
  );
  cells[0]?.writeUInt32LE(32, 8);
  cells[0]?.writeUInt32LE(32, 12);
  const putKey = (name: string, tree: HiveTree, parent: number): number => {
    const isRoot = parent === 0;
    const body = Buffer.alloc(0x4c + name.length);
    body.write('nk');
    body.writeUInt16LE(isRoot ? 0x2c : 0x20, 2);
    const self = put(body);
    const cell = cells.at(-1) as Buffer;
    const values = Object.entries(tree.values ?? {}).map(([each, data]) => putValue(each, data));
    const names = Object.keys(tree.keys ?? {}).sort((a, b) => (a.toUpperCase() < b.toUpperCase() ? -1 : 1));
    const children = names.map((each) => putKey(each, tree.keys?.[each] ?? {}, self));
    const lists = [
      children.length > 0 ? putList(names, children) : -1,
      values.length > 0 ? put(dword(...values)) : -1,
    ];
    const longest = Math.max(0, ...names.map((each) => each.length * 2));
    dword(
      0,
      parent === 0 ? 32 : parent,
      children.length,
      0,
      lists[0] ?? -1,
      -1,
      values.length,
      lists[1] ?? -1,
      security,
      -1,
      longest,
      0,
      64,
      70_000,
      0,
    ).copy(cell, 4 + 12);
    cell.writeUInt16LE(name.length, 4 + 0x48);
    cell.write(name, 4 + 0x4c, 'latin1');
    return self;
  };
  const rootCell = putKey('CMI-CreateHive{00000000}', root, 0);
  const pages = Math.ceil(next / 4096) * 4096;
  if (pages > next) {
    const free = Buffer.alloc(pages - next);
    free.writeInt32LE(pages - next, 0);
    cells.push(free);
  }
  const bin = Buffer.concat([Buffer.from('hbin'), dword(0, pages, 0, 0, 0, 0, 0)]);
  const base = Buffer.alloc(4096);
  Buffer.concat([Buffer.from('regf'), dword(...sequences, 0, 0, 1, version, 0, 1, rootCell, pages, 1)]).copy(
    base,
  );
  return sealed(Buffer.concat([base, bin, ...cells]));
}

/** Puts the checksum of the base block in its place. */
export function sealed(hive: Buffer): Buffer {
  let sum = 0;
  for (let at = 0; at < 508; at += 4) sum ^= hive.readUInt32LE(at);
  hive.writeUInt32LE(sum >>> 0, 508);
  return hive;
}
