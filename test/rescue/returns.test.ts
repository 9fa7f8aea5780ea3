import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../src/block/outcome.ts';
import type { Source, Target } from '../../src/block/ports.ts';
import { BlockMap } from '../../src/rescue/block-map.ts';
import type { RescueResult } from '../../src/rescue/events.ts';
import { parseMapfile } from '../../src/rescue/mapfile.ts';
import { Rescue } from '../../src/rescue/rescue.ts';
import type { FindAgain } from '../../src/rescue/return-watch.ts';
import { seededRandom } from '../support/random.ts';
import { badStretches, SimulatedDisk, SimulatedTarget } from '../support/simulated-disk.ts';

const MIB = 1 << 20;
const SECTOR = 512;
const OLD = 0xee;

interface Run {
  readonly result: RescueResult;
  readonly savedMap: string;
  readonly notes: readonly string[];
}

/** Plays a rescue whose ends may be lost; every map that is saved has to be true of what `stable` gives. */
async function run(setup: {
  readonly image: Uint8Array;
  readonly source: Source;
  readonly target: Target;
  readonly stable: () => Uint8Array;
  readonly findSource?: FindAgain<Source>;
  readonly findTarget?: FindAgain<Target>;
  readonly patienceMs?: number;
  readonly distrustMap?: () => Promise<void>;
}): Promise<Run> {
  const { image, source, target, findSource, findTarget } = setup;
  let savedMap = '';
  let time = 0;
  const notes: string[] = [];
  const rescue = new Rescue(
    {
      source,
      target,
      findSource,
      findTarget,
      clock: {
        now: () => (time += 4),
        sleep: async (milliseconds) => {
          time += milliseconds;
        },
      },
      saveMap: async (text) => {
        savedMap = text;
        for (const { start, end } of parseMapfile(text, image.length).map.bytesWith('+')) {
          const isTrue =
            Buffer.compare(setup.stable().subarray(start, end), image.subarray(start, end)) === 0;
          assert.ok(isTrue, `the map calls ${start} to ${end} finished, which is not on stable storage`);
        }
      },
      emit: (event) => {
        if (event.event === 'note') notes.push(event.message);
      },
      ...(setup.distrustMap && { distrustMap: setup.distrustMap }),
      tryHopeless: async () => true,
    },
    {
      fill: 'marker',
      allSectors: false,
      retries: 0,
      patienceMs: setup.patienceMs ?? Number.POSITIVE_INFINITY,
      targetHasOldContent: true,
      mapComments: [],
      earlierComments: [],
    },
    new BlockMap(image.length),
  );
  return { result: await rescue.run(), savedMap, notes };
}

function scene(seed: number) {
  const random = seededRandom(seed);
  const image = random.fill(new Uint8Array(2 * MIB));
  const bad = Array.from({ length: 12 }, () => random.integer(image.length / SECTOR));
  const faults = badStretches(bad.map((sector) => [sector * SECTOR, SECTOR]));
  return { random, image, bad: new Set(bad), faults };
}

function assertClone(bytes: Uint8Array, image: Uint8Array, bad: ReadonlySet<number>, what: string): void {
  for (let sector = 0; sector < image.length / SECTOR; sector++) {
    const at = sector * SECTOR;
    const found = Buffer.from(bytes.subarray(at, at + SECTOR));
    if (bad.has(sector))
      assert.ok(found.subarray(0, 9).equals(Buffer.from('BadSectoR')), `${what}: mark ${sector}`);
    else assert.ok(found.equals(image.subarray(at, at + SECTOR)), `${what}: sector ${sector}`);
  }
}

