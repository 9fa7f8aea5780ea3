import type { ByteRange } from '../../src/block/range.ts';
import { RangeSet } from '../../src/block/range-set.ts';

/**
 * Where everything lies on a volume that is known to be healthy. A second reader of NTFS, which shares no line with
 * the one under test, understands nothing of damage, and is judged by ntfsclone: see `fuzz-bases.ts`.
 */
export interface Layout {
  readonly clusterBytes: number;
  readonly recordBytes: number;
  readonly clusterCount: number;
  /** Where the volume ends and the backup boot sector begins. */
  readonly volumeBytes: number;
  readonly mirrorStart: number;
  readonly records: readonly LayoutRecord[];
}

export interface LayoutRecord {
  readonly number: number;
  /** Where it lies: more than one place when its clusters are not neighbours. */
  readonly places: readonly ByteRange[];
  /** The record that it extends, its own number in a base record. */
  readonly base: number;
  readonly isDirectory: boolean;
  readonly attributes: readonly LayoutAttribute[];
}

export interface LayoutAttribute {
  readonly type: number;
  readonly name: string;
  /** Within the record. */
  readonly offset: number;
  readonly length: number;
  readonly resident: boolean;
  /** Clusters on the volume in bytes, in the order of the attribute; empty when resident. */
  readonly runs: readonly ByteRange[];
}

const STRIDE = 512;

/** Reads a healthy volume. Throws where it meets what a healthy volume does not have. */
export function readLayout(volume: Uint8Array): Layout {
  const view = Buffer.from(volume.buffer, volume.byteOffset, volume.byteLength);
  const sectorBytes = view.readUInt16LE(11);
  const code = view.readUInt8(13);
  const clusterBytes = sectorBytes * (code > 128 ? 2 ** (256 - code) : code);
  const sectors = Number(view.readBigUInt64LE(0x28));
  const recordCode = view.readInt8(0x40);
  const recordBytes = recordCode < 0 ? 2 ** -recordCode : recordCode * clusterBytes;
  const at = (lcnField: number): number => Number(view.readBigUInt64LE(lcnField)) * clusterBytes;

  // The table's own runs: those in record 0, then those in records that extend it, as long as new ones come.
  const table: ByteRange[] = [];
  const first = readRecord(view, [{ start: at(0x30), end: at(0x30) + recordBytes }], 0, clusterBytes);
  table.push(...tableRuns(first));
  for (let known = 0; known !== table.length; ) {
    known = table.length;
    for (const record of recordsOf(view, [...table], recordBytes, clusterBytes)) {
      if (record.number === 0 || record.base !== 0) continue;
      for (const run of tableRuns(record)) {
        if (!table.some(({ start }) => start === run.start)) table.push(run);
      }
    }
  }
  return {
    clusterBytes,
    recordBytes,
    clusterCount: Math.floor((sectors * sectorBytes) / clusterBytes),
    volumeBytes: sectors * sectorBytes,
    mirrorStart: at(0x38),
    records: [...recordsOf(view, table, recordBytes, clusterBytes)],
  };
}

/** All bytes of clusters that records own. */
export function ownedBytes(layout: Layout): RangeSet {
  return RangeSet.of(layout.records.flatMap((record) => record.attributes.flatMap((one) => one.runs)));
}

const tableRuns = (record: LayoutRecord | undefined): readonly ByteRange[] =>
  record?.attributes.filter((one) => one.type === 0x80 && one.name === '').flatMap((one) => one.runs) ?? [];

function* recordsOf(
  view: Buffer,
  table: readonly ByteRange[],
  recordBytes: number,
  clusterBytes: number,
): Generator<LayoutRecord> {
  const pieces: ByteRange[] = [];
  const piece = Math.min(recordBytes, clusterBytes);
  for (const { start, end } of table) {
    for (let at = start; at + piece <= end; at += piece) pieces.push({ start: at, end: at + piece });
  }
  const each = recordBytes / piece;
  for (let number = 0; (number + 1) * each <= pieces.length; number++) {
    const record = readRecord(view, pieces.slice(number * each, (number + 1) * each), number, clusterBytes);
    if (record !== undefined) yield record;
  }
}

/** A record that is in use. */
function readRecord(
  view: Buffer,
  places: readonly ByteRange[],
  number: number,
  clusterBytes: number,
): LayoutRecord | undefined {
  const bytes = Buffer.concat(places.map(({ start, end }) => view.subarray(start, end)));
  if (bytes.toString('latin1', 0, 4) !== 'FILE' || (bytes.readUInt16LE(0x16) & 1) === 0) return undefined;
  undoFixups(bytes);
  const attributes: LayoutAttribute[] = [];
  for (let offset = bytes.readUInt16LE(0x14); bytes.readUInt32LE(offset) !== 0xffffffff; ) {
    const length = bytes.readUInt32LE(offset + 4);
    const nameAt = offset + bytes.readUInt16LE(offset + 10);
    const resident = bytes.readUInt8(offset + 8) === 0;
    attributes.push({
      type: bytes.readUInt32LE(offset),
      name: bytes.toString('utf16le', nameAt, nameAt + 2 * bytes.readUInt8(offset + 9)),
      offset,
      length,
      resident,
      runs: resident ? [] : readRuns(bytes, offset + bytes.readUInt16LE(offset + 32), clusterBytes),
    });
    offset += length;
  }
  const base = bytes.readUIntLE(0x20, 6);
  return {
    number,
    places,
    base: bytes.readBigUInt64LE(0x20) === 0n ? number : base,
    isDirectory: (bytes.readUInt16LE(0x16) & 2) !== 0,
    attributes,
  };
}

function undoFixups(bytes: Buffer): void {
  const offset = bytes.readUInt16LE(4);
  for (let i = 1; i < bytes.readUInt16LE(6); i++)
    bytes.copy(bytes, i * STRIDE - 2, offset + 2 * i, offset + 2 * i + 2);
}

function readRuns(bytes: Buffer, from: number, clusterBytes: number): ByteRange[] {
  const runs: ByteRange[] = [];
  let lcn = 0;
  for (let at = from; bytes.readUInt8(at) !== 0; ) {
    const header = bytes.readUInt8(at);
    const [lengthSize, lcnSize] = [header & 15, header >> 4];
    const length = bytes.readUIntLE(at + 1, lengthSize);
    if (lcnSize > 0) {
      lcn += bytes.readIntLE(at + 1 + lengthSize, lcnSize);
      runs.push({ start: lcn * clusterBytes, end: (lcn + length) * clusterBytes });
    }
    at += 1 + lengthSize + lcnSize;
  }
  return runs;
}
