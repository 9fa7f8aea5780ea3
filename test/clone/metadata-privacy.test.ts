import assert from 'node:assert/strict';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CopyMode, ourCopy, realCopy } from '../support/metadata-copy.ts';
import { startOfAttribute } from '../support/structures.ts';
import { missing, runOrThrow } from '../support/tools.ts';
import { damagedFiles, makeVolume, type Volume } from '../support/volume.ts';
import type { Population } from '../support/volume-populations.ts';

const SKIP = {
  skip: missing({ tools: ['ntfsclone', 'mkntfs', 'ntfs-3g', 'ntfsinfo', 'setfattr'], root: true }),
};
const MIB = 2 ** 20;
const CLUSTER_BYTES = 4096;

/** In which copies a secret may be found: the table in docs/metadata.md. */
type Stays =
  | 'never'
  /** In those of ntfsclone alone. */
  | 'theirs'
  /** In those of ntfsclone and ours, unless the rules are strict. */
  | 'plain'
  /** Only where the whole log is asked for. */
  | 'full log'
  | 'always';

/** Every secret, where it is planted, and where it stays. No secret is a part of another. */
const SECRETS: readonly (readonly [secret: string, where: string, stays: Stays])[] = [
  ['LIVE-NAME', 'name of a file', 'always'],
  ['STREAM-NAME', 'name of a stream', 'always'],
  ['VOLUMELABEL', 'label of the volume', 'plain'],
  ['SMALL-CONTENT', 'content of a small file', 'never'],
  ['LARGE-CONTENT', 'content of a large file', 'never'],
  ['SMALL-STREAM', 'content of a small stream', 'never'],
  ['LARGE-STREAM', 'content of a large stream', 'never'],
  ['ROOT-SMALL', 'content of a small stream of the root folder', 'theirs'],
  ['ROOT-LARGE', 'content of a large stream of the root folder', 'theirs'],
  ['DELETED-SMALL', 'content of a small file that was deleted', 'never'],
  ['DELETED-LARGE', 'content of a large file that was deleted', 'never'],
  ['DELETED-NAME', 'name of a deleted file, in the slack of its folder', 'plain'],
  ['SMALL-EA', 'extended attribute in its record', 'plain'],
  ['LARGE-EA', 'extended attribute in clusters', 'plain'],
  ['JUNCTION', 'target of a junction', 'plain'],
  ['SYMBOLIC', 'target of a symbolic link', 'plain'],
  ['OBJECT-ID-16-BYT', 'object id', 'plain'],
  ['RECORD-SLACK', 'slack of a system record', 'plain'],
  ['CLUSTER-SLACK', 'slack behind the content of $AttrDef', 'plain'],
  ['BOOT-CODE', 'boot code', 'plain'],
  ['LOG-BEGINNING', 'first 16 KiB of the log', 'plain'],
  ['LOG-REST', 'rest of the log', 'full log'],
];

const large = (text: string): Buffer => Buffer.alloc(60_000, `${text} `);

/** One extended attribute, as NTFS stores them. */
function extendedAttribute(value: Buffer): string {
  const bytes = Buffer.alloc(8 + 8 + value.length + 3 - ((value.length + 3) % 4));
  bytes.writeUInt32LE(bytes.length, 0);
  bytes[5] = 7;
  bytes.writeUInt16LE(value.length, 6);
  bytes.write('EA.NAME', 8);
  value.copy(bytes, 16);
  return `0x${bytes.toString('hex')}`;
}

const secrets: Population = async (volume) => {
  const attribute = (name: string, value: string, path: string): Promise<string> =>
    runOrThrow('setfattr', ['-h', '-n', `system.${name}`, '-v', value, join(volume.root, path)]);
  await volume.file('papers/LIVE-NAME.txt', Buffer.from('SMALL-CONTENT'));
  await volume.file('papers/large.bin', large('LARGE-CONTENT'));
  await volume.file('papers/large.bin:STREAM-NAME', Buffer.from('SMALL-STREAM'));
  await volume.file('papers/large.bin:large', large('LARGE-STREAM'));
  await volume.file(':small', Buffer.from('ROOT-SMALL'));
  await volume.file(':large', large('ROOT-LARGE'));
  for (let i = 0; i < 60; i++)
    await volume.file(`gone/DELETED-NAME ${i} of many`, Buffer.from('DELETED-SMALL'));
  for (let i = 0; i < 10; i++) await volume.file(`gone/large ${i}`, large('DELETED-LARGE'));
  for (let i = 0; i < 60; i++) await volume.remove(`gone/DELETED-NAME ${i} of many`);
  for (let i = 5; i < 10; i++) await volume.remove(`gone/large ${i}`);
  await volume.file('ea/small', Buffer.from('x'));
  await attribute('ntfs_ea', extendedAttribute(Buffer.from('SMALL-EA')), 'ea/small');
  await volume.file('ea/large', Buffer.from('x'));
  await attribute('ntfs_ea', extendedAttribute(Buffer.alloc(16_000, 'LARGE-EA ')), 'ea/large');
  await volume.junction('C:\\JUNCTION', 'links/one');
  await volume.symbolicLink('../SYMBOLIC', 'links/two');
  await volume.file('ids/one', Buffer.from('x'));
  await attribute('ntfs_object_id', `0x${Buffer.from('OBJECT-ID-16-BYT').toString('hex')}`, 'ids/one');
};

