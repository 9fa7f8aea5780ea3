import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ByteSink } from '../../src/clone/cluster-sink.ts';
import { imageBytes, imageWriter, plainCommands } from '../../src/clone/image-writer.ts';
import { rawStreamWriter } from '../../src/clone/raw-writer.ts';

/** Keeps what it is given; every other piece is taken late. */
function memorySink(): ByteSink & { bytes(): Buffer } {
  const pieces: Buffer[] = [];
  let turn = 0;
  return {
    put(bytes) {
      const copy = Buffer.from(bytes);
      if (turn++ % 2 === 0) {
        pieces.push(copy);
        return undefined;
      }
      return Promise.resolve().then(() => void pieces.push(copy));
    },
    finish: () => Promise.resolve(),
    bytes: () => Buffer.concat(pieces),
  };
}

const GEOMETRY = { clusterBytes: 512, clusterCount: 9, deviceBytes: 9 * 512 + 100 };
const cluster = (letter: string, count = 1): Buffer => Buffer.alloc(512 * count, letter);
const gap = (count: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeBigInt64LE(BigInt(count), 1);
  return bytes;
};
const NEXT = Buffer.of(1);

test('an image is a header, gaps in both directions, clusters, and the short stretch behind the last', async () => {
  const out = memorySink();
  const sink = imageWriter(plainCommands(out, 512), GEOMETRY, 4);
  await Promise.all([
    sink.used(0, cluster('a', 2)),
    sink.used(2, cluster('b')),
    sink.used(7, cluster('c')),
    sink.used(1, cluster('d')),
    sink.used(9, Buffer.alloc(100, 'e')),
  ]);
  await sink.finish();
  const image = out.bytes();
  const runs = [
    { lcn: 0, length: 3 },
    { lcn: 7, length: 1 },
    { lcn: 1, length: 1 },
    { lcn: 9, length: 1 },
  ];
  assert.equal(imageBytes(runs, GEOMETRY), image.length);
  // As in the dump of a real one: magic, 10.1, sizes, offset 56, padding.
  const header = Buffer.alloc(56);
  header.write('\0ntfsclone-image\n\x01', 'latin1');
  header.writeUInt32LE(512, 18);
  header.writeUInt32LE(9 * 512 + 100, 22);
  header.writeUInt32LE(9, 30);
  header.writeUInt32LE(4, 38);
  header.writeUInt32LE(56, 46);
  assert.deepEqual(image.subarray(0, 56), header);
  const commands = [
    ...[NEXT, cluster('a'), NEXT, cluster('a'), NEXT, cluster('b')],
    ...[gap(4), NEXT, cluster('c'), gap(-7), NEXT, cluster('d')],
    ...[gap(7), NEXT, Buffer.alloc(100, 'e')],
  ];
  assert.deepEqual(image.subarray(56), Buffer.concat(commands));
});

test('a device that ends with its last cluster: the last command has no data', async () => {
  const out = memorySink();
  const sink = imageWriter(plainCommands(out, 512), { ...GEOMETRY, deviceBytes: 9 * 512 }, 1);
  await sink.used(0, cluster('a'));
  await sink.used(9, Buffer.alloc(0));
  await sink.finish();
  assert.deepEqual(out.bytes().subarray(56), Buffer.concat([NEXT, cluster('a'), gap(8), NEXT]));
});

test('a raw stream has zeros between the clusters, and refuses to go back', async () => {
  const out = memorySink();
  const sink = rawStreamWriter(out, GEOMETRY);
  await Promise.all([sink.used(1, cluster('a')), sink.used(4, cluster('b', 2))]);
  await assert.rejects(sink.used(3, cluster('c')), /metadata image/);
  assert.deepEqual(
    out.bytes(),
    Buffer.concat([Buffer.alloc(512), cluster('a'), Buffer.alloc(1024), cluster('b', 2)]),
  );
});

test('a header that cannot be written is told by the first cluster, however late that comes', async () => {
  const full = new Error('no room');
  const out = { header: () => Promise.reject(full), run: () => undefined, finish: () => Promise.resolve() };
  const sink = imageWriter(out, GEOMETRY, 1);
  // A slow disk: nobody waits for anything meanwhile.
  await delay(20);
  await assert.rejects(sink.used(0, cluster('a')), full);
  await assert.rejects(sink.finish(), full);
});