test('a target that loses what it had not flushed, again and again: the map is true, the copy whole', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const { random, image, bad, faults } = scene(seed);
    let current = new SimulatedTarget(image.length, OLD);
    let losses = 0;
    /** Breaks at a random call, as `errno`; what it had not flushed is gone then. */
    const breaking = (target: SimulatedTarget): SimulatedTarget => {
      if (losses > 8) return target;
      let left = 1 + random.integer(60);
      const outcome = (): Outcome => {
        if (left-- > 0) return { kind: 'done' };
        return random.integer(2) === 0 ? { kind: 'gone', errno: 'ENODEV' } : { kind: 'bad', errno: 'EIO' };
      };
      target.onWrite = outcome;
      target.onFlush = outcome;
      return target;
    };
    breaking(current);
    const { result } = await run({
      image,
      source: new SimulatedDisk(image, faults),
      target: current,
      stable: () => current.stable,
      findTarget: async (verify) => {
        losses++;
        const back = new SimulatedTarget(image.length);
        back.bytes.set(current.stable);
        back.stable = current.stable.slice();
        assert.equal(await verify(back, true), undefined);
        current = breaking(back);
        return { back: { device: back, path: '/dev/again' }, others: [] };
      },
    });
    assert.equal(result.interruption, undefined, `seed ${seed}`);
    assert.ok(losses > 2, `seed ${seed}: it was lost ${losses} times`);
    assert.equal(result.badBytes, bad.size * SECTOR);
    assertClone(current.stable, image, bad, `seed ${seed}`);
  }
});

test('a target that is full waits for room, and loses nothing', async () => {
  const { image, bad, faults } = scene(20);
  const target = new SimulatedTarget(image.length, OLD);
  let refused = 0;
  let written = 0;
  target.onWrite = (_, length) => {
    written += length;
    if (written < MIB / 2 || refused >= 5) return { kind: 'done' };
    refused++;
    return { kind: 'bad', errno: 'ENOSPC' };
  };
  const { result, notes } = await run({
    image,
    source: new SimulatedDisk(image, faults),
    target,
    stable: () => target.stable,
    findTarget: () => assert.fail('it was not lost'),
  });
  assert.equal(result.interruption, undefined);
  assert.equal(refused, 5);
  assert.equal(notes.filter((note) => /full/.test(note)).length, 1);
  assert.ok(notes.some((note) => /room again/.test(note)));
  assertClone(target.stable, image, bad, 'full');
});

test('a source that comes back goes on; others are turned down, and not a byte of theirs is saved', async () => {
  const { image, bad, faults } = scene(30);
  const target = new SimulatedTarget(image.length, OLD);
  const disk = new SimulatedDisk(image, faults);
  disk.gone = () => disk.requests.length > 8;
  const stranger = new SimulatedDisk(seededRandom(99).fill(new Uint8Array(image.length)), badStretches([]));
  const dead = new SimulatedDisk(image, badStretches([[0, image.length]]));
  let looks = 0;
  const back = new SimulatedDisk(image, faults);
  const { result, notes } = await run({
    image,
    source: disk,
    target,
    stable: () => target.stable,
    findSource: async (verify) => {
      looks++;
      if (looks === 1) return { back: undefined, others: [] };
      const candidate = [stranger, dead][looks - 2];
      if (candidate) {
        const difference = await verify(candidate, false);
        assert.ok(difference !== undefined);
        return { back: undefined, others: [{ path: '/dev/other', difference }] };
      }
      assert.equal(await verify(back, false), undefined);
      return { back: { device: back, path: '/dev/again' }, others: [] };
    },
  });
  assert.equal(result.interruption, undefined);
  assert.ok(notes.some((note) => /\/dev\/other.*holds other data at byte/.test(note)));
  assert.ok(notes.some((note) => /\/dev\/other.*nothing that was read before can be read/.test(note)));
  assert.ok(notes.some((note) => /back as \/dev\/again/.test(note)));
  assert.equal(result.badBytes, bad.size * SECTOR);
  assertClone(target.stable, image, bad, 'returned');
});

/** A source that comes back as itself whenever it was lost. */
function returning(make: () => SimulatedDisk): FindAgain<Source> {
  return async (verify) => {
    const back = make();
    const difference = await verify(back, true);
    if (difference !== undefined) assert.equal(difference, 'it does not answer');
    return difference !== undefined
      ? { back: undefined, others: [] }
      : { back: { device: back, path: '/dev/again' }, others: [] };
  };
}

test('a sector that throws the disk off the bus is passed over, and all around it is saved', async () => {
  const { image, bad, faults } = scene(32);
  const killer = 1777;
  assert.ok(!bad.has(killer));
  let losses = 0;
  const make = (): SimulatedDisk => {
    const disk = new SimulatedDisk(image, faults);
    let isGone = false;
    const read = disk.read.bind(disk);
    disk.read = (offset, length, into) => {
      if (!isGone && offset <= killer * SECTOR && offset + length > killer * SECTOR) {
        isGone = true;
        losses++;
      }
      return isGone ? Promise.resolve({ kind: 'gone', errno: 'ENODEV' }) : read(offset, length, into);
    };
    return disk;
  };
  const target = new SimulatedTarget(image.length, OLD);
  const { result, notes } = await run({
    image,
    source: make(),
    target,
    stable: () => target.stable,
    findSource: returning(make),
  });
  assert.equal(result.interruption, undefined);
  assert.ok(losses <= 12, `it was thrown off the bus ${losses} times`);
  assert.ok(notes.some((note) => /the same place as before/.test(note)));
  assertClone(target.stable, image, new Set([...bad, killer]), 'passed over');
});

