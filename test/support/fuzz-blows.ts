import type { FuzzBase } from './fuzz-bases.ts';
import type { DamagedVolume } from './fuzz-damage.ts';
import type { LayoutAttribute, LayoutRecord } from './fuzz-layout.ts';
import { absurd, mappingPairs, type RawRun, wordOf } from './fuzz-values.ts';
import type { SeededRandom } from './random.ts';

/** What a blow has to do with. */
interface Scene {
  readonly base: FuzzBase;
  readonly volume: DamagedVolume;
  readonly random: SeededRandom;
}

type Blow = (scene: Scene) => void;

const DATA = 0x80;
const FILE_NAME = 0x30;
const ATTRIBUTE_LIST = 0x20;
const INDEX_ROOT = 0x90;
const INDEX_ALLOCATION = 0xa0;
/** Records whose fields decide about all others: $MFT, $MFTMirr, root, $Bitmap, $Boot, $BadClus, $UpCase. */
const VITAL = [0, 1, 5, 6, 7, 8, 10];

/** Field tables: offset and size. */
const BOOT_FIELDS = [
  ...[
    [3, 8],
    [0x0b, 2],
    [0x0d, 1],
    [0x0e, 2],
    [0x15, 1],
    [0x20, 4],
    [0x28, 8],
    [0x28, 8],
    [0x30, 8],
    [0x30, 8],
  ],
  ...[
    [0x38, 8],
    [0x40, 1],
    [0x44, 1],
    [0x48, 8],
    [0x1fe, 2],
  ],
] as [number, number][];
const RECORD_FIELDS = [
  ...[
    [0, 4],
    [4, 2],
    [6, 2],
    [0x10, 2],
    [0x12, 2],
    [0x14, 2],
    [0x16, 2],
    [0x18, 4],
    [0x1c, 4],
    [0x20, 6],
    [0x20, 8],
  ],
  ...[
    [0x26, 2],
    [0x28, 2],
    [0x2c, 4],
    [0x30, 2],
  ],
] as [number, number][];
const COMMON_FIELDS = [
  [0, 4],
  [4, 4],
  [8, 1],
  [9, 1],
  [10, 2],
  [12, 2],
] as [number, number][];
const RESIDENT_FIELDS = [
  [16, 4],
  [20, 2],
] as [number, number][];
const SPREAD_FIELDS = [
  [16, 8],
  [24, 8],
  [32, 2],
  [34, 2],
  [40, 8],
  [48, 8],
  [48, 8],
  [56, 8],
  [56, 8],
] as [number, number][];
const FILE_NAME_FIELDS = [
  [0, 6],
  [6, 2],
  [40, 8],
  [48, 8],
  [56, 4],
  [64, 1],
  [65, 1],
] as [number, number][];
const LIST_FIELDS = [
  [0, 4],
  [4, 2],
  [6, 1],
  [7, 1],
  [8, 8],
  [16, 6],
  [22, 2],
] as [number, number][];
const INDEX_BLOCK_FIELDS = [
  [0, 4],
  [4, 2],
  [6, 2],
  [16, 8],
  [24, 4],
  [28, 4],
  [32, 4],
  [36, 1],
] as [number, number][];
const INDEX_ENTRY_FIELDS = [
  [0, 6],
  [6, 2],
  [8, 2],
  [10, 2],
  [12, 2],
  [16, 6],
  [80, 1],
  [81, 1],
] as [number, number][];
const INDEX_ROOT_FIELDS = [
  [0, 4],
  [4, 4],
  [8, 4],
  [12, 1],
  [16, 4],
  [20, 4],
  [24, 4],
  [28, 1],
] as [number, number][];

function pick<T>(random: SeededRandom, from: readonly T[]): T | undefined {
  return from[random.integer(from.length)];
}

/** Sizes and places of this volume, which make believable lies. */
function ownNumbers({ layout, volume }: FuzzBase): number[] {
  const { clusterBytes, clusterCount, mirrorStart, records, volumeBytes } = layout;
  const table = records[0]?.attributes.find((one) => one.type === DATA)?.runs[0]?.start ?? 0;
  return [
    clusterCount,
    volumeBytes,
    volume.length,
    mirrorStart / clusterBytes,
    table / clusterBytes,
    records.length,
  ];
}

