import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RangeSet } from '../../src/block/range-set.ts';
import { readBitmap } from '../../src/ntfs/bitmap.ts';
import { parseBootSector } from '../../src/ntfs/boot-sector.ts';
import { NtfsError } from '../../src/ntfs/error.ts';
import { parseFileRecord } from '../../src/ntfs/file-record.ts';
import type { Mft } from '../../src/ntfs/mft.ts';
import { rangeCollector } from '../../src/ntfs/range-collector.ts';
import type { RunList } from '../../src/ntfs/run-list.ts';
import { addRuns, decodeRuns, mappedClusters } from '../../src/ntfs/run-list.ts';
import { surveyVolume } from '../../src/ntfs/survey.ts';
import { healthyRecord, openVolume } from '../support/ntfs-places.ts';
import { memoryReader } from '../support/ntfs-reader.ts';
import { clonedBytes, makeVolume, missingNtfsTools, scratchFolder } from '../support/ntfs-volume.ts';

const skip = missingNtfsTools() ?? false;
const scratch = scratchFolder();
after(scratch.remove);

const MIB = 2 ** 20;
const LIMITS = { clusterCount: 1000, clusterBytes: 4096 };

/** A boot sector of 4096-byte clusters, made by hand from the specification. */
function bootSector(): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('NTFS    '), 3);
  view.setUint16(0x0b, 512, true);
  bytes[0x0d] = 8;
  view.setBigUint64(0x28, 20479n, true);
  view.setBigUint64(0x30, 4n, true);
  view.setBigUint64(0x38, 1279n, true);
  bytes[0x40] = 0xf6;
  bytes[0x44] = 1;
  view.setBigUint64(0x48, 0x09cbb6de30c87310n, true);
  return bytes;
}

test('a boot sector gives the geometry, and every field out of range is named with its place', () => {
  const boot = parseBootSector(bootSector(), 0);
  assert.deepEqual(boot, {
    sectorBytes: 512,
    clusterBytes: 4096,
    totalSectors: 20479,
    clusterCount: 2559,
    volumeBytes: 20479 * 512,
    mftLcn: 4,
    mftMirrLcn: 1279,
    recordBytes: 1024,
    indexRecordBytes: 4096,
    serial: '09CBB6DE30C87310',
  });
  const wrong: [string, number, number[]][] = [
    ['OEM name', 3, [0x46]],
    ['sector size 500', 0x0b, [0xf4, 1]],
    ['sector size 128', 0x0b, [0x80, 0]],
    ['cluster of 3 sectors', 0x0d, [3]],
    ['cluster code 239', 0x0d, [239]],
    ['cluster of 4 MiB', 0x0d, [0xf3]],
    ['reserved field', 0x10, [1]],
    ['no sectors', 0x28, [0, 0]],
    ['2^63 sectors', 0x2f, [0x80]],
    ['$MFT at 0', 0x30, [0]],
    ['$MFT outside', 0x32, [1]],
    ['$MFTMirr at $MFT', 0x38, [4, 0]],
    ['record of 2^31 bytes', 0x40, [0xe1]],
    ['index record of 0', 0x44, [0]],
  ];
  for (const [what, offset, bytes] of wrong) {
    const damaged = bootSector();
    damaged.set(bytes, offset);
    const check = (error: unknown): boolean => {
      assert.ok(error instanceof NtfsError, `${what}: ${error}`);
      const place = error.position - 8192;
      assert.ok(place >= 0 && place <= offset, `${what}: told at ${place}`);
      return true;
    };
    assert.throws(() => parseBootSector(damaged, 8192), check, what);
  }
  const large = bootSector();
  large[0x0d] = 0xf4;
  large[0x2a] = 1;
  assert.equal(parseBootSector(large, 0).clusterBytes, 2 * MIB);
});

test('run lists: sparse runs, steps back, and everything that leaves the volume', () => {
  const decode = (...bytes: number[]) => decodeRuns(Uint8Array.from(bytes), 0, LIMITS, 64);
  assert.deepEqual(decode(0x11, 3, 100, 0x01, 5, 0x11, 2, 0xce, 0), {
    runs: [
      { vcn: 0, length: 3, lcn: 100 },
      { vcn: 3, length: 5, lcn: undefined },
      { vcn: 8, length: 2, lcn: 50 },
    ],
    nextVcn: 10,
  });
  const over = decode(0x21, 10, 0xe0, 0x03, 0);
  assert.deepEqual(over.runs, [
    { vcn: 0, length: 8, lcn: 992 },
    { vcn: 8, length: 2, lcn: undefined, outside: true },
  ]);
  assert.equal(over.damage?.position, 64);
  const ends: [string, number[], number][] = [
    ['no end mark', [0x11, 3, 100], 1],
    ['length 0', [0x11, 3, 100, 0x11, 0, 1, 0], 1],
    ['negative length', [0x11, 0x80, 1, 0], 0],
    ['length of 9 bytes', [0x19, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0], 0],
    ['cut inside a run', [0x11, 3, 100, 0x44, 1, 2], 1],
    ['length beyond 2^53', [0x18, 1, 1, 1, 1, 1, 1, 0x7f, 0x7f, 1, 0], 0],
  ];
  for (const [what, bytes, runs] of ends) {
    const list = decode(...bytes);
    assert.ok(list.damage instanceof NtfsError, what);
    assert.equal(list.runs.length, runs, what);
  }
  const merged = addRuns(
    [{ vcn: 0, length: 4, lcn: 9 }],
    [
      { vcn: 8, length: 2, lcn: 40 },
      { vcn: 2, length: 6, lcn: 70 },
      { vcn: 4, length: 4, lcn: 20 },
    ],
  );
  assert.deepEqual(
    merged.map((run) => run.lcn),
    [9, 20, 40],
  );
  assert.equal(mappedClusters(merged), 10);
});

