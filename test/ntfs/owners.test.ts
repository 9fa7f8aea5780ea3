import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RangeSet } from '../../src/block/range-set.ts';
import { type LostHolder, type OwnerReport, traceOwners } from '../../src/ntfs/owners.ts';
import { surveyVolume } from '../../src/ntfs/survey.ts';
import { clustersOf, healthyRecord, openVolume, recordPlace } from '../support/ntfs-places.ts';
import {
  findTagged,
  populate,
  shatter,
  type TaggedBlock,
  type TaggedFile,
  writeCompressed,
} from '../support/ntfs-population.ts';
import { type FileReader, fileReader } from '../support/ntfs-reader.ts';
import { makeVolume, missingNtfsTools, scratchFolder, withMounted } from '../support/ntfs-volume.ts';
import { seededRandom } from '../support/random.ts';

const skip = missingNtfsTools() ?? false;
const scratch = scratchFolder();
after(scratch.remove);

const MIB = 2 ** 20;

function sectors(blocks: readonly TaggedBlock[]): RangeSet {
  return RangeSet.of(blocks.map(({ volumeOffset: start }) => ({ start, end: start + 512 })));
}

/** Bytes of the volume that the report accounts for. */
function accounted(report: OwnerReport): number {
  return report.files.reduce((sum, file) => sum + file.diskBytes, report.freeBytes + report.unknownBytes);
}

function holderOf(report: OwnerReport, path: string, stream = ''): LostHolder {
  const found = report.files.find((file) => file.path === path && file.stream === stream);
  assert.ok(found, `${path} is not among ${report.files.map((file) => file.path).join(', ')}`);
  return found;
}

/** Compares the report with where the tags of each file were found on the raw volume. */
function assertTagged(report: OwnerReport, files: readonly TaggedFile[], lost: readonly TaggedBlock[]): void {
  for (const file of files) {
    const mine = lost.filter((block) => block.id === file.id);
    if (mine.length === 0) continue;
    const holder = holderOf(report, file.path, file.stream);
    assert.equal(holder.sizeBytes, file.sizeBytes);
    const truth = mine.map((block) => [block.fileOffset, block.volumeOffset]).sort(byFirst);
    const told = holder.pieces.flatMap((piece) =>
      Array.from({ length: piece.length / 512 }, (_, i) => [
        (piece.fileOffset ?? Number.NaN) + 512 * i,
        piece.volumeOffset + 512 * i,
      ]),
    );
    assert.deepEqual(told.sort(byFirst), truth, file.path);
    const content = mine.reduce((sum, block) => sum + Math.min(512, file.sizeBytes - block.fileOffset), 0);
    assert.deepEqual([holder.lostBytes, holder.kind], [content, 'file'], file.path);
  }
}

function byFirst(a: readonly number[], b: readonly number[]): number {
  return (a[0] ?? 0) - (b[0] ?? 0);
}

/** Every byte of a made volume that is lost finds its owner: files by the tags in the raw volume. */
async function checkVolume(path: string, reader: FileReader, files: readonly TaggedFile[]): Promise<void> {
  const random = seededRandom(41);
  const all = findTagged(path);
  const ids = new Set(files.map((file) => file.id));
  const isDeleted = (block: TaggedBlock): boolean => !ids.has(block.id);
  const some = all.filter(() => random.integer(20) === 0).filter((block) => !isDeleted(block));
  const report = await traceOwners(reader, sectors(some));
  assertTagged(report, files, some);
  const { freeBytes, unknownBytes } = report;
  assert.deepEqual([freeBytes, unknownBytes, report.omittedFiles], [0, 0, 0]);
  assert.equal(accounted(report), some.length * 512);
}

