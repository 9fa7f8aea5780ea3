import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { RangeSet } from '../../src/block/range-set.ts';
import { ATTRIBUTE } from '../../src/ntfs/attribute.ts';
import type { FileContent } from '../../src/ntfs/file-content.ts';
import { withHoles } from '../../src/ntfs/holes.ts';
import { namedFiles } from '../../src/ntfs/named-files.ts';
import { openNtfs } from '../../src/ntfs/open-ntfs.ts';
import type { VolumeReader } from '../../src/ntfs/volume-reader.ts';
import { type TreeEntry, type VolumeTree, volumeTree } from '../../src/ntfs/volume-tree.ts';
import { openVolume, recordPlace } from '../support/ntfs-places.ts';
import { shatter } from '../support/ntfs-population.ts';
import { memoryReader } from '../support/ntfs-reader.ts';
import { makeVolume as makeEmptyVolume, scratchFolder, withMounted } from '../support/ntfs-volume.ts';
import { seededRandom } from '../support/random.ts';
import { missing } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';

const MIB = 2 ** 20;
const skip = missing({ tools: ['mkntfs', 'ntfs-3g', 'setfattr'], root: true });

async function treeOf(reader: VolumeReader): Promise<VolumeTree> {
  const opened = await openNtfs(reader);
  assert.ok(opened !== undefined, 'the volume opens');
  return volumeTree(opened.volume);
}

async function entryAt(tree: VolumeTree, path: string): Promise<TreeEntry> {
  const entry = await tree.find(path);
  assert.ok(!('missing' in entry), `${path} is there`);
  return entry;
}

async function contentAt(tree: VolumeTree, path: string): Promise<FileContent> {
  const [file = '', stream = ''] = path.split(':');
  const details = await tree.details(await entryAt(tree, file));
  const found = details?.streams.find(({ name }) => name === stream);
  assert.ok(found !== undefined, `${path} has content`);
  return found.content;
}