test('a record is used when only its unused tail is lost, and not when its attributes are', {
  skip,
}, async () => {
  const path = join(scratch.path, 'record');
  makeVolume(path, { clusterBytes: 4096, sizeBytes: 16 * MIB, label: 'tail' });
  const content = new Uint8Array(readFileSync(path));
  const volume = await openVolume(memoryReader(content));
  const { position } = await healthyRecord(volume, 3);
  const raw = content.slice(position, position + 1024);
  const parse = (holes: { start: number; end: number }[], bytes = raw.slice()) =>
    parseFileRecord(bytes, holes, 3, volume.boot, position);
  assert.equal(parse([{ start: 512, end: 1024 }]).state, 'in-use');
  const first = parse([{ start: 0, end: 512 }]);
  assert.deepEqual(first, { state: 'unreadable' });
  const torn = raw.slice();
  torn[510] = (torn[510] ?? 0) ^ 1;
  assert.equal(parse([], torn).state, 'corrupt');
  const tornTail = raw.slice();
  tornTail[1022] = (tornTail[1022] ?? 0) ^ 1;
  assert.equal(parse([], tornTail).state, 'in-use', 'a torn write behind the last used byte does no harm');
  assert.equal(parse([], new Uint8Array(1024)).state, 'free');

  const big = await healthyRecord(volume, 0);
  const used = content.slice(big.position, big.position + 1024);
  new DataView(used.buffer).setUint32(0x18, 600, true);
  const half = parse([{ start: 512, end: 1024 }], used);
  assert.equal(half.state, 'unreadable');
  assert.ok(half.state === 'unreadable' && (half.partial?.attributes.length ?? 0) >= 3);
});

test('clusters that NTFS has marked bad are left out as ntfsclone does, unless that is absurd', {
  skip,
}, async () => {
  const path = join(scratch.path, 'bad');
  makeVolume(path, { clusterBytes: 4096, sizeBytes: 16 * MIB });
  const content = new Uint8Array(readFileSync(path));
  const volume = await openVolume(memoryReader(content));
  const { clusterCount } = volume.boot;
  const record = await healthyRecord(volume, 8);
  const bitmap = await healthyRecord(volume, 6);
  const bits = bitmap.attributes.find((one) => one.type === 0x80);
  assert.ok(bits && !bits.resident);
  const bitsAt = (bits.runList.runs[0]?.lcn ?? 0) * 4096;

  /** The volume with `count` clusters from 2000 on in $Bad, in the place where its one sparse run was. */
  const withBad = (count: number, at: number): Uint8Array => {
    const bytes = content.slice();
    const view = new DataView(bytes.buffer);
    let attribute = record.position + view.getUint16(record.position + 0x14, true);
    while (view.getUint8(attribute + 9) !== 4) attribute += view.getUint32(attribute + 4, true);
    const runs = attribute + view.getUint16(attribute + 32, true);
    const rest = clusterCount - 2000 - count;
    const list = [
      0x02,
      2000 & 255,
      2000 >> 8,
      0x22,
      count & 255,
      count >> 8,
      at & 255,
      at >> 8,
      0x02,
      rest & 255,
      rest >> 8,
      0,
    ];
    const end = runs - attribute + 16;
    bytes.fill(0, runs, runs + 16);
    bytes.set(list, runs);
    view.setUint32(attribute + 4, end, true);
    view.setUint32(attribute + end, 0xffffffff, true);
    view.setUint32(record.position + 0x18, attribute + end + 8 - record.position, true);
    for (let cluster = at; cluster < at + count; cluster++) {
      const byte = bitsAt + (cluster >> 3);
      bytes[byte] = (bytes[byte] ?? 0) | (1 << (cluster & 7));
    }
    return bytes;
  };
  const survey = async (bytes: Uint8Array) => {
    const found = await surveyVolume(memoryReader(bytes));
    assert.ok(found);
    return found;
  };
  const two = withBad(2, 2000);
  const found = await survey(two);
  assert.deepEqual([...found.badClusters], [{ start: 2000 * 4096, end: 2002 * 4096 }]);
  writeFileSync(path, two);
  assert.ok(
    found.used.equals(
      clonedBytes(path, `${path}.clone`).union(found.used.subtract(RangeSet.single(0, clusterCount * 4096))),
    ),
  );
  const absurd = await survey(withBad(1500, 2000));
  assert.ok(absurd.badClusters.isEmpty);
  assert.ok(absurd.used.covers(2000 * 4096, 3500 * 4096));
  assert.ok((await survey(withBad(2, 2100))).used.covers(2100 * 4096, 2102 * 4096), 'not at its own place');
});

