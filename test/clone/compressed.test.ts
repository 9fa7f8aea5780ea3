import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { RangeSet } from '../../src/block/range-set.ts';
import { CloneError } from '../../src/clone/clone-error.ts';
import { cloneBytes } from '../../src/clone/cluster-sink.ts';
import { readUnfinished } from '../../src/clone/compressed/begun-image.ts';
import { compressedClusters } from '../../src/clone/compressed/compressed-clusters.ts';
import { openCompressedImage } from '../../src/clone/compressed/compressed-image.ts';
import { type VerifiedImage, verifyCompressed } from '../../src/clone/compressed/verify-compressed.ts';
import { savedLosses } from '../../src/clone/image-access.ts';
import { imageVolume } from '../../src/clone/image-volume.ts';
import { imageWriter, plainCommands } from '../../src/clone/image-writer.ts';
import {
  applied,
  type MadeUpVolume,
  MemoryTarget,
  madeUpVolume,
  memoryFile,
  saveTo,
} from '../support/compressed-image.ts';
import { seededRandom } from '../support/random.ts';
import { missing } from '../support/tools.ts';

const CLUSTER = 512;
const { signal } = new AbortController();

/** The special image, by the writer of plain ones (which the real ntfsclone is the judge of). */
async function specialImage({ geometry, runs, bytes }: MadeUpVolume): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const out = {
    put: (piece: Uint8Array) => void pieces.push(Buffer.from(piece)),
    finish: async () => undefined,
  };
  const used = runs.reduce((sum, { length }) => sum + length, 0) - 1;
  const sink = imageWriter(plainCommands(out, CLUSTER), geometry, used);
  for (const { lcn, length } of runs) {
    const end = Math.min(geometry.deviceBytes, (lcn + length) * CLUSTER);
    await sink.used(lcn, bytes.subarray(lcn * CLUSTER, end));
  }
  await sink.finish();
  return Buffer.concat(pieces);
}

async function verified(content: Uint8Array): Promise<VerifiedImage | undefined> {
  const image = await openCompressedImage(memoryFile(content));
  return (
    image &&
    verifyCompressed(
      image,
      () => undefined,
      () => undefined,
      signal,
    )
  );
}

/** Saves to the end what is there of an image; undefined when it is none that can be gone on with. */
async function goneOnWith(content: Buffer, volume: MadeUpVolume): Promise<Buffer | undefined> {
  const begun = await readUnfinished(memoryFile(content));
  if (begun === undefined) return undefined;
  const target = new MemoryTarget(Buffer.from(content.subarray(0, begun.keptBytes)));
  await saveTo(target, volume, 16, begun);
  return target.content;
}