/** All of a content, by way of `nextStored`, in pieces that fit nothing. */
async function readAll(content: FileContent): Promise<{ bytes: Buffer; missing: RangeSet }> {
  const PIECE = 100_001;
  const bytes = Buffer.alloc(content.sizeBytes);
  const holes: { start: number; end: number }[] = [];
  for (let at = content.nextStored(0); at < content.sizeBytes; ) {
    const chunk = await content.read(at, Math.min(PIECE, content.sizeBytes - at));
    bytes.set(chunk.bytes, at);
    for (const { start, end } of chunk.holes) holes.push({ start: at + start, end: at + end });
    at = content.nextStored(at + chunk.bytes.length);
  }
  return { bytes, missing: RangeSet.of(holes) };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('content of files that ntfs-3g wrote', { skip }, () => {
  let volume: Volume;
  let image: Uint8Array;

  before(async () => {
    volume = await makeVolume({ sizeBytes: 40 * MIB, populate: everyKind(4), seed: 31 });
    image = new Uint8Array(await readFile(volume.image));
  });
  after(() => volume[Symbol.asyncDispose]());

  test('every file, stream and hard link has the bytes of the truth', async () => {
    const tree = await treeOf(memoryReader(image));
    for (const [path, { size, sha256: truth }] of volume.truth) {
      const content = await contentAt(tree, path);
      assert.equal(content.sizeBytes, size, path);
      const { bytes, missing: holes } = await readAll(content);
      assert.ok(holes.isEmpty, path);
      assert.equal(sha256(bytes), truth, path);
      assert.equal(await content.missingBytes(RangeSet.EMPTY), 0, path);
    }
  });

  test('letters of either case and the forms of a path lead to the same file', async () => {
    const tree = await treeOf(memoryReader(image));
    const { record } = await entryAt(tree, 'Users/Ada/Pictures/3.jpg');
    for (const path of [
      '/users/ADA/pictures/3.JPG',
      'Users\\Ada\\Pictures\\3.jpg',
      './Users//Ada/Pictures/3.jpg',
    ]) {
      assert.equal((await entryAt(tree, path)).record, record, path);
    }
    assert.deepEqual(await tree.find('Users/Bob/x'), { missing: 'Users/Bob', damaged: false });
  });

  /** Sectors scattered over everything behind the first mebibyte of structures. */
  function scattered(seed: number, count: number): RangeSet {
    const random = seededRandom(seed);
    const sectors = Array.from({ length: count }, () => random.integer(image.length / 512));
    return RangeSet.of(sectors.map((sector) => ({ start: sector * 512, end: sector * 512 + 512 })));
  }

  test('lost sectors: every byte that is not named as missing is right, in compressed files too', async () => {
    const healthy = await openVolume(memoryReader(image));
    const structures = RangeSet.of([
      { start: 0, end: 8192 },
      ...healthy.mft.runs.map(({ lcn = 0, length }) => ({
        start: lcn * volume.clusterBytes,
        end: (lcn + length) * volume.clusterBytes,
      })),
    ]);
    const whole = await treeOf(memoryReader(image));
    let compressedLoss = 0;
    for (const seed of [1, 2, 3]) {
      const lost = scattered(seed, 6000).subtract(structures);
      const tree = await treeOf(withHoles(memoryReader(image), lost));
      for (const path of volume.truth.keys()) {
        const truth = await readAll(await contentAt(whole, path));
        const content = await contentAt(tree, path);
        const { bytes, missing: holes } = await readAll(content);
        for (const { start, end } of holes) truth.bytes.fill(0, start, end);
        assert.ok(bytes.equals(truth.bytes), `${path} with seed ${seed}`);
        assert.equal(await content.missingBytes(lost), holes.totalBytes, `${path} with seed ${seed}`);
        if (path.startsWith('Compressed/') && holes.totalBytes > 0) compressedLoss++;
      }
    }
    assert.ok(compressedLoss > 5, `${compressedLoss} compressed files were hit`);
  });

  test('a folder whose record or index is lost still shows its files', async () => {
    const healthy = await openVolume(memoryReader(image));
    const { record } = await entryAt(await treeOf(memoryReader(image)), 'Users/Ada/Pictures');
    const lost = RangeSet.of([await recordPlace(healthy, record)]);
    const tree = await treeOf(withHoles(memoryReader(image), lost));
    const pictures = await entryAt(tree, 'Users/Ada/Pictures');
    assert.equal(pictures.problem, 'record unreadable');
    assert.ok(pictures.isDirectory);
    const { entries, damaged } = await tree.list(pictures);
    assert.ok(damaged);
    assert.equal(entries.length, 40);
    const { bytes } = await readAll(await contentAt(tree, 'Users/Ada/Pictures/7.jpg'));
    assert.equal(sha256(bytes), volume.truth.get('Users/Ada/Pictures/7.jpg')?.sha256);
  });
});

test('a file whose map is spread over several records: read, named first, and with a record lost', {
  skip,
}, async () => {
  const folder = scratchFolder();
  const path = join(folder.path, 'shattered');
  makeEmptyVolume(path, { clusterBytes: 512, sizeBytes: 16 * MIB });
  let truth = Buffer.alloc(0);
  withMounted(path, (mounted) => {
    shatter(mounted, 5 * MIB);
    truth = readFileSync(join(mounted, 'big.bin'));
  });
  const image = new Uint8Array(readFileSync(path));
  folder.remove();
  const tree = await treeOf(memoryReader(image));
  const { bytes } = await readAll(await contentAt(tree, 'big.bin'));
  assert.ok(bytes.equals(truth));
  const { ranges, unmatched } = await namedFiles(tree.volume, ['BIG*', 'b', '**/big.bin']);
  assert.deepEqual(unmatched, ['b']);
  // The attribute list lies in clusters of its own.
  assert.ok(ranges.count > 200, `${ranges.count} pieces`);
  assert.ok(ranges.totalBytes >= 5 * MIB && ranges.totalBytes < 5 * MIB + 65_536);

  const { record } = await entryAt(tree, 'big.bin');
  const extensions: number[] = [];
  for await (const [number, state] of tree.volume.mft.records()) {
    const extension =
      state.state === 'in-use' && state.record.base?.record === record ? state.record : undefined;
    if (extension?.attributes.some(({ type }) => type === ATTRIBUTE.DATA)) extensions.push(number);
  }
  assert.ok(extensions.length >= 1);
  for (const number of extensions) {
    const lost = RangeSet.of([await recordPlace(tree.volume, number)]);
    const hurt = await treeOf(withHoles(memoryReader(image), lost));
    const content = await contentAt(hurt, 'big.bin');
    assert.equal(content.sizeBytes, 5 * MIB, 'the size is known all the same');
    const result = await readAll(content);
    assert.ok(result.missing.totalBytes > 10_000 && result.missing.totalBytes < 5 * MIB);
    assert.equal(await content.missingBytes(lost), result.missing.totalBytes);
    const expected = Buffer.from(bytes);
    for (const { start, end } of result.missing) expected.fill(0, start, end);
    assert.ok(result.bytes.equals(expected));
  }
});

test('600 damaged volumes: listing and reading everything ends, without a crash', { skip }, async () => {
  await using volume = await makeVolume({
    sizeBytes: 16 * MIB,
    populate: async (writer) => {
      if (await writer.compressedFolder('C')) await writer.file('C/c.log', writer.compressible(200_000));
      for (let i = 0; i < 60; i++) await writer.file(`F/file with a name ${i}.txt`, i * 97);
      await writer.sparse('sparse', 10 * MIB, 3);
      await writer.file('s.txt:stream', 5000);
    },
  });
  const image = new Uint8Array(readFileSync(volume.image));
  const healthy = await openVolume(memoryReader(image));
  const places: { start: number; length: number }[] = [];
  for await (const [, state] of healthy.mft.records()) {
    if (state.state === 'in-use') places.push({ start: state.record.position, length: 600 });
  }
  const random = seededRandom(77);
  for (let number = 0; number < 600; number++) {
    const undo: [number, number][] = [];
    for (let blows = 1 + random.integer(12); blows > 0; blows--) {
      const place = places[random.integer(places.length)];
      if (place === undefined) break;
      const at = place.start + random.integer(place.length);
      undo.push([at, image[at] ?? 0]);
      image[at] = random.integer(2) === 0 ? 0xff : random.integer(256);
    }
    const begun = performance.now();
    const opened = await openNtfs(memoryReader(image));
    if (opened !== undefined) {
      await walk(volumeTree(opened.volume), `case ${number}`);
      await namedFiles(opened.volume, ['F/*', '**/*.txt', 'personal']);
    }
    const took = performance.now() - begun;
    assert.ok(took < 3000, `case ${number}: ${Math.round(took)} ms`);
    for (const [at, byte] of undo.reverse()) image[at] = byte;
  }
});

/** Reads what a copy of everything would read, up to a bound for sizes that are damaged but possible. */
async function walk(tree: VolumeTree, label: string): Promise<void> {
  const MOST_PIECES = 40;
  const seen = new Set<number>();
  const pending = [await tree.root()];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    if (seen.has(folder.record)) continue;
    seen.add(folder.record);
    for (const named of (await tree.list(folder)).entries) {
      const entry = await tree.child(folder, named);
      if (entry.isDirectory) pending.push(entry);
      for (const { content } of (await tree.details(entry))?.streams ?? []) {
        let at = content.nextStored(0);
        for (let pieces = 0; at < content.sizeBytes && pieces < MOST_PIECES; pieces++) {
          const length = Math.min(MIB, content.sizeBytes - at);
          assert.equal((await content.read(at, length)).bytes.length, length, label);
          const next = content.nextStored(at + length);
          assert.ok(next >= at + length, label);
          at = next;
        }
      }
    }
  }
}
