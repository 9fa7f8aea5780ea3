import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decompressLznt1 } from '../../src/ntfs/lznt1.ts';
import { seededRandom } from '../support/random.ts';

const UNIT = 65_536;

/** The example of Microsoft's specification, [MS-XCA] 3.3. */
const EXAMPLE =
  '38b08846232000204720410010a24701a045204400084501507900c045200524138805b402' +
  '4a44ef0358028c09160148450' +
  '0be009e000401189000';
const EXAMPLE_TEXT =
  'F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G F# E D E A F# F# G A A G F# E D D E F# E D D\0';

const example = (): Uint8Array => Uint8Array.from(Buffer.from(EXAMPLE, 'hex'));

/** A chunk of bytes as they are. */
function rawChunk(bytes: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(2 + bytes.length);
  chunk.writeUInt16LE(0x3000 | (bytes.length - 1));
  chunk.set(bytes, 2);
  return chunk;
}

test('the example of the specification', () => {
  const { bytes, holes } = decompressLznt1(example(), 4096);
  assert.deepEqual(holes, []);
  assert.equal(Buffer.from(bytes.subarray(0, EXAMPLE_TEXT.length)).toString('latin1'), EXAMPLE_TEXT);
  assert.ok(bytes.subarray(EXAMPLE_TEXT.length).every((byte) => byte === 0));
});

test('a hole costs the rest of its chunk; a hole in a header costs the rest of the unit', () => {
  const noise = seededRandom(1).fill(new Uint8Array(4096));
  const input = Buffer.concat([rawChunk(noise), example(), rawChunk(noise)]);
  const second = 4098;
  const third = second + example().length;
  const inSecond = decompressLznt1(input, UNIT, [{ start: second + 10, end: second + 20 }]);
  assert.equal(inSecond.holes.length, 1);
  const [hole] = inSecond.holes;
  assert.ok(hole !== undefined && hole.start > 4096 && hole.start < 4096 + 20, JSON.stringify(hole));
  assert.equal(hole.end, 8192);
  const before = Buffer.from(inSecond.bytes.subarray(4096, hole.start)).toString('latin1');
  assert.ok(before.length > 3 && EXAMPLE_TEXT.startsWith(before));
  assert.deepEqual(inSecond.bytes.subarray(0, 4096), noise);
  assert.deepEqual(inSecond.bytes.subarray(8192, 12_288), noise);
  const inHeader = decompressLznt1(input, UNIT, [{ start: third, end: third + 1 }]);
  assert.deepEqual(inHeader.holes, [{ start: 8192, end: UNIT }]);
  const behind = decompressLznt1(Buffer.concat([rawChunk(noise), Buffer.alloc(500)]), UNIT, [
    { start: 4100 + 100, end: 4598 },
  ]);
  assert.deepEqual(behind.holes, [], 'what lies behind the end mark is nobody’s');
});

test('what contradicts itself is a hole, never an invention', () => {
  const refersBack = Uint8Array.of(0x03, 0xb0, 0x02, 0x61, 0x00, 0x40, 0, 0);
  const { holes } = decompressLznt1(refersBack, 4096);
  assert.deepEqual(holes, [{ start: 0, end: 4096 }], 'a reference to before the beginning');
  const cut = decompressLznt1(example().subarray(0, 30), 4096);
  assert.equal(cut.holes.length, 1);
  assert.equal(cut.holes[0]?.end, 4096);
});

test('50 000 damaged units: no crash, no hang, holes inside the unit', () => {
  const random = seededRandom(2027);
  const valid = Buffer.concat(Array.from({ length: 8 }, example));
  const begun = performance.now();
  for (let number = 0; number < 50_000; number++) {
    let input: Uint8Array;
    if (number % 3 === 0) {
      input = random.fill(new Uint8Array(random.integer(300)));
    } else {
      input = Uint8Array.from(valid.subarray(0, 1 + random.integer(valid.length)));
      for (let blows = 1 + random.integer(6); blows > 0; blows--) {
        input[random.integer(input.length)] = random.integer(256);
      }
    }
    const size = [4096, UNIT, 1000, 512][random.integer(4)] ?? UNIT;
    const start = random.integer(input.length + 1);
    const holes = random.integer(2) === 0 ? [] : [{ start, end: start + 1 + random.integer(40) }];
    const result = decompressLznt1(input, size, holes);
    assert.equal(result.bytes.length, size);
    let last = 0;
    for (const hole of result.holes) {
      assert.ok(hole.start >= last && hole.start < hole.end && hole.end <= size, `case ${number}`);
      assert.ok(result.bytes.subarray(hole.start, hole.end).every((byte) => byte === 0));
      last = hole.end;
    }
  }
  const seconds = (performance.now() - begun) / 1000;
  assert.ok(seconds < 20, `${seconds} s`);
});