test('a disk that fails a moment before it is gone has said nothing about its sectors', async () => {
  for (let seed = 33; seed < 39; seed++) {
    const { random, image, bad, faults } = scene(seed);
    const every = 14 + random.integer(12);
    let isGone = false;
    let requests = 0;
    let losses = 0;
    const make = (): SimulatedDisk => {
      const disk = new SimulatedDisk(image, faults);
      isGone = false;
      const read = disk.read.bind(disk);
      disk.read = async (offset, length, into) => {
        if (isGone) return { kind: 'gone', errno: 'ENODEV' };
        // Not each time at the same place: that would be taken for the reason.
        if (++requests % every !== 0 || losses > 30) return read(offset, length, into);
        isGone = true;
        losses++;
        return { kind: 'bad', errno: 'EIO' };
      };
      return disk;
    };
    const target = new SimulatedTarget(image.length, OLD);
    const { result } = await run({
      image,
      source: make(),
      target,
      stable: () => target.stable,
      findSource: returning(make),
    });
    assert.equal(result.interruption, undefined);
    assert.ok(losses > 20);
    assertClone(target.stable, image, bad, `seed ${seed}`);
  }
});

test('a source that does not come back in time ends the run as before', async () => {
  const { image, faults } = scene(31);
  const disk = new SimulatedDisk(image, faults);
  disk.gone = () => disk.requests.length > 8;
  const target = new SimulatedTarget(image.length, OLD);
  let looks = 0;
  const { result } = await run({
    image,
    source: disk,
    target,
    stable: () => target.stable,
    patienceMs: 10_000,
    findSource: async () => {
      looks++;
      return { back: undefined, others: [] };
    },
  });
  assert.equal(result.interruption?.kind, 'source-gone');
  assert.ok(looks >= 9 && looks <= 11, `${looks} looks`);
});

for (const [name, lie] of [
  ['drops what lies behind its real end', 'drop'],
  ['begins again at its start behind its real end', 'wrap'],
  ['drops single writes', 'single'],
] as const) {
  test(`a target that ${name} is found out, and the map vouches for nothing`, async () => {
    for (let seed = 40; seed < 46; seed++) {
      const { random, image, faults } = scene(seed);
      const target = new SimulatedTarget(image.length, OLD);
      const real = (2 + random.integer(4)) * (MIB / 4);
      const { bytes } = target;
      const place = (offset: number): number | undefined => {
        if (lie === 'single') return random.integer(8) === 0 ? undefined : offset;
        if (offset < real) return offset;
        return lie === 'wrap' ? offset % real : undefined;
      };
      target.write = async (offset, data) => {
        const from = place(offset);
        if (from !== undefined) bytes.set(data.subarray(0, bytes.length - from), from);
        return { kind: 'done' };
      };
      target.read = async (offset, length, into) => {
        const from = lie === 'wrap' ? offset % real : offset;
        into.set(bytes.subarray(from, from + length));
        return { kind: 'done' };
      };
      const { result, savedMap, notes } = await run({
        image,
        source: new SimulatedDisk(image, faults),
        target,
        // What it claims; the maps of before it was found out cannot be better than that.
        stable: () => image,
        // The map lies on a disk that is full: no copy of it can be made, but it can be corrected.
        distrustMap: () => Promise.reject(new Error('ENOSPC: no space left on device')),
      });
      assert.equal(result.interruption?.kind, 'target-untrue', `seed ${seed}`);
      assert.deepEqual(
        notes.filter((note) => /map/.test(note)),
        ['The map as it was could not be put aside: ENOSPC: no space left on device.'],
      );
      const { map } = parseMapfile(savedMap, image.length);
      assert.ok(map.bytesWith('+').isEmpty, 'the map vouches for nothing');
      assert.equal(result.savedBytes, 0);
    }
  });
}