/** A volume of which nothing is known but where its $Bitmap lies. */
function bitmapOnly(runList: RunList, bitmapBytes: number): Mft {
  const data = {
    type: 0x80,
    name: '',
    flags: 0,
    resident: false as const,
    lowestVcn: 0,
    runList,
    allocatedBytes: bitmapBytes,
    dataBytes: bitmapBytes,
    initializedBytes: bitmapBytes,
    compressionUnit: 0,
  };
  const record = {
    number: 6,
    sequence: 6,
    isDirectory: false,
    base: undefined,
    attributes: [data],
    position: 0,
  };
  return {
    runs: [],
    recordCount: 7,
    unmappedRecords: 0,
    complete: true,
    notes: [],
    record: async () => ({ state: 'in-use', record }),
    async *records() {},
    async *recordChunks() {},
  };
}

test('the bitmap of a volume of terabytes is read in little memory, however scattered it is', async () => {
  const clusterCount = 2 ** 30;
  const boot = { ...parseBootSector(bootSector(), 0), clusterBytes: 512, clusterCount };
  const bitmapBytes = clusterCount / 8;
  const length = bitmapBytes / 512;
  const mft = bitmapOnly({ runs: [{ vcn: 0, length, lcn: 0 }], nextVcn: length }, bitmapBytes);
  let largest = 0;
  // Every second cluster of the first 2^25 is in use, and the last 2^12 are; the middle of $Bitmap is unreadable.
  const reader = {
    sizeBytes: clusterCount * 512,
    async read(offset: number, length: number) {
      largest = Math.max(largest, length);
      const bytes = new Uint8Array(length);
      if (offset < 2 ** 22) bytes.fill(0x55, 0, 2 ** 22 - offset);
      if (offset + length === bitmapBytes) bytes.fill(0xff, length - 512);
      const hole = offset === bitmapBytes / 2 ? [{ start: 0, end: 512 }] : [];
      return { bytes, holes: hole };
    },
  };
  const { used, unknown, notes } = await readBitmap({ reader, boot, mft });
  assert.ok(largest <= MIB);
  assert.ok(used.count < 2 ** 21, `${used.count} ranges`);
  assert.ok(used.covers((clusterCount - 4096) * 512, clusterCount * 512));
  for (let cluster = 0; cluster < 2 ** 25; cluster += 99998)
    assert.ok(used.covers(cluster * 512, cluster * 512 + 512));
  assert.ok(used.totalBytes <= (2 ** 25 + 4096) * 512 + 4096);
  const middle = (clusterCount / 2) * 512;
  assert.deepEqual([...unknown], [{ start: middle, end: middle + 512 * 8 * 512 }]);
  assert.deepEqual(
    notes.map((note) => note.code),
    ['bitmap', 'coarse'],
  );
});

test('a piece of $Bitmap without a place is damage, and its clusters are not free', async () => {
  const boot = { ...parseBootSector(bootSector(), 0), clusterBytes: 512, clusterCount: 16_384 };
  const runs = [
    { vcn: 0, length: 2, lcn: 0 },
    { vcn: 2, length: 2, lcn: undefined },
  ];
  const { used, unknown, notes } = await readBitmap({
    reader: {
      sizeBytes: 16_384 * 512,
      read: async (_, length) => ({ bytes: new Uint8Array(length), holes: [] }),
    },
    boot,
    mft: bitmapOnly({ runs, nextVcn: 4 }, 2048),
  });
  assert.ok(used.isEmpty);
  assert.deepEqual([...unknown], [{ start: 8192 * 512, end: 16_384 * 512 }]);
  assert.deepEqual(
    notes.map((note) => note.code),
    ['bitmap'],
  );
});

test('a collector of too many ranges closes the smallest gaps and loses nothing', () => {
  const collector = rangeCollector(100);
  for (let i = 0; i < 5000; i++) collector.add(i * 10_000, i * 10_000 + 10);
  const set = collector.build();
  assert.ok(collector.coarse && set.count <= 200);
  for (let i = 0; i < 5000; i++) assert.ok(set.covers(i * 10_000, i * 10_000 + 10));
  assert.ok(set.endOf(set.count - 1) === 49_990_010);
});
