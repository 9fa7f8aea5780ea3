import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CloneError } from '../../src/clone/clone-error.ts';
import { wipeFileRecord } from '../../src/clone/metadata/file-record-block.ts';
import { wipeIndexBlock } from '../../src/clone/metadata/index-block.ts';
import { emptyTally } from '../../src/clone/metadata/wipe-rules.ts';
import { type CopyMode, ourCopy, realCopy, sameBytes } from '../support/metadata-copy.ts';
import { seededRandom } from '../support/random.ts';
import { attributeRuns, startOfAttribute } from '../support/structures.ts';
import { missing, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';

const SKIP = {
  skip: missing({ tools: ['ntfsclone', 'mkntfs', 'ntfs-3g', 'ntfsinfo', 'setfattr'], root: true }),
};
const CLUSTER_BYTES = 4096;
const RECORD_BYTES = 1024;
const SECRET = 'SECRET-OF-SOMEBODY';
const MODES: readonly CopyMode[] = [
  { form: 'image', ignoreFsCheck: true },
  { form: 'raw', ignoreFsCheck: true },
  { form: 'image', ignoreFsCheck: true, fullLog: true, keepTimes: true },
  { form: 'raw', ignoreFsCheck: true, strict: true },
];

let folder = '';
let volume: Volume;
let pristine: Buffer;

before(async () => {
  if (SKIP.skip !== false) return;
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-hostile-'));
  volume = await makeVolume({
    sizeBytes: 8 * 2 ** 20,
    junk: false,
    populate: async (writer) => {
      await writer.file('resident.txt', Buffer.alloc(500, `${SECRET} `));
      await writer.file('large.txt', Buffer.alloc(40_000, `${SECRET} `));
      for (let i = 0; i < 80; i++) await writer.file(`folder/name ${i} of a long folder`, Buffer.from('x'));
      await writer.file('with ea', Buffer.from('x'));
      const value = Buffer.alloc(8 + 2 + 9_998, 0x61);
      value.writeUInt32LE(value.length, 0);
      value.writeUInt8(1, 5);
      value.writeUInt8(0, 9);
      value.writeUInt16LE(9_998, 6);
      const words = ['-n', 'system.ntfs_ea', '-v', `0x${value.toString('hex')}`];
      await runOrThrow('setfattr', [...words, join(writer.root, 'with ea')]);
    },
  });
  pristine = await readFile(volume.image);
});
after(async () => {
  await volume?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Where the record of a file of this name is. */
function recordAt(bytes: Buffer, name: string): number {
  const wanted = Buffer.from(name, 'utf16le');
  for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
    if (bytes.toString('latin1', at, at + 4) !== 'FILE') continue;
    const record = bytes.subarray(at, at + RECORD_BYTES);
    const where = record.indexOf(wanted);
    if (where > 0 && record[where - 2] === name.length) return at;
  }
  throw new Error(`no record of ${name}`);
}

/** Where the attribute of a type is in a record. */
function attributeAt(bytes: Buffer, record: number, type: number): number {
  for (let at = record + bytes.readUInt16LE(record + 0x14); at < record + RECORD_BYTES; ) {
    if (bytes.readUInt32LE(at) === type) return at;
    at += bytes.readUInt32LE(at + 4) || RECORD_BYTES;
  }
  throw new Error(`no attribute ${type}`);
}

/** First cluster of the first run of a non-resident attribute: where its number is, and what it is. */
function firstLcn(bytes: Buffer, attribute: number): { at: number; size: number; lcn: number } {
  const run = attribute + bytes.readUInt16LE(attribute + 32);
  const header = bytes.readUInt8(run);
  const [at, size] = [run + 1 + (header & 15), header >> 4];
  return { at, size, lcn: bytes.readIntLE(at, size) };
}

/** Makes every kind of copy of a damaged volume; none may hold the secret. Returns how many blocks were cleared. */
async function copiesWithoutSecret(damage: (bytes: Buffer) => void): Promise<number[]> {
  const bytes = Buffer.from(pristine);
  damage(bytes);
  const [source, output] = [join(folder, 'damaged'), join(folder, 'output')];
  await writeFile(source, bytes);
  const cleared: number[] = [];
  for (const mode of MODES) {
    cleared.push((await ourCopy(source, output, mode)).tally.damagedBlocks);
    const copy = await readFile(output);
    assert.equal(copy.indexOf(SECRET), -1, `${JSON.stringify(mode)} holds the secret`);
    assert.equal(copy.indexOf(Buffer.from(SECRET, 'utf16le')), -1);
  }
  return cleared;
}

test('a torn record is cleared, not copied', SKIP, async () => {
  const cleared = await copiesWithoutSecret((bytes) => {
    const record = recordAt(bytes, 'resident.txt');
    bytes.writeUInt16LE(0xdead, record + 510);
  });
  assert.ok(cleared.every((count) => count === 1));
});

test('a record that is marked as damaged is cleared, not copied', SKIP, async () => {
  const cleared = await copiesWithoutSecret((bytes) => {
    bytes.write('BAAD', recordAt(bytes, 'resident.txt'));
  });
  assert.ok(cleared.every((count) => count === 1));
});

test('behind an attribute of impossible length nothing of a record is copied', SKIP, async () => {
  for (const [length, offset] of [
    [0, 4],
    [0x7fffffff, 4],
    [3, 4],
    [0xffff, 16],
  ] as const) {
    const cleared = await copiesWithoutSecret((bytes) => {
      const record = recordAt(bytes, 'resident.txt');
      // The first attribute, or the length of a value: the content comes behind it.
      const at = attributeAt(bytes, record, offset === 4 ? 0x10 : 0x80);
      bytes.writeUInt32LE(length, at + offset);
    });
    assert.ok(cleared.every((count) => count === 1));
  }
});

test(
  'a chain of index entries that does not go on ends, and nothing behind the break is copied',
  SKIP,
  async () => {
    const index = await startOfIndex('folder');
    for (const length of [0, 8, 0xfff8]) {
      const cleared = await copiesWithoutSecret((bytes) => {
        assert.equal(bytes.toString('latin1', index, index + 4), 'INDX');
        const entry = index + 0x18 + bytes.readUInt32LE(index + 0x18);
        const second = entry + bytes.readUInt16LE(entry + 8);
        bytes.writeUInt16LE(length, second + 8);
        // What a name behind the break may be.
        bytes.write(SECRET, second + 40, 'utf16le');
      });
      assert.ok(cleared.every((count) => count === 1));
    }
  },
);

test('an index entry that its own name does not fit in ends the chain', SKIP, async () => {
  const index = await startOfIndex('folder');
  const cleared = await copiesWithoutSecret((bytes) => {
    const entry = index + 0x18 + bytes.readUInt32LE(index + 0x18);
    const second = entry + bytes.readUInt16LE(entry + 8);
    // It goes on in its own middle, where what looks like an entry has the secret for sizes and flags.
    bytes.writeUInt16LE(0x28, second + 8);
    const inside = second + 0x28;
    bytes.writeUInt16LE(0x78, inside + 8);
    bytes.writeUInt16LE(0x68, inside + 10);
    bytes.writeUInt32LE(0, inside + 12);
    bytes.write(SECRET, inside + 16 + 40, 'latin1');
  });
  assert.ok(cleared.every((count) => count === 1));
});

test('a torn index block is cleared', SKIP, async () => {
  const index = await startOfIndex('folder');
  const cleared = await copiesWithoutSecret((bytes) => {
    bytes.writeUInt16LE(0xdead, index + 1022);
    bytes.write(SECRET, index + 0x200, 'utf16le');
  });
  assert.ok(cleared.every((count) => count === 1));
});

test('clusters of two files are left out, whatever one of them calls them', SKIP, async () => {
  await copiesWithoutSecret((bytes) => {
    const data = firstLcn(bytes, attributeAt(bytes, recordAt(bytes, 'large.txt'), 0x80));
    const ea = firstLcn(bytes, attributeAt(bytes, recordAt(bytes, 'with ea'), 0xe0));
    assert.equal(bytes.indexOf(SECRET, data.lcn * CLUSTER_BYTES), data.lcn * CLUSTER_BYTES);
    bytes.writeIntLE(data.lcn, ea.at, ea.size);
  });
});

test('a run that leaves the volume is refused in one sentence, and nothing is written', SKIP, async () => {
  const bytes = Buffer.from(pristine);
  const ea = firstLcn(bytes, attributeAt(bytes, recordAt(bytes, 'with ea'), 0xe0));
  bytes.writeIntLE(2 ** (8 * ea.size - 1) - 1, ea.at, ea.size);
  const [source, output] = [join(folder, 'damaged'), join(folder, 'refused')];
  await writeFile(source, bytes);
  for (const form of ['raw', 'image'] as const) {
    await assert.rejects(ourCopy(source, output, { form }), (error) => {
      assert.ok(error instanceof CloneError);
      assert.match(error.message, /clusters|run/);
      return true;
    });
    await assert.rejects(readFile(output), { code: 'ENOENT' });
  }
});

test('clusters that only $Bitmap calls used are left out, unlike those of ntfsclone', SKIP, async () => {
  const bitmap = await startOfAttribute(volume.image, CLUSTER_BYTES, 6, '$DATA');
  const bytes = Buffer.from(pristine);
  let lcn = 900;
  while (((bytes.readUInt8(bitmap + (lcn >> 3)) >> (lcn & 7)) & 1) === 1) lcn++;
  bytes.writeUInt8(bytes.readUInt8(bitmap + (lcn >> 3)) | (1 << (lcn & 7)), bitmap + (lcn >> 3));
  bytes.fill(SECRET, lcn * CLUSTER_BYTES, (lcn + 1) * CLUSTER_BYTES);
  const [source, ours, real] = ['damaged', 'ours', 'real'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(source, bytes);
  const mode: CopyMode = { form: 'raw', ignoreFsCheck: true };
  await ourCopy(source, ours, mode);
  assert.equal(await realCopy(source, real, mode), 0);
  const theirs = await readFile(real);
  assert.ok(theirs.includes(SECRET), 'the real ntfsclone does not do this any more');
  // That cluster is the only difference.
  theirs.fill(0, lcn * CLUSTER_BYTES, (lcn + 1) * CLUSTER_BYTES);
  assert.ok((await readFile(ours)).equals(theirs));
});

test(
  'an unclean log with --full-logfile is cleared around it, where ntfsclone clears nothing',
  SKIP,
  async () => {
    const log = await startOfAttribute(volume.image, CLUSTER_BYTES, 2, '$DATA');
    const [source, ours, real] = [join(folder, 'unclean'), join(folder, 'ours'), join(folder, 'real')];
    const bytes = Buffer.from(pristine);
    for (const page of [log, log + 4096]) {
      if (bytes.toString('latin1', page, page + 4) === 'RSTR') continue;
      // mkntfs leaves an empty log: two restart pages of version 1.1 with a client that has it open.
      writeRestartPage(bytes.subarray(page, page + 4096));
    }
    await writeFile(source, bytes);
    const mode: CopyMode = { form: 'raw', fullLog: true };
    assert.equal(await realCopy(source, real, mode), 0);
    assert.ok((await readFile(real)).includes(SECRET), 'the real ntfsclone clears this by now');
    await ourCopy(source, ours, mode);
    assert.ok(!(await readFile(ours)).includes(SECRET));
    // Without it the log is thrown away, as there.
    await copyFile(source, `${source}.2`);
    await ourCopy(source, ours, { form: 'raw' });
    await rm(real);
    assert.equal(await realCopy(source, real, { form: 'raw' }), 0);
    assert.ok(await sameBytes(ours, real));
  },
);

test('a log of version 2 that is not closed is emptied in a volume and kept in an image', SKIP, async () => {
  const log = await startOfAttribute(volume.image, CLUSTER_BYTES, 2, '$DATA');
  const [source, ours, real] = [join(folder, 'unclean'), join(folder, 'ours'), join(folder, 'real')];
  const bytes = Buffer.from(pristine);
  for (const page of [log, log + 4096]) writeRestartPage(bytes.subarray(page, page + 4096), 2);
  await writeFile(source, bytes);
  for (const form of ['raw', 'image'] as const) {
    assert.equal(await realCopy(source, real, { form }), 0);
    await ourCopy(source, ours, { form });
    assert.ok(await sameBytes(ours, real), form);
    await rm(ours);
    await rm(real);
  }
  await ourCopy(source, ours, { form: 'raw' });
  const copy = await readFile(ours);
  assert.ok(copy.subarray(log, log + 2 ** 16).every((byte) => byte === 0xff));
});

test('a new serial number is one, where that of ntfsclone is 0', SKIP, async () => {
  const output = join(folder, 'output');
  await ourCopy(volume.image, output, { form: 'raw', newSerial: 'full' });
  const copy = await readFile(output);
  const serials = [0, copy.length - 512].map((sector) => copy.readBigUInt64LE(sector + 0x48));
  assert.equal(serials[0], serials[1]);
  assert.ok(serials[0] !== 0n && serials[0] !== pristine.readBigUInt64LE(0x48));
});

test('random damage to a record or an index block never lets a secret through', SKIP, async () => {
  const random = seededRandom(7);
  const record = recordAt(pristine, 'resident.txt');
  const index = await startOfIndex('folder');
  const types = [0x10, 0x30, 0x80].map((type) => attributeAt(pristine, record, type) - record);
  // Seven minutes share these bytes of a time.
  const aTime = attributeAt(pristine, record, 0x10) + 28;
  const time = pristine.subarray(aTime, aTime + 4);
  const special = [0, 1, 2, 8, 0x10, 0x18, 0x28, 0x40, 0x48, 0x80, 0xe0, 0xff];
  const strict = { keepTimes: false, strict: true };
  const usual = { keepTimes: false, strict: false };
  let whole = 0;
  for (let round = 0; round < 20_000; round++) {
    const isRecord = round % 4 !== 0;
    const start = isRecord ? record : index;
    const block = Buffer.from(pristine.subarray(start, start + (isRecord ? RECORD_BYTES : CLUSTER_BYTES)));
    if (!isRecord) mislead(block, () => random.integer(64));
    for (let i = 0; i <= random.integer(4); i++) {
      const at = random.integer(isRecord ? 0x200 : 0x300);
      // The magic of another kind of block, and an attribute that says it is another known one, cannot be told apart.
      if (at < 4 || (isRecord && types.some((type) => at >= type && at < type + 4))) continue;
      block.writeUInt8(special[random.integer(2 * special.length)] ?? random.integer(256), at);
    }
    const tally = emptyTally();
    const rules = round % 2 === 0 ? strict : usual;
    if (isRecord) wipeFileRecord(block, 30, 'own', rules, tally);
    else wipeIndexBlock(block, 'names', true, 'own', rules, tally);
    if (tally.damagedBlocks === 0) whole++;
    assert.equal(block.indexOf(SECRET), -1, `round ${round}: a secret got through`);
    if (rules.strict) assert.equal(block.indexOf(time), -1, `round ${round}: a time got through`);
  }
  assert.ok(
    whole > 1000,
    `only ${whole} of 20000 blocks were not cleared as damaged: too much damage to say anything`,
  );
});

test('random damage to a volume ends in a copy or in one clear error', SKIP, async () => {
  const random = seededRandom(8);
  const mft = await startOfAttribute(volume.image, CLUSTER_BYTES, 0, '$DATA');
  const [source, output] = [join(folder, 'damaged'), join(folder, 'output')];
  let copies = 0;
  for (let round = 0; round < 16; round++) {
    const bytes = Buffer.from(pristine);
    for (let i = 0; i < 40; i++) {
      bytes.writeUInt8(random.integer(256), mft + 24 * RECORD_BYTES + random.integer(100 * RECORD_BYTES));
    }
    await writeFile(source, bytes);
    try {
      await ourCopy(source, output, MODES[round % MODES.length] as CopyMode);
      copies++;
    } catch (error) {
      assert.ok(error instanceof CloneError, `round ${round}: ${String(error)}`);
    }
  }
  assert.ok(copies > 8, `only ${copies} of 16 damaged volumes could be copied`);
});

/** Sets the low words of all times in an index block to what may be the length of an entry. */
function mislead(block: Buffer, integer: () => number): void {
  const end = 0x18 + block.readUInt32LE(0x1c);
  for (let at = 0x18 + block.readUInt32LE(0x18); at < end - 16; at += block.readUInt16LE(at + 8)) {
    if (block.readUInt16LE(at + 10) === 0) return;
    for (let time = 0; time < 4; time++) block.writeUInt16LE(8 * integer(), at + 24 + 8 * time);
  }
}

/** Where the index of a folder begins. */
async function startOfIndex(name: string): Promise<number> {
  const record = recordAt(pristine, name);
  const mft = await startOfAttribute(volume.image, CLUSTER_BYTES, 0, '$DATA');
  const runs = await attributeRuns(volume.image, (record - mft) / RECORD_BYTES);
  const lcn = runs.find(({ type }) => type === '$INDEX_ALLOCATION')?.runs[0]?.lcn;
  assert.ok(lcn !== undefined, `${name} has no index in clusters`);
  return lcn * CLUSTER_BYTES;
}

/** A restart page of a log that a client has open (specification). */
function writeRestartPage(page: Buffer, major = 1): void {
  page.fill(0);
  page.write('RSTR');
  page.writeUInt16LE(0x1e, 4);
  page.writeUInt16LE(9, 6);
  page.writeUInt32LE(4096, 0x10);
  page.writeUInt32LE(4096, 0x14);
  page.writeUInt16LE(0x30, 0x18);
  page.writeUInt16LE(major === 1 ? 1 : 0, 0x1a);
  page.writeUInt16LE(major, 0x1c);
  page.writeUInt16LE(1, 0x1e);
  const area = page.subarray(0x30);
  area.writeUInt16LE(1, 8);
  area.writeUInt16LE(0xffff, 10);
  area.writeUInt32LE(0x2c, 16);
  area.writeUInt16LE(0xe0, 20);
  area.writeUInt16LE(0x40, 22);
  area.writeBigUInt64LE(BigInt(2 ** 20), 24);
  area.writeUInt16LE(0x30, 36);
  area.writeUInt16LE(0x40, 38);
  const client = area.subarray(0x40);
  client.writeUInt16LE(0xffff, 16);
  client.writeUInt16LE(0xffff, 18);
  client.writeUInt32LE(8, 28);
  client.write('NTFS', 32, 'utf16le');
  for (let i = 1; i <= 8; i++) page.writeUInt16LE(1, i * 512 - 2);
}