describe('compressed images', () => {
  const volume = madeUpVolume(600, 7);
  let whole: Buffer;
  let deeds: MemoryTarget['deeds'];

  before(async () => {
    const target = new MemoryTarget();
    await saveTo(target, volume, 16);
    whole = target.content;
    deeds = target.deeds;
  });

  test('the bytes are the same however the clusters come in', async () => {
    for (const most of [1, 3, 1000]) {
      const target = new MemoryTarget();
      await saveTo(target, volume, most);
      assert.ok(target.content.equals(whole), `pieces of ${most}`);
    }
    const image = await openCompressedImage(memoryFile(whole));
    assert.ok((image?.parts.length ?? 0) > 10, 'the image is too small for what follows');
    const found = await verified(whole);
    assert.deepEqual(found?.damages, []);
    assert.ok(found?.hasTail && found.isAscending);
  });

  test('every cluster can be read at its place, and what could not be read is known', async () => {
    const image = await openCompressedImage(memoryFile(whole));
    assert.ok(image);
    assert.deepEqual([...savedLosses(image)], [...RangeSet.of(volume.lost)]);
    const reader = imageVolume(image.header, compressedClusters(image));
    const random = seededRandom(3);
    const present = RangeSet.of(
      volume.runs.map(({ lcn, length }) => ({
        start: lcn * CLUSTER,
        end: Math.min(cloneBytes(volume.geometry), (lcn + length) * CLUSTER),
      })),
    );
    for (let i = 0; i < 300; i++) {
      const offset = random.integer(reader.sizeBytes);
      const length = random.integer(Math.min(20_000, reader.sizeBytes - offset + 1));
      const { bytes, holes } = await reader.read(offset, length);
      const absent = RangeSet.single(offset, offset + length).subtract(present);
      assert.deepEqual(
        [...RangeSet.of(holes.map(({ start, end }) => ({ start: start + offset, end: end + offset })))],
        [...absent],
      );
      for (const { start, end } of present.within(offset, offset + length)) {
        assert.ok(volume.bytes.subarray(start, end).equals(bytes.subarray(start - offset, end - offset)));
      }
    }
  });

  test('every byte that is flipped is found', async () => {
    const random = seededRandom(11);
    const small = new MemoryTarget();
    await saveTo(small, madeUpVolume(90, 7), 16);
    const image = await openCompressedImage(memoryFile(small.content));
    assert.ok((image?.parts.length ?? 0) > 1);
    // Of the data each seventh byte; all of what is between and around it.
    const isData = RangeSet.of(
      (image?.parts ?? []).map(({ fileStart, start }) => ({ start: fileStart, end: start })),
    );
    const missed: number[] = [];
    let tried = 0;
    for (let at = 0; at < small.content.length; at++) {
      if (at % 7 !== 0 && isData.covers(at, at + 1)) continue;
      tried++;
      const broken = Buffer.from(small.content);
      broken[at] = (broken[at] ?? 0) ^ (1 << random.integer(8));
      const found = await verified(broken).catch((error: unknown) => {
        assert.ok(error instanceof CloneError, String(error));
        return undefined;
      });
      if (found !== undefined && found.damages.length === 0) missed.push(at);
    }
    assert.deepEqual(missed, []);
    assert.ok(tried > 2000);
  });

  test('an image that is cut anywhere is no whole one, and goes on to the same bytes', async () => {
    const stops = new Set<number>();
    for (let at = 0; at < whole.length; at += at > 300 && at < whole.length - 300 ? 331 : 3) stops.add(at);
    for (const at of stops) {
      const cut = Buffer.from(whole.subarray(0, at));
      const found = await verified(cut);
      assert.ok(found === undefined || found.damages.length > 0, `cut at ${at}`);
      const again = await goneOnWith(cut, volume);
      if (again === undefined) assert.ok(at < 600, `cut at ${at}: it is not known any more`);
      else assert.ok(again.equals(whole), `cut at ${at}`);
    }
  });

  test('whatever a power cut leaves of what was not flushed, it goes on to the same bytes', async () => {
    const random = seededRandom(5);
    const flushes = deeds.flatMap((deed, i) => (deed === 'flush' ? [i] : []));
    assert.ok(flushes.length > 3, 'nothing was brought to stable storage on the way');
    let notBegun = 0;
    for (let round = 0; round < 150; round++) {
      const end = random.integer(deeds.length + 1);
      const safe = flushes.filter((i) => i < end).at(-1) ?? 0;
      let content: Buffer = Buffer.alloc(0);
      for (const [i, deed] of deeds.slice(0, end).entries()) {
        if (deed === 'flush') continue;
        const { position, bytes } = deed;
        if (i < safe) {
          content = applied(content, position, bytes);
          continue;
        }
        // Of a write that was not flushed the disk has all, nothing, or something; the length may be there without it.
        const kept = [0, bytes.length, random.integer(bytes.length)][random.integer(3)] ?? 0;
        content = applied(content, position, bytes.subarray(0, kept));
        if (random.integer(2) === 0) content = applied(content, position + bytes.length, new Uint8Array(0));
      }
      const found = await verified(content);
      if (found !== undefined && found.damages.length === 0) {
        assert.ok(content.equals(whole));
        continue;
      }
      const again = await goneOnWith(content, volume);
      if (again === undefined) notBegun++;
      else assert.ok(again.equals(whole), `after ${end} deeds`);
      if (again === undefined) assert.equal(safe, 0, 'what was flushed is not known any more');
    }
    assert.ok(notBegun < 50);
  });

  test('a full disk: the error is told, and it goes on when there is room', async () => {
    for (const room of [2000, 20_000, whole.length - 2000, whole.length - 5]) {
      const target = new MemoryTarget();
      target.room = room;
      await assert.rejects(saveTo(target, volume, 16), (error: unknown) => {
        assert.ok(error instanceof CloneError);
        assert.equal(error.errno, 'ENOSPC');
        return true;
      });
      assert.ok((await goneOnWith(target.content, volume))?.equals(whole), `room for ${room}`);
    }
  });

  test('damaged images of every kind never do worse than be damaged', async () => {
    const random = seededRandom(23);
    for (let round = 0; round < 300; round++) {
      let broken: Buffer = Buffer.from(whole);
      for (let blow = 0; blow <= random.integer(4); blow++) {
        const at = random.integer(broken.length);
        const length = 1 + random.integer([4, 64, 5000][random.integer(3)] ?? 1);
        const piece = broken.subarray(at, at + length);
        switch (random.integer(4)) {
          case 0:
            random.fill(piece);
            break;
          case 1:
            piece.fill(0);
            break;
          case 2:
            broken = Buffer.concat([broken.subarray(0, at), broken.subarray(at + length)]);
            break;
          default:
            broken = Buffer.concat([broken.subarray(0, at), broken.subarray(0, length), broken.subarray(at)]);
        }
      }
      if (broken.equals(whole)) continue;
      try {
        const image = await openCompressedImage(memoryFile(broken));
        if (image === undefined) continue;
        const found = await verifyCompressed(
          image,
          () => undefined,
          () => undefined,
          signal,
        );
        assert.ok(found.damages.length > 0, `round ${round}: damage was not found`);
        const reader = imageVolume(image.header, compressedClusters(image));
        const { bytes, holes } = await reader.read(0, Math.min(reader.sizeBytes, 400_000));
        const gone = RangeSet.of(holes);
        for (const { lcn, length } of volume.runs) {
          for (let cluster = lcn; cluster < lcn + length; cluster++) {
            const [start, end] = [cluster * CLUSTER, Math.min(bytes.length, (cluster + 1) * CLUSTER)];
            if (start >= end || gone.touches(start, end) || image.header.clusterBytes !== CLUSTER) continue;
            assert.ok(volume.bytes.subarray(start, end).equals(bytes.subarray(start, end)), `round ${round}`);
          }
        }
      } catch (error) {
        assert.ok(error instanceof CloneError, `round ${round}: ${String(error)}`);
      }
    }
  });

  describe('judged by the real zstd', { skip: missing({ tools: ['zstd'] }) }, () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'lifeboat-zstd-'));
    });
    after(() => rmSync(folder, { recursive: true }));

    const expanded = (bytes: Uint8Array): Buffer => {
      writeFileSync(join(folder, 'x.zst'), bytes);
      return execFileSync('zstd', ['-dcq', join(folder, 'x.zst')], { maxBuffer: 2 ** 28 });
    };

    test('zstd makes the special image of it', async () => {
      assert.ok(expanded(whole).equals(await specialImage(volume)));
    });

    test('the seek table leads to frames that zstd expands one by one', async () => {
      // Read as contrib/seekable_format/zstd_seekable_compression_format.md has it.
      const footer = whole.subarray(-9);
      assert.equal(footer.readUInt32LE(5), 0x8f92eab1);
      const count = footer.readUInt32LE(0);
      assert.equal(footer[4], 0x80, 'with checksums');
      const table = whole.length - 9 - 12 * count;
      assert.equal(whole.readUInt32LE(table - 8), 0x184d2a5e);
      assert.equal(whole.readUInt32LE(table - 4), 12 * count + 9);
      const plain = await specialImage(volume);
      let [packedAt, plainAt] = [0, 0];
      for (let i = 0; i < count; i++) {
        const entry = whole.subarray(table + 12 * i);
        const [packed, size] = [entry.readUInt32LE(0), entry.readUInt32LE(4)];
        const frame = whole.subarray(packedAt, packedAt + packed);
        if (size === 0) assert.equal(frame.readUInt32LE(0) & 0xfffffff0, 0x184d2a50, 'a frame to pass over');
        else if (i % 10 < 2) assert.ok(expanded(frame).equals(plain.subarray(plainAt, plainAt + size)));
        packedAt += packed;
        plainAt += size;
      }
      assert.equal(packedAt, table - 8);
      assert.equal(plainAt, plain.length);
    });
  });

  test('two images with different headers are told apart', async () => {
    const other = new MemoryTarget();
    await saveTo(other, madeUpVolume(600, 8), 16);
    const half = whole.length >> 1;
    const mixed = Buffer.concat([whole.subarray(0, half), other.content.subarray(half)]);
    const found = await verified(mixed);
    assert.ok(found === undefined || found.damages.length > 0);
  });
});