function somePlace({ base, random }: Scene): { start: number; end: number; name: string } {
  const { layout } = base;
  switch (random.integer(8)) {
    case 0:
      return { start: 0, end: 512, name: 'boot sector' };
    case 1:
      return { start: layout.volumeBytes, end: layout.volumeBytes + 512, name: 'backup boot sector' };
    case 2:
      return {
        start: layout.mirrorStart,
        end: layout.mirrorStart + 4 * layout.recordBytes,
        name: '$MFTMirr',
      };
    case 3: {
      const [record, one] = someAttribute(
        { base, random },
        (attribute) => attribute.runs.length > 0 && attribute.type !== DATA,
      );
      const run = one?.runs[0] ?? { start: 0, end: 512 };
      return { ...run, name: `clusters of attribute ${one?.type.toString(16)} of record ${record?.number}` };
    }
    case 4: {
      const runs = layout.records
        .find(({ number }) => number === 6)
        ?.attributes.find((one) => one.type === DATA)?.runs;
      return { ...(runs?.[0] ?? { start: 0, end: 512 }), name: '$Bitmap' };
    }
    default: {
      const record = someRecord({ base, random });
      return { ...(record.places[0] ?? { start: 0, end: 512 }), name: `record ${record.number}` };
    }
  }
}

/** A record; the few that matter most come up as often as all others. */
function someRecord({ base, random }: Pick<Scene, 'base' | 'random'>): LayoutRecord {
  const { records } = base.layout;
  const vital = records.filter(({ number, base: of }) => VITAL.includes(number) || of !== number);
  const rich = records.filter(
    ({ attributes, isDirectory }) => isDirectory || attributes.some((one) => one.runs.length > 1),
  );
  const from = [records, vital, rich][random.integer(3)] ?? records;
  return (pick(random, from) ?? records[0]) as LayoutRecord;
}

function someAttribute(
  scene: Pick<Scene, 'base' | 'random'>,
  fits: (attribute: LayoutAttribute, record: LayoutRecord) => boolean,
): [LayoutRecord | undefined, LayoutAttribute | undefined] {
  for (let tries = 0; tries < 20; tries++) {
    const record = someRecord(scene);
    const found = pick(
      scene.random,
      record.attributes.filter((one) => fits(one, record)),
    );
    if (found !== undefined) return [record, found];
  }
  return [undefined, undefined];
}

/** Puts an absurd number into one of the fields of something at `start`. */
function breakField(
  { base, volume, random }: Scene,
  what: string,
  fields: readonly (readonly [number, number])[],
  read: (offset: number, size: number) => Uint8Array,
  write: (offset: number, data: Uint8Array) => void,
): void {
  const [offset, size] = pick(random, fields) ?? [0, 1];
  const old = read(offset, size).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const value = absurd(random, old, ownNumbers(base));
  volume.say(`${what}, field ${offset} of ${size}: ${old} to ${BigInt.asUintN(size * 8, value)}`);
  write(offset, wordOf(value, size));
}

function breakAt(
  scene: Scene,
  what: string,
  fields: readonly (readonly [number, number])[],
  start: number,
): void {
  const { volume } = scene;
  breakField(
    scene,
    what,
    fields,
    (offset, size) => volume.bytes.subarray(start + offset, start + offset + size),
    (offset, data) => volume.write(start + offset, data),
  );
}

function breakIn(
  scene: Scene,
  what: string,
  fields: readonly (readonly [number, number])[],
  record: LayoutRecord,
  start: number,
): void {
  const { volume } = scene;
  const bytes = volume.readRecord(record);
  breakField(
    scene,
    `${what} of record ${record.number}`,
    fields,
    (offset, size) => bytes.subarray(start + offset, start + offset + size),
    (offset, data) => volume.writeRecord(record, start + offset, data),
  );
}

const flipBits: Blow = (scene) => {
  const { volume, random } = scene;
  const { start, end, name } = somePlace(scene);
  volume.say(`bits flipped in ${name}`);
  for (let n = 1 + random.integer(6); n > 0; n--) {
    const at = start + random.integer(Math.min(end - start, 4096));
    volume.write(at, Uint8Array.of((volume.bytes[at] ?? 0) ^ (1 << random.integer(8))));
  }
};

