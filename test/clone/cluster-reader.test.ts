import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../src/block/outcome.ts';
import type { Source } from '../../src/block/ports.ts';
import { CloneError } from '../../src/clone/clone-error.ts';
import { ClusterIndex } from '../../src/clone/cluster-index.ts';
import { ClusterReader } from '../../src/clone/cluster-reader.ts';
import { seededRandom } from '../support/random.ts';

const SECTOR = 512;
const SIZE = 2 ** 20;

/** A disk whose byte at `position` is its sector's number; `fails` says what a read of a stretch comes to. */
function disk(fails: (start: number, end: number) => Outcome | undefined): Source & { reads: number } {
  return {
    sizeBytes: SIZE,
    sectorBytes: SECTOR,
    physicalSectorBytes: SECTOR,
    reads: 0,
    allocate: (bytes) => new Uint8Array(bytes),
    async read(offset, length, into) {
      this.reads++;
      const failure = fails(offset, offset + length);
      if (failure !== undefined) return failure;
      for (let i = 0; i < length; i++) into[i] = ((offset + i) / SECTOR) & 0xff;
      return { kind: 'done' };
    },
  };
}

const badAt =
  (errno: string, ...sectors: number[]) =>
  (start: number, end: number): Outcome | undefined =>
    sectors.some((sector) => sector * SECTOR < end && (sector + 1) * SECTOR > start)
      ? { kind: 'bad', errno }
      : undefined;

const whole = { start: 0, end: SIZE };

async function read(source: Source, rescue = true) {
  const reader = new ClusterReader(source, { rescue, sectorBytes: SECTOR });
  return reader.read([whole], reader.allocate(SIZE));
}

test('whatever a medium calls its error, only the sectors that fail are lost, and marked', async () => {
  for (const errno of ['EIO', 'ENODATA', 'EREMOTEIO', 'ETIMEDOUT', 'EILSEQ']) {
    const source = disk(badAt(errno, 3, 900));
    const { lost, bytesOf } = await read(source);
    assert.deepEqual(lost, [
      { start: 3 * SECTOR, end: 4 * SECTOR },
      { start: 900 * SECTOR, end: 901 * SECTOR },
    ]);
    const bytes = bytesOf(whole);
    for (let sector = 0; sector < SIZE / SECTOR; sector++) {
      const text = Buffer.from(bytes.subarray(sector * SECTOR, (sector + 1) * SECTOR));
      if (sector === 3 || sector === 900) {
        assert.equal(text.toString('latin1'), `BadSectoR\0${'?'.repeat(502)}`);
      } else assert.ok(text.every((byte) => byte === (sector & 0xff)));
    }
  }
});

test('without leave to go on the first bad sector ends it, with its place', async () => {
  await assert.rejects(read(disk(badAt('EIO', 700)), false), (error: unknown) => {
    assert.ok(error instanceof CloneError);
    assert.equal(error.fault, 'unreadable');
    assert.match(error.message, /bytes from 358400 on/);
    return true;
  });
});

test('a source that ends early is gone, and not read for ever', async () => {
  const source = disk((_, end) => (end > SIZE / 2 ? { kind: 'gone', errno: 'EOF' } : undefined));
  await assert.rejects(
    read(source),
    (error: unknown) => error instanceof CloneError && error.fault === 'gone',
  );
  assert.ok(source.reads < 5);
});

test('a disk that stops answering is no disk with bad sectors', async () => {
  let isDead = false;
  const source = disk((start) => {
    // From the third piece on it fails everything, also what it has given before.
    isDead ||= start >= SIZE / 4;
    return isDead ? { kind: 'bad', errno: 'EIO' } : undefined;
  });
  const reader = new ClusterReader(source, { rescue: true, sectorBytes: SECTOR });
  const memory = reader.allocate(SIZE);
  assert.deepEqual((await reader.read([{ start: 0, end: SIZE / 4 }], memory)).lost, []);
  await assert.rejects(reader.read([{ start: SIZE / 4, end: SIZE }], memory), (error: unknown) => {
    assert.ok(error instanceof CloneError);
    assert.equal(error.fault, 'gone');
    assert.match(error.message, /not even where it did before/);
    return true;
  });
  assert.ok(source.reads < 40, `it was asked ${source.reads} times`);
});

test('of clusters that an image holds more than once the last ones count', () => {
  const random = seededRandom(4);
  const geometry = { clusterBytes: 512, clusterCount: 400, deviceBytes: 400 * 512 };
  for (let round = 0; round < 50; round++) {
    const index = new ClusterIndex(geometry);
    const due = new Map<number, { frame: number; offset: number }>();
    for (let frame = 0; frame < 1 + random.integer(60); frame++) {
      const [lcn, offset] = [random.integer(380), random.integer(10_000)];
      const length = 1 + random.integer(20);
      index.add(lcn, length, frame, offset);
      for (let i = 0; i < length; i++) due.set(lcn + i, { frame, offset: offset + i * 513 });
    }
    assert.ok(index.finish());
    for (let lcn = 0; lcn < 401; lcn++) {
      const place = index.find(lcn);
      const found = place && { frame: place.frame, offset: place.offset };
      assert.deepEqual(found, due.get(lcn), `round ${round}, cluster ${lcn}`);
    }
    const clusters = [...due.keys()].sort((a, b) => a - b);
    assert.equal(index.present().totalBytes, clusters.length * 512);
    assert.equal(index.next(0), clusters[0]);
  }
});