for (const clusterBytes of [512, 4096, 65536]) {
  test(`lost sectors are traced to files, streams and folders: ${clusterBytes}-byte clusters`, {
    skip,
  }, async () => {
    const path = join(scratch.path, `owners-${clusterBytes}`);
    makeVolume(path, { clusterBytes, sizeBytes: 96 * MIB });
    let files: TaggedFile[] = [];
    let small = '';
    let letter = 0;
    let folder = 0;
    withMounted(path, (mounted) => {
      files = populate(mounted, 300);
      small = files.find((file) => file.sizeBytes === 100)?.path ?? '';
      letter = statSync(join(mounted, 'Users/Ägidius ☃/deep/er/letter.txt')).ino;
      folder = statSync(join(mounted, 'Users/Ägidius ☃/deep')).ino;
    });
    let smallRecord = 0;
    withMounted(path, (mounted) => (smallRecord = statSync(join(mounted, small)).ino), 'ro');
    const reader = fileReader(path);
    await checkVolume(path, reader, files);

    const volume = await openVolume(reader);
    const many = await recordNumber(reader, 'many');
    const index = clustersOf(volume, await healthyRecord(volume, many), 0xa0);
    const records = [smallRecord, letter, folder];
    const places = await Promise.all(records.map((number) => recordPlace(volume, number)));
    const truth = await surveyVolume(reader);
    assert.ok(truth);
    const free = RangeSet.single(0, truth.boot.clusterCount * clusterBytes).subtract(truth.used);
    const lostFree = RangeSet.single(free.startOf(0), free.startOf(0) + 512);
    const mirror = clustersOf(volume, await healthyRecord(volume, 1), 0x80);
    const end = truth.boot.volumeBytes;
    const lost = RangeSet.of([
      ...places,
      ...lostFree,
      { start: index.startOf(0) + 512, end: index.startOf(0) + 1024 },
      { start: mirror.startOf(0), end: mirror.startOf(0) + 512 },
      { start: end, end: end + 512 },
    ]);
    const report = await traceOwners(reader, lost);
    assert.equal(accounted(report), lost.totalBytes);
    assert.deepEqual([report.freeBytes, report.unknownBytes], [512, 0]);
    const told = (path: string) => {
      const { record, kind, lostBytes, sizeBytes, recordLost } = holderOf(report, path);
      return { record, kind, lostBytes, sizeBytes, recordLost };
    };
    assert.deepEqual(told(small), {
      record: smallRecord,
      kind: 'file',
      lostBytes: 100,
      sizeBytes: 100,
      recordLost: true,
    });
    const deep = 'Users/Ägidius ☃/deep';
    assert.deepEqual(told(`${deep}/er/letter.txt`), {
      record: letter,
      kind: 'file',
      lostBytes: 0,
      sizeBytes: 9000,
      recordLost: true,
    });
    assert.deepEqual([told(deep).kind, told(deep).recordLost], ['directory', true]);
    assert.deepEqual(
      [told('many').kind, told('many').lostBytes, told('many').recordLost],
      ['directory', 512, undefined],
    );
    assert.deepEqual([told('$MFTMirr').kind, told('$MFT').kind], ['system', 'system']);
    assert.equal(holderOf(report, '$Boot', 'backup boot sector').lostBytes, 512);
    assert.equal(report.files.length, 7);
    const big = await traceOwners(
      reader,
      clustersOf(volume, await healthyRecord(volume, await recordNumber(reader, 'big.bin')), 0x80),
    );
    assert.deepEqual(holderOf(big, 'Users/big.bin').otherPaths, ['many/hard link.bin']);
    reader.close();
  });
}

/** The record of the first file with this name, found by looking at every record. */
async function recordNumber(reader: FileReader, name: string): Promise<number> {
  const volume = await openVolume(reader);
  for await (const [number, state] of volume.mft.records()) {
    if (state.state !== 'in-use') continue;
    const wide = Buffer.from(name, 'utf16le');
    const names = state.record.attributes.filter((one) => one.resident && one.type === 0x30);
    if (names.some((one) => one.resident && Buffer.from(one.value.subarray(66)).equals(wide))) return number;
  }
  throw new Error(`no file ${name}`);
}

test('a file in hundreds of pieces is traced through its attribute list, and misses a lost extension', {
  skip,
}, async () => {
  const path = join(scratch.path, 'pieces');
  makeVolume(path, { clusterBytes: 512, sizeBytes: 28 * MIB });
  const files: TaggedFile[] = [];
  withMounted(path, (folder) => {
    files.push(shatter(folder, 6 * MIB));
  });
  const reader = fileReader(path);
  await checkVolume(path, reader, files);
  const volume = await openVolume(reader);
  let extension = -1;
  for await (const [number, state] of volume.mft.records()) {
    const isExtension = state.state === 'in-use' && (state.record.base?.record ?? 0) > 64;
    if (isExtension && state.record.attributes.some((one) => one.type === 0x80)) extension = number;
  }
  const report = await traceOwners(reader, RangeSet.of([await recordPlace(volume, extension)]));
  assert.equal(holderOf(report, 'big.bin').recordLost, true);
  assert.equal(report.files.length, 2);
  reader.close();
});

test('a lost cluster of a compressed file harms its unit, unless the unit is stored as it is', {
  skip,
}, async () => {
  const path = join(scratch.path, 'compressed');
  makeVolume(path, { clusterBytes: 4096, sizeBytes: 32 * MIB });
  let content: Uint8Array = Buffer.alloc(0);
  withMounted(path, (folder) => {
    content = writeCompressed(folder).content;
  });
  const raw = readFileSync(path);
  const offset = 65536 * 3 + 4096 * 2 + 512;
  const stored = raw.indexOf(content.subarray(offset, offset + 512));
  assert.ok(stored > 0, 'the unit that cannot shrink is not in the volume as it is');
  const reader = fileReader(path);
  const plain = holderOf(await traceOwners(reader, RangeSet.single(stored, stored + 512)), 'squeezed/c.bin');
  assert.deepEqual(plain.pieces, [{ volumeOffset: stored, fileOffset: offset, length: 512 }]);
  assert.equal(plain.lostBytes, 512);

  const volume = await openVolume(reader);
  const record = await healthyRecord(volume, await recordNumber(reader, 'c.bin'));
  const start = clustersOf(volume, record, 0x80).startOf(0);
  const squeezed = holderOf(await traceOwners(reader, RangeSet.single(start, start + 512)), 'squeezed/c.bin');
  assert.deepEqual(squeezed.pieces, [{ volumeOffset: start, fileOffset: 0, length: 512, compressed: true }]);
  assert.equal(squeezed.lostBytes, 65536);
  reader.close();
});