const spoilBytes: Blow = (scene) => {
  const { volume, random } = scene;
  const { start, end, name } = somePlace(scene);
  const at = start + random.integer(Math.min(end - start, 4096));
  const bytes = new Uint8Array(1 + random.integer(64));
  const fill = pick(random, [0, 1, 0x7f, 0x80, 0xff]);
  if (random.integer(2) === 0) random.fill(bytes);
  else bytes.fill(fill ?? 0);
  volume.say(`${bytes.length} bytes spoilt in ${name}`);
  volume.write(at, bytes);
};

const breakBoot: Blow = (scene) => {
  const { base, volume, random } = scene;
  const { volumeBytes } = base.layout;
  const which = random.integer(4);
  if (which !== 1) breakAt(scene, 'boot sector', BOOT_FIELDS, 0);
  if (which === 1) breakAt(scene, 'backup boot sector', BOOT_FIELDS, volumeBytes);
  if (which === 2) {
    volume.say('and its backup alike');
    volume.write(volumeBytes, volume.bytes.slice(0, 512));
  }
};

const breakRecord: Blow = (scene) => breakIn(scene, 'header', RECORD_FIELDS, someRecord(scene), 0);

const breakAttribute: Blow = (scene) => {
  const [record, one] = someAttribute(scene, () => true);
  if (record === undefined || one === undefined) return;
  const fields = [...COMMON_FIELDS, ...(one.resident ? RESIDENT_FIELDS : SPREAD_FIELDS)];
  breakIn(scene, `attribute ${one.type.toString(16)}`, fields, record, one.offset);
};

/** Both sizes at once: one alone is often held by the other. */
const breakSizes: Blow = (scene) => {
  const { base, volume, random } = scene;
  const [record, one] = someAttribute(scene, (attribute) => !attribute.resident);
  if (record === undefined || one === undefined) return;
  const size = absurd(random, 0n, ownNumbers(base));
  volume.say(`all sizes of attribute ${one.type.toString(16)} of record ${record.number} to ${size}`);
  for (const field of [40, 48, 56]) volume.writeRecord(record, one.offset + field, wordOf(size, 8));
};

const breakRuns: Blow = (scene) => {
  const { base, volume, random } = scene;
  const { clusterBytes, clusterCount } = base.layout;
  const [record, one] = someAttribute(scene, (attribute) => !attribute.resident);
  if (record === undefined || one === undefined) return;
  const runsAt = one.offset + volume.readRecord(record).readUInt16LE(one.offset + 32);
  const room = one.offset + one.length - runsAt;
  if (room < 2 || room > one.length) return;
  const [, other] = someAttribute(scene, (attribute) => attribute.runs.length > 0);
  const elsewhere = BigInt(Math.floor((other?.runs[0]?.start ?? 0) / clusterBytes));
  const some = (): bigint => BigInt(1 + random.integer(40));
  const all = BigInt(clusterCount);
  const lies: Record<string, () => RawRun[]> = {
    'over those of others': () => [
      { length: some(), change: elsewhere },
      { length: some(), change: 0n },
    ],
    'behind the end': () => [
      { length: some(), change: all - 2n },
      { length: some(), change: 3n },
    ],
    'before the begin': () => [{ length: some(), change: -some() }],
    'the same again and again': () => Array.from({ length: 60 }, () => ({ length: all - 1n, change: 0n })),
    'longer than numbers go': () => [
      { length: 2n ** 53n - 1n, change: 1n },
      { length: 2n ** 62n, change: 2n ** 62n },
    ],
    'sparse for ever': () => [{ length: 2n ** 43n - 1n }, { length: some(), change: elsewhere }],
    'nearly all that there is': () => [{ length: all, change: 0n }],
    'of length nothing': () => [{ length: 0n, change: elsewhere }],
    'far and back': () => [
      { length: 1n, change: 2n ** 55n },
      { length: some(), change: -(2n ** 55n) + elsewhere },
    ],
  };
  const name = pick(random, Object.keys(lies)) ?? '';
  volume.say(`runs of attribute ${one.type.toString(16)} of record ${record.number} ${name}`);
  volume.writeRecord(record, runsAt, mappingPairs(lies[name]?.() ?? [], room));
};

