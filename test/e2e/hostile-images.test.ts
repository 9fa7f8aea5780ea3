import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { watchedLifeboat } from '../support/e2e-watched.ts';
import {
  HostileStart,
  indexOf,
  le32,
  ownFrame,
  packed,
  type Stretch,
  wideFrame,
  writeStretches,
} from '../support/hostile-images.ts';

const MIB = 2 ** 20;
/** For the program or its engine, of which each takes half of it whatever it does. */
const MOST_BYTES = 200 * MIB;
const SMALL = { clusterBytes: 4096, clusterCount: 8191 };
/** Of as many small clusters as could be. */
const LARGE = { clusterBytes: 256, clusterCount: 2 ** 32 };

/** Numbers of seven bits a byte. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push(0x80 | (rest % 0x80));
  return Buffer.from([...bytes, rest]);
}

/** An index that says it is, and that is, very much longer than the file. */
function longIndex(): Stretch[] {
  const start = new HostileStart(SMALL);
  return start.image([], { parts: 1, bytes: 900 * MIB, packed: packed(Buffer.alloc(900 * MIB)) });
}

/** The same in a file that is as long, but empty. */
function longIndexInEmptyFile(): Stretch[] {
  const start = new HostileStart(SMALL);
  const index = { parts: 1, bytes: 900 * MIB, packed: packed(Buffer.alloc(900 * MIB)) };
  return start.image([1024 * MIB], index);
}

/** An index that Zstandard shall refer to 128 MiB before for. */
function wideIndex(): Stretch[] {
  const start = new HostileStart(SMALL);
  return start.image([140 * MIB], { parts: 1, bytes: 130 * MIB, packed: wideFrame(130) });
}

/** A part with six million runs that are none, two bytes each. */
function manyRuns(): Stretch[] {
  const start = new HostileStart(LARGE);
  const at = { number: 0, fileStart: start.bytes.length, previousStart: 0 };
  const count = 6 * MIB;
  const lists = Buffer.concat([varint(count), Buffer.alloc(2 * count), varint(0)]);
  return start.image([64 * MIB], indexOf([start.part(at, [[1000, 2 ** 20]], lists)]));
}

/**
 * Parts of so many frames with so many single clusters each, one free between them, that fit together. The file is empty
 * where the frames should be, and without `real` where the parts should be.
 */
function parts(start: HostileStart, count: number, frames: number, runs: number, real = false): Stretch[] {
  const packedBytes = 64;
  const one = Buffer.concat([varint(runs), ...Array.from({ length: runs }, () => Buffer.of(2, 1))]);
  const lists = Buffer.concat([...Array.from({ length: frames }, () => one), varint(0)]);
  const plainBytes = runs * (9 + 1 + LARGE.clusterBytes);
  const heads = Array.from({ length: frames }, () => [packedBytes, plainBytes] as const);
  const bodies: Buffer[] = [];
  const between: Stretch[] = [];
  let [fileStart, previousStart] = [start.bytes.length, 0];
  for (let number = 0; number < count; number++) {
    const body = start.part({ number, fileStart, previousStart }, heads, lists);
    body.writeBigInt64LE(BigInt(number * frames * runs * 2), 32);
    bodies.push(body);
    const part = ownFrame('PART', body);
    between.push(frames * packedBytes, real ? part : part.length);
    previousStart = fileStart + frames * packedBytes;
    fileStart = previousStart + part.length;
  }
  return start.image(between, indexOf(bodies));
}

const RUNS_PER_FRAME = Math.floor(2 ** 20 / (9 + 257));
const manyClusters = (): Stretch[] => parts(new HostileStart(LARGE), 120, 16, RUNS_PER_FRAME);
const manyFrames = (): Stretch[] => parts(new HostileStart(LARGE, 2 ** 20, 4096), 200, 4096, 1);

/** An image without an end whose only part says that 15 million places could not be read. */
function manyLosses(): Stretch[] {
  const start = new HostileStart(SMALL);
  const at = { number: 0, fileStart: start.bytes.length, previousStart: 0 };
  const count = 15 * MIB;
  const lists = Buffer.concat([varint(1), Buffer.of(0, 1), varint(count), Buffer.alloc(2 * count)]);
  return [start.bytes, Buffer.alloc(64), ownFrame('PART', start.part(at, [[64, 4097]], lists))];
}