let folder = '';
let volume: Volume;

before(async () => {
  if (SKIP.skip !== false) return;
  folder = await mkdtemp(join(tmpdir(), 'lifeboat-privacy-'));
  volume = await makeVolume({
    sizeBytes: 24 * MIB,
    clusterBytes: CLUSTER_BYTES,
    label: 'VOLUMELABEL',
    junk: false,
    populate: secrets,
  });
  const file = await open(volume.image, 'r+');
  const log = await startOfAttribute(volume.image, CLUSTER_BYTES, 2, '$DATA');
  const mft = await startOfAttribute(volume.image, CLUSTER_BYTES, 0, '$DATA');
  const attrDef = await startOfAttribute(volume.image, CLUSTER_BYTES, 4, '$DATA');
  await file.write('LOG-BEGINNING', log + 9_000);
  // Not in a cluster that begins at a power of two: those are kept for the restart pages they might hold.
  await file.write('LOG-REST', log + 23 * CLUSTER_BYTES + 100);
  await file.write('RECORD-SLACK', mft + 3 * 1024 + 900);
  await file.write('CLUSTER-SLACK', attrDef + 3_000);
  await file.write('BOOT-CODE', 0x100);
  await file.write('BOOT-CODE', 3 * 512);
  await file.close();
});
after(async () => {
  await volume?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Which secrets are in a file, as bytes or in UTF-16. */
async function found(path: string): Promise<string[]> {
  const bytes = await readFile(path);
  return SECRETS.map(([secret]) => secret).filter(
    (secret) => bytes.includes(secret) || bytes.includes(Buffer.from(secret, 'utf16le')),
  );
}

test('every secret is where it was planted', SKIP, async () => {
  assert.deepEqual(
    await found(volume.image),
    SECRETS.map(([secret]) => secret),
  );
});

const MODES: readonly (readonly [name: string, mode: CopyMode, staying: readonly Stays[]])[] = [
  ['-s', { form: 'image' }, ['always', 'plain']],
  ['raw', { form: 'raw' }, ['always', 'plain']],
  ['-s -t', { form: 'image', keepTimes: true }, ['always', 'plain']],
  ['-s --full-logfile', { form: 'image', fullLog: true }, ['always', 'plain', 'full log']],
  ['raw, --full-logfile', { form: 'raw', fullLog: true }, ['always', 'plain', 'full log']],
  ['-s --strict-privacy', { form: 'image', strict: true }, ['always']],
  ['raw, --strict-privacy', { form: 'raw', strict: true }, ['always']],
  ['-s -t --strict-privacy', { form: 'image', strict: true, keepTimes: true }, ['always']],
];

for (const [name, mode, staying] of MODES) {
  test(`only what the manual names stays in a metadata copy: ${name}`, SKIP, async () => {
    const output = join(folder, 'ours');
    await ourCopy(volume.image, output, mode);
    const those = (kinds: readonly Stays[]): string[] =>
      SECRETS.filter(([, , stays]) => kinds.includes(stays)).map(([secret]) => secret);
    assert.deepEqual(await found(output), those(staying));
    if (mode.strict) return;
    // Where the rules are those of ntfsclone it keeps the same, and what people put into the root folder itself.
    assert.equal(await realCopy(volume.image, output, mode), 0);
    assert.deepEqual(await found(output), those([...staying, 'theirs']), 'the real ntfsclone');
  });
}

test('a strict copy can still be mounted, and holds every name', SKIP, async () => {
  const output = join(folder, 'strict');
  await ourCopy(volume.image, output, { form: 'raw', strict: true });
  // Names and sizes are there; the contents are zeros.
  assert.deepEqual((await damagedFiles(output, volume.truth)).sort(), [...volume.truth.keys()].sort());
  const listing = await runOrThrow('ntfsls', ['-f', '-p', 'papers', output]);
  assert.match(listing, /LIVE-NAME\.txt/);
  const info = await runOrThrow('ntfsinfo', ['-f', '-v', '-F', 'papers/large.bin', output]);
  assert.match(info, /60000/);
});