const breakList: Blow = (scene) => {
  const { volume, random } = scene;
  const [record, one] = someAttribute(scene, ({ type }) => type === ATTRIBUTE_LIST);
  if (record === undefined || one === undefined) return;
  // Entries are 32 bytes long as long as they have no names.
  const entry = 32 * random.integer(12);
  if (one.resident) breakIn(scene, 'attribute list', LIST_FIELDS, record, one.offset + 24 + entry);
  else
    breakAt(
      scene,
      `attribute list of record ${record.number}`,
      LIST_FIELDS,
      (one.runs[0]?.start ?? 0) + entry,
    );
  if (random.integer(3) > 0) return;
  const self = wordOf(BigInt(record.number), 6);
  volume.say('and an entry leads back to its own record');
  if (one.resident) volume.writeRecord(record, one.offset + 24 + entry + 16, self);
  else volume.write((one.runs[0]?.start ?? 0) + entry + 16, self);
};

/** Folders in each other, records that extend each other. */
const makeLoop: Blow = (scene) => {
  const { base, volume, random } = scene;
  const [a, b] = [someRecord(scene), someRecord(scene)];
  const point = (from: LayoutRecord, to: LayoutRecord): void => {
    const reference = wordOf(BigInt(to.number) | (1n << 48n), 8);
    if (random.integer(3) === 0) {
      volume.writeRecord(from, 0x20, reference);
      return;
    }
    for (const one of from.attributes) {
      if (one.type === FILE_NAME) volume.writeRecord(from, one.offset + 24, reference.subarray(0, 6));
    }
  };
  volume.say(`records ${a.number} and ${b.number} lead to each other`);
  point(a, b);
  point(b, random.integer(4) === 0 ? (base.layout.records[0] as LayoutRecord) : a);
};

const breakName: Blow = (scene) => {
  const [record, one] = someAttribute(scene, ({ type }) => type === FILE_NAME);
  if (record !== undefined && one !== undefined)
    breakIn(scene, 'name', FILE_NAME_FIELDS, record, one.offset + 24);
};

const breakIndex: Blow = (scene) => {
  const { volume, random } = scene;
  const [record, one] = someAttribute(scene, ({ type }) => type === INDEX_ALLOCATION || type === INDEX_ROOT);
  if (record === undefined || one === undefined) return;
  if (one.resident) {
    const value = one.offset + volume.readRecord(record).readUInt16LE(one.offset + 20);
    const isEntry = random.integer(2) === 0;
    breakIn(
      scene,
      isEntry ? 'index root entry' : 'index root',
      isEntry ? INDEX_ENTRY_FIELDS : INDEX_ROOT_FIELDS,
      record,
      value + (isEntry ? 32 : 0),
    );
    return;
  }
  const run = pick(random, one.runs) ?? { start: 0, end: 4096 };
  const block = run.start + 4096 * random.integer(Math.max(1, Math.floor((run.end - run.start) / 4096)));
  const view = Buffer.from(volume.bytes.buffer, volume.bytes.byteOffset, volume.bytes.byteLength);
  if (random.integer(2) === 0) return breakAt(scene, `index block at ${block}`, INDEX_BLOCK_FIELDS, block);
  let entry = block + 24 + view.readUInt32LE(block + 24);
  for (let n = random.integer(20); n > 0 && entry + 120 < block + 4096; n--)
    entry += Math.max(8, view.readUInt16LE(entry + 8));
  if (entry + 96 < volume.bytes.length) breakAt(scene, `index entry at ${entry}`, INDEX_ENTRY_FIELDS, entry);
};

const spoilBitmap: Blow = ({ base, volume, random }) => {
  const record = base.layout.records.find(({ number }) => number === pick(random, [6, 6, 0]));
  const one = record?.attributes.find(({ type }) => type === (record.number === 0 ? 0xb0 : DATA));
  const run = one?.runs[0];
  if (record === undefined || run === undefined) return;
  const length = 1 + random.integer(run.end - run.start);
  const bytes = new Uint8Array(length).fill(pick(random, [0, 0xff, 0x55]) ?? 0);
  if (random.integer(3) === 0) random.fill(bytes);
  volume.say(`${length} bytes of the bitmap of record ${record.number} spoilt`);
  volume.write(run.start + random.integer(run.end - run.start - length + 1), bytes);
};

const spoilMirror: Blow = ({ base, volume, random }) => {
  const { mirrorStart, recordBytes, records } = base.layout;
  const slot = mirrorStart + recordBytes * random.integer(4);
  const stranger = pick(random, records);
  const how = random.integer(3);
  volume.say(
    `record at ${slot} of $MFTMirr ${how === 0 ? 'is noise' : how === 1 ? 'is zeros' : 'is another'}`,
  );
  const noise = new Uint8Array(recordBytes);
  volume.write(
    slot,
    how === 0 ? random.fill(noise) : how === 1 || !stranger ? noise : volume.readRecord(stranger),
  );
};