/** A seek table that says it lists 30 million frames. */
function longTable(): Stretch[] {
  const start = new HostileStart(SMALL);
  const count = 3 * 10 ** 7;
  const head = le32(0x184d2a5e, 12 * count + 9);
  return [start.bytes, head, 12 * count, Buffer.concat([le32(count), Buffer.of(0x80), le32(0x8f92eab1)])];
}

/** Frames of 64 MiB in an image of a small volume. */
function largeFrames(): Stretch[] {
  const start = new HostileStart(SMALL, 64 * MIB, 16);
  const content = packed(Buffer.alloc(64 * MIB));
  const frames = Array.from({ length: 16 }, () => [content.length, 64 * MIB] as const);
  const lists = Buffer.concat([...Array.from({ length: 16 }, () => Buffer.of(0)), varint(0)]);
  const at = { number: 0, fileStart: start.bytes.length, previousStart: 0 };
  const body = start.part(at, frames, lists);
  const data = Array.from({ length: 16 }, () => content);
  return start.image([...data, ownFrame('PART', body)], indexOf([body]));
}

describe('images that somebody made to fill the memory', () => {
  let own: Scratch;
  before(async () => {
    own = await scratch();
  });
  after(() => own[Symbol.asyncDispose]());

  const MESSAGES: readonly (readonly [kind: string, () => Stretch[], message: RegExp])[] = [
    [
      'an index longer than the file',
      longIndex,
      /at byte 151: expected at most 151 bytes, found 943718400\. /,
    ],
    [
      'the same in a long file',
      longIndexInEmptyFile,
      /at byte 1073741975 \(part 0\): expected a part of this image, found one of another\. /,
    ],
    [
      'six million runs of nothing',
      manyRuns,
      /\(part 0\): expected at most 262144 runs in a frame, found 6291456\. /,
    ],
    [
      'seven million clusters in parts that are nowhere',
      manyClusters,
      /\(part 8\): expected the part itself at byte 1021498, found something else\. /,
    ],
    [
      '800 000 frames in parts that are nowhere',
      manyFrames,
      /\(part 13\): expected the part itself at byte \d+, found something else\. /,
    ],
    [
      '15 million places that could not be read',
      manyLosses,
      /at byte 215 \(part 0\): expected lost bytes of 33554432, found bytes 0 to 0\. /,
    ],
    [
      'frames of 64 MiB in a volume of 32',
      largeFrames,
      /expected frames of up to 1048576 bytes, found 67108864\. /,
    ],
    ['an index that refers to 128 MiB before', wideIndex, /end of the image .*is missing/],
    ['a seek table of 30 million frames', longTable, /end of the image .*is missing/],
  ];

  for (const [i, [kind, make, message]] of MESSAGES.entries()) {
    test(`${kind}: one line, and little memory`, async () => {
      const path = own.path(`image ${i}`);
      await writeStretches(path, make());
      for (const [words, code] of [
        [['image', 'info', path], 1],
        [['image', 'verify', '-q', path], 1],
        [['ls', path], 3],
        [['cp', path, 'Users', own.path('out')], 3],
      ] as const) {
        const ran = await watchedLifeboat(words);
        const what = `${words[0]} ${words[1]}: ${ran.code}, ${ran.stderr}`;
        assert.ok(ran.largestBytes < MOST_BYTES, `${what}: ${ran.largestBytes} bytes`);
        // An image without an end is one whose save may go on.
        if (ran.code === 0 && words[1] === 'info') assert.match(ran.stdout, /^Not complete: /m);
        else {
          assert.equal(ran.code, code, what);
          assert.match(ran.stderr, message, what);
          assert.equal(ran.stderr.trim().split('\n').length, 1, what);
        }
      }
      await rm(path);
    });
  }

  test('an index of a million single clusters is believed when its parts are where it says', async () => {
    const path = own.path('regular');
    await writeStretches(path, parts(new HostileStart(LARGE), 16, 16, RUNS_PER_FRAME, true));
    const ran = await watchedLifeboat(['image', 'info', path]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /^Checksum: /m);
    assert.ok(ran.largestBytes < MOST_BYTES, `${ran.largestBytes} bytes`);
  });
});
