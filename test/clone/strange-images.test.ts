import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { CloneError } from '../../src/clone/clone-error.ts';
import { openCompressedImage, readImageInfo } from '../../src/clone/compressed/compressed-image.ts';
import { readFrame } from '../../src/clone/compressed/frame-list.ts';
import { encodeOwnFrame } from '../../src/clone/compressed/own-frame.ts';
import { compressFrame } from '../../src/clone/compressed/zstd-codec.ts';
import { convertImage } from '../../src/clone/convert-image.ts';
import { decodeImageHeader, encodeImageHeader } from '../../src/clone/image-header.ts';
import { openImage } from '../../src/clone/open-image.ts';
import { restoreImage } from '../../src/clone/restore-image.ts';
import type { VolumeReader } from '../../src/ntfs/volume-reader.ts';
import { MemoryTarget, madeUpVolume, memoryFile, saveTo } from '../support/compressed-image.ts';
import { SILENT } from '../support/silent-listener.ts';

const CLUSTER = 512;
const GEOMETRY = { clusterBytes: CLUSTER, clusterCount: 3, deviceBytes: 3 * CLUSTER + 100 };
const OFFSET_AT = 46;
const { signal } = new AbortController();

/** A special image whose first command lies at byte `offset`, as its header says. */
function imageFrom(offset: number): Buffer {
  const header = Buffer.alloc(offset, 'padding');
  header.set(encodeImageHeader(GEOMETRY, 3).subarray(0, 50));
  header.writeUInt32LE(offset, OFFSET_AT);
  const command = (data: number, fill: string) => Buffer.concat([Buffer.of(1), Buffer.alloc(data, fill)]);
  const clusters = ['a', 'b', 'c'].map((fill) => command(CLUSTER, fill));
  return Buffer.concat([header, ...clusters, command(100, 'd')]);
}

describe('images as no program of today makes them', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-strange-'));
  });
  after(() => rm(folder, { recursive: true }));

  test('what lies between header and data stays in a converted image, or it is refused', async () => {
    const path = (name: string): string => join(folder, name);
    const [image, packed, again] = [path('image'), path('packed'), path('again')] as const;
    const convert = (from: string, output: string, level: number | undefined) =>
      convertImage({ image: from, output, overwrite: true, level, rescue: false }, SILENT, signal);
    for (const offset of [50, 56, 8192, 2 ** 16]) {
      await writeFile(image, imageFrom(offset));
      await convert(image, again, undefined);
      assert.ok((await readFile(again)).equals(imageFrom(offset)), `plain, data at ${offset}`);
      await convert(image, packed, 3);
      await convert(packed, again, undefined);
      assert.ok((await readFile(again)).equals(imageFrom(offset)), `compressed, data at ${offset}`);
    }
    await writeFile(image, imageFrom(2 ** 16 + 8));
    await assert.rejects(
      convert(image, again, undefined),
      (error: unknown) => error instanceof CloneError && error.fault === 'refused',
    );
    assert.ok((await readFile(again)).equals(imageFrom(2 ** 16)), 'the output was touched');
  });

  test('an image with fewer clusters than its header counts is restored, and that is told', async () => {
    const image = join(folder, 'fewer');
    const whole = imageFrom(56);
    const gap = Buffer.alloc(9);
    gap.writeBigInt64LE(1n, 1);
    // A step in the place of the second cluster.
    const from = 56 + 1 + CLUSTER;
    await writeFile(image, Buffer.concat([whole.subarray(0, from), gap, whole.subarray(from + 1 + CLUSTER)]));
    const notes: string[] = [];
    const listener = { ...SILENT, note: (text: string) => void notes.push(text) };
    await restoreImage({ image, output: undefined, overwrite: false }, listener, signal);
    assert.match(notes.join('\n'), /^1 of the 3 clusters that its header counts are not in the image/);
    await writeFile(image, whole);
    notes.length = 0;
    await restoreImage({ image, output: undefined, overwrite: false }, listener, signal);
    assert.deepEqual(notes, []);
  });

  /** The beginning of a compressed image that says `told` of itself, and `rest` behind it. */
  async function compressed(told: string, ...rest: Uint8Array[]): Promise<VolumeReader> {
    const header = await compressFrame(encodeImageHeader(GEOMETRY, 3), 3);
    return memoryFile(Buffer.concat([header, encodeOwnFrame('INFO', Buffer.from(told)), ...rest]));
  }
  const INFO = { program: 'x', level: 3, frameBytes: 4096, partFrames: 3 };

  test('a compressed image whose first sector was zeroed is known by its end', async () => {
    const whole = new MemoryTarget();
    await saveTo(whole, madeUpVolume(600, 7), 16);
    const path = join(folder, 'zeroed');
    await writeFile(path, Buffer.from(whole.content).fill(0, 0, 512));
    await using image = await openImage(path);
    assert.deepEqual(image.compressed?.problems, [
      'The start of the image is damaged; what it held stands at the end as well.',
    ]);
  });

  test('what an image says of itself may be of any kind', async () => {
    for (const told of ['null', '7', '[]', '"x"', JSON.stringify({ ...INFO, program: null })])
      assert.equal(await openCompressedImage(await compressed(told)), undefined, told);
    for (const part of [{ volume: null }, { source: null }, { volume: 'x', source: 7 }]) {
      const image = await openCompressedImage(await compressed(JSON.stringify({ ...INFO, ...part })));
      assert.deepEqual(image?.info, INFO);
    }
  });

  test('a frame that is larger than the image says its frames are is damaged, and not expanded', async () => {
    const content = Buffer.alloc(2 ** 20);
    const packed = await compressFrame(content, 3);
    const frame = { start: 0, packedBytes: packed.length, plainBytes: content.length, crc: crc32(packed) };
    const state = async (frameBytes: number): Promise<string> => {
      const header = decodeImageHeader(encodeImageHeader(GEOMETRY, 3));
      const image = { file: memoryFile(packed), header, info: { ...INFO, frameBytes } };
      return (await readFrame(image, { ...frame, checksum: 0 })).state;
    };
    assert.equal(await state(2 ** 20), 'sound');
    assert.equal(await state(2 ** 20 - 1), 'damaged');
  });

  test('a file of nothing but beginnings of frames is searched, but not for ever', async () => {
    for (const mark of ['LIFEBOATDONE', 'LIFEBOATPART']) {
      const marks = Buffer.alloc(2 ** 21);
      for (let at = 0; at + 20 < marks.length; at += 20) {
        marks.writeUInt32LE(0x184d2a5b, at);
        marks.writeUInt32LE(marks.length - at - 8, at + 4);
        marks.write(mark, at + 8, 'latin1');
      }
      const file = await compressed(JSON.stringify(INFO), marks);
      let readBytes = 0;
      const counted: VolumeReader = {
        sizeBytes: file.sizeBytes,
        read: (offset, length) => {
          readBytes += length;
          return file.read(offset, length);
        },
      };
      // For a list of images its start is enough.
      assert.deepEqual(await readImageInfo(counted), INFO);
      assert.ok(readBytes < 2 ** 19, `${mark}: ${readBytes} bytes were read for a list`);
      assert.equal((await openCompressedImage(counted))?.totals, undefined);
      assert.ok(readBytes < 2 ** 30, `${mark}: ${readBytes} bytes were read`);
    }
  });
});