const spoilUpcase: Blow = ({ base, volume, random }) => {
  const run = base.layout.records
    .find(({ number }) => number === 10)
    ?.attributes.find(({ type }) => type === DATA)?.runs[0];
  if (run === undefined) return;
  volume.say('$UpCase is noise');
  volume.write(run.start, random.fill(new Uint8Array(Math.min(4096, run.end - run.start))));
};

/** A record over another, or a wiped one. */
const replaceRecord: Blow = (scene) => {
  const { volume, random } = scene;
  const [from, to] = [someRecord(scene), someRecord(scene)];
  const bytes = volume.readRecord(from);
  const how = random.integer(4);
  if (how === 0) bytes.fill(0);
  if (how === 1) random.fill(bytes.subarray(4));
  volume.say(`record ${to.number} is ${how === 0 ? 'zeros' : how === 1 ? 'noise' : `record ${from.number}`}`);
  volume.writeRecord(to, 0, bytes);
};

/** Everything that tells a size agrees that the volume is as large as numbers go: no field is held by another. */
const inflate: Blow = ({ base, volume, random }) => {
  const { layout } = base;
  const sectors = 2 ** (30 + random.integer(14));
  const bytes = BigInt(sectors) * 2n ** BigInt(random.integer(9));
  volume.say(`a volume of ${sectors} sectors, with lists of ${bytes} bytes`);
  for (const at of [0, layout.volumeBytes].slice(0, 1 + random.integer(2))) {
    volume.write(at + 0x28, wordOf(BigInt(sectors), 8));
  }
  const victims = [someRecord({ base, random }), someRecord({ base, random })].map(({ number }) => number);
  for (const number of [...VITAL, ...victims]) {
    const record = layout.records.find((one) => one.number === number);
    if (record === undefined || random.integer(2) === 0) continue;
    const endless = mappingPairs([{ length: bytes, change: 2n }], 12);
    for (const one of record.attributes.filter(({ resident }) => !resident)) {
      for (const field of [40, 48, 56]) volume.writeRecord(record, one.offset + field, wordOf(bytes, 8));
      if (random.integer(3) === 0) {
        // Compressed in units of 16 clusters.
        volume.writeRecord(record, one.offset + 12, wordOf(1n, 2));
        volume.writeRecord(record, one.offset + 34, wordOf(4n, 2));
      }
      if (random.integer(3) > 0) continue;
      const runsAt = one.offset + volume.readRecord(record).readUInt16LE(one.offset + 32);
      if (runsAt + 12 <= one.offset + one.length) volume.writeRecord(record, runsAt, endless);
    }
  }
};

/** Bad clusters by the thousand, in their right places: the one list that makes the rescue leave something out. */
const forgeBadClusters: Blow = ({ base, volume, random }) => {
  const record = base.layout.records.find(({ number }) => number === 8);
  const one = record?.attributes.find(({ type, name }) => type === DATA && name !== '');
  if (record === undefined || one === undefined) return;
  const runsAt = one.offset + volume.readRecord(record).readUInt16LE(one.offset + 32);
  const first = random.integer(base.layout.clusterCount);
  const length = 1 + random.integer(Math.ceil(base.layout.clusterCount / 4));
  volume.say(`$BadClus lists ${length} clusters from ${first}`);
  const runs = [{ length: BigInt(first) }, { length: BigInt(length), change: BigInt(first) }];
  volume.writeRecord(record, runsAt, mappingPairs(runs, one.offset + one.length - runsAt));
};

const BLOWS: readonly Blow[] = [
  ...[
    flipBits,
    flipBits,
    spoilBytes,
    spoilBytes,
    breakBoot,
    breakRecord,
    breakRecord,
    breakAttribute,
    breakAttribute,
  ],
  ...[breakSizes, breakRuns, breakRuns, breakList, makeLoop, breakName, breakIndex, breakIndex, spoilBitmap],
  ...[spoilMirror, spoilUpcase, replaceRecord, forgeBadClusters, inflate],
];

/** One to five blows to a volume. */
export function strike(base: FuzzBase, volume: DamagedVolume, random: SeededRandom): void {
  for (let n = 1 + random.integer(5); n > 0; n--) pick(random, BLOWS)?.({ base, volume, random });
}
