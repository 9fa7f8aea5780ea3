import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Outcome } from '../../src/block/outcome.ts';
import type { Source } from '../../src/block/ports.ts';
import { inHole } from '../../src/ntfs/holes.ts';
import { SourceFailure } from '../../src/ntfs/source-reader.ts';
import { ReadingLimit } from '../../src/probe/content/reading-limit.ts';
import { Look } from '../../src/probe/look.ts';
import { seededRandom } from '../support/random.ts';

const MIB = 2 ** 20;

/** A disk in memory that notes what it was asked for; `judge` decides what becomes of a request. */
function fakeDisk(
  sizeBytes: number,
  judge: (offset: number, length: number) => Outcome = () => ({ kind: 'done' }),
) {
  const data = seededRandom(5).fill(new Uint8Array(sizeBytes));
  const asked: { readonly offset: number; readonly length: number }[] = [];
  const source: Source = {
    sizeBytes,
    sectorBytes: 512,
    physicalSectorBytes: 512,
    allocate: (bytes) => new Uint8Array(bytes),
    async read(offset, length, into) {
      asked.push({ offset, length });
      const outcome = judge(offset, length);
      if (outcome.kind === 'done') into.set(data.subarray(offset, offset + length));
      return outcome;
    },
  };
  return { source, asked, data };
}

const touches = (offset: number, length: number, sector: number): boolean =>
  offset <= sector * 512 && sector * 512 < offset + length;

describe('a look at a disk', () => {
  test('gives the bytes of the disk, and asks for no byte twice, whatever is read', async () => {
    const random = seededRandom(11);
    const { source, asked, data } = fakeDisk(3 * MIB + 1536);
    const look = new Look(source, () => undefined);
    const start = 5 * 512;
    const part = look.part(start, source.sizeBytes - start, 100 * MIB);
    for (let round = 0; round < 300; round++) {
      const offset = random.integer(part.sizeBytes);
      const length = random.integer(
        Math.min(part.sizeBytes - offset, random.integer(2) === 0 ? 600 : 400_000),
      );
      const { bytes, holes } = await part.read(offset, length);
      assert.deepEqual(holes, []);
      assert.ok(Buffer.from(bytes).equals(data.subarray(start + offset, start + offset + length)));
    }
    const seen = new Uint8Array(source.sizeBytes);
    for (const { offset, length } of asked) {
      assert.equal(offset % 512, 0);
      assert.equal(length % 512, 0);
      for (let at = offset; at < offset + length; at++) seen[at] = (seen[at] ?? 0) + 1;
    }
    assert.ok(
      seen.every((times) => times <= 1),
      'some byte was asked for twice',
    );
    assert.equal(look.touched.reads, asked.length);
    assert.equal(
      look.touched.bytes,
      asked.reduce((sum, { length }) => sum + length, 0),
    );
  });

  test('a failed request is a hole as a whole: not narrowed down, not repeated', async () => {
    const { source, asked } = fakeDisk(MIB, (offset, length) =>
      touches(offset, length, 20) ? { kind: 'bad', errno: 'EIO' } : { kind: 'done' },
    );
    const look = new Look(source, () => undefined);
    const part = look.part(0, MIB, MIB);
    const first = await part.read(8192, 8192);
    assert.deepEqual(first.holes, [{ start: 0, end: 8192 }]);
    const second = await part.read(4096, 16384);
    assert.deepEqual(second.holes, [{ start: 4096, end: 12288 }]);
    assert.equal(inHole(second.holes, 0, 4096), false);
    assert.equal(asked.filter(({ offset, length }) => touches(offset, length, 20)).length, 1);
    assert.equal(look.isQuiet, false);
  });

  test('three failing requests are the last ones; what was read before stays', async () => {
    const { source, asked } = fakeDisk(MIB, (offset) =>
      offset >= 65536 ? { kind: 'bad', errno: 'EIO' } : { kind: 'done' },
    );
    const look = new Look(source, () => undefined);
    const part = look.part(0, MIB, MIB);
    await part.read(0, 4096);
    for (let i = 0; i < 8; i++) await part.read(65536 + i * 8192, 4096);
    assert.equal(asked.length, 4);
    assert.equal(look.gaveUp, true);
    assert.deepEqual((await part.read(0, 8192)).holes, [{ start: 4096, end: 8192 }]);
  });

  test('a part ends where its allowance does; another part has its own', async () => {
    const { source } = fakeDisk(MIB);
    const look = new Look(source, () => undefined);
    const part = look.part(0, MIB, 65536);
    await part.read(0, 65536);
    await part.read(65536, 4096);
    await assert.rejects(part.read(131072, 4096), ReadingLimit);
    await look.part(0, MIB, 65536).read(131072, 4096);
  });

  test('a disk that is gone ends the look', async () => {
    const { source } = fakeDisk(MIB, () => ({ kind: 'gone', errno: 'ENXIO' }));
    await assert.rejects(new Look(source, () => undefined).part(0, MIB, MIB).read(0, 512), SourceFailure);
  });
});
