import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { RangeSet } from '../../src/block/range-set.ts';
import { cachedReader } from '../../src/ntfs/cached-reader.ts';
import { type FileDetails, fileDetails } from '../../src/ntfs/file-details.ts';
import type { RecordState } from '../../src/ntfs/file-record.ts';
import { openNtfs } from '../../src/ntfs/open-ntfs.ts';
import type { VolumeReader } from '../../src/ntfs/volume-reader.ts';
import { type VolumeTree, volumeTree } from '../../src/ntfs/volume-tree.ts';
import type { FuzzBase } from './fuzz-bases.ts';
import type { Demands } from './fuzz-oracle.ts';
import type { SeededRandom } from './random.ts';

const PIECE = 2 ** 20;
/** A hostile file may be long; so much of each is read, and so many places of it are gone to. */
const MOST_BYTES = 4 * PIECE;
const MOST_STEPS = 64;
const MOST_ENTRIES = 3000;
const FILES_COMPARED = 12;

/** Lists and reads a volume as `ls` and `cp` do. Returns how many files were compared with what they held. */
export async function browse(
  reader: VolumeReader,
  base: FuzzBase,
  demands: Demands,
  random: SeededRandom,
  isGone: (record: number) => boolean,
  lost: RangeSet,
): Promise<number> {
  const opened = await openNtfs(cachedReader(reader));
  if (opened === undefined) return 0;
  const tree = volumeTree(opened.volume);
  await walk(tree, lost);
  const files = [...base.files].filter(([record]) => isFileWhole(base, demands, record, isGone));
  let compared = 0;
  for (let n = Math.min(FILES_COMPARED, files.length); n > 0; n--) {
    const [record, truth] = files[random.integer(files.length)] ?? [];
    if (record === undefined || truth === undefined) continue;
    const state: RecordState = await opened.volume.mft.record(record);
    assert.equal(state.state, 'in-use', `record ${record}, of ${truth.path}`);
    if (state.state !== 'in-use') continue;
    const details = await fileDetails(opened.volume, state.record, truth.size);
    assert.equal(await hashOf(details, truth.size), truth.sha256, `record ${record}, ${truth.path}`);
    await tree.find(truth.path);
    compared++;
  }
  return compared;
}

/** All records of the file can be reached and are whole, and so is its content. */
function isFileWhole(
  base: FuzzBase,
  demands: Demands,
  record: number,
  isGone: (record: number) => boolean,
): boolean {
  const own = base.layout.records.filter((one) => one.base === record);
  return own.length > 0 && own.every(({ number }) => demands.records.has(number) && !isGone(number));
}

async function hashOf(details: FileDetails, sizeBytes: number): Promise<string> {
  const content = details.streams.find(({ name }) => name === '')?.content;
  const hash = createHash('sha256');
  assert.equal(content?.sizeBytes ?? 0, sizeBytes);
  for (let at = 0; content !== undefined && at < sizeBytes; at += PIECE) {
    const { bytes, holes } = await content.read(at, Math.min(PIECE, sizeBytes - at));
    assert.deepEqual(holes, []);
    hash.update(bytes);
  }
  return hash.digest('hex');
}

/** Goes through all folders, and reads of every stream what is stored. */
async function walk(tree: VolumeTree, lost: RangeSet): Promise<void> {
  const seen = new Set<number>();
  const folders = [await tree.root()];
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined && entries < MOST_ENTRIES; folder = folders.pop()) {
    for (const child of (await tree.list(folder)).entries) {
      if (++entries >= MOST_ENTRIES) break;
      const entry = await tree.child(folder, child);
      if (seen.has(entry.record)) continue;
      seen.add(entry.record);
      const details = await tree.details(entry);
      for (const { content } of details?.streams ?? []) await readStored(content, lost);
      if (entry.isDirectory) folders.push(entry);
    }
  }
}

async function readStored(content: FileDetails['streams'][number]['content'], lost: RangeSet): Promise<void> {
  const { sizeBytes } = content;
  assert.ok(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0, `a file of ${sizeBytes} bytes`);
  const missing = await content.missingBytes(lost);
  assert.ok(missing >= 0 && missing <= sizeBytes, `${missing} of ${sizeBytes} bytes are missing`);
  let read = 0;
  let at = 0;
  for (let step = 0; step < MOST_STEPS && at < sizeBytes && read < MOST_BYTES; step++) {
    const next = content.nextStored(at);
    assert.ok(next >= at && next <= sizeBytes, `what is stored behind ${at} of ${sizeBytes} is at ${next}`);
    if (next >= sizeBytes) break;
    const length = Math.min(PIECE, sizeBytes - next);
    const { bytes, holes } = await content.read(next, length);
    assert.equal(bytes.length, length);
    for (const [i, { start, end }] of holes.entries()) {
      assert.ok(
        start < end && end <= length && start >= (holes[i - 1]?.end ?? 0),
        `a hole ${start}..${end} of ${length}`,
      );
    }
    read += length;
    at = next + length;
  }
}
