import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DONE } from '../../src/block/outcome.ts';
import { Rescue } from '../../src/rescue/rescue.ts';
import { seededRandom } from '../support/random.ts';
import { SimulatedDisk, SimulatedTarget } from '../support/simulated-disk.ts';

const MIB = 1 << 20;
const MARKER = 'BadSectoR\0'.padEnd(512, '?');

interface Played {
  readonly failedReads: number;
  /** Failing reads before the question whether hopeless areas are to be tried. */
  readonly askedAfter: number | undefined;
  /** Failing reads until the last readable sector was read. */
  readonly untilSafe: number;
  readonly requests: SimulatedDisk['requests'];
}

interface Setup {
  readonly sizeBytes: number;
  /** Numbers of bad sectors of 512 bytes. */
  readonly bad: ReadonlySet<number>;
  readonly physicalSectorBytes?: number;
  readonly tryHopeless?: boolean;
}

/** Rescues a disk without a file system; holds every sector of the target against what it should be. */
async function play({ sizeBytes, bad, physicalSectorBytes, tryHopeless = true }: Setup): Promise<Played> {
  const image = imageOf(sizeBytes);
  const faults = {
    fails: (start: number, end: number): boolean => {
      for (let sector = start / 512; sector < end / 512; sector++) if (bad.has(sector)) return true;
      return false;
    },
  };
  const disk = new SimulatedDisk(image, faults, 512, physicalSectorBytes);
  const target = new SimulatedTarget(sizeBytes);
  target.flush = async () => DONE;
  let askedAfter: number | undefined;
  let time = 0;
  const rescue = new Rescue(
    {
      source: disk,
      target,
      // Slow enough for the map to be saved a few times only.
      clock: { now: () => (time += 0.01), sleep: async () => undefined },
      saveMap: async () => undefined,
      emit: () => undefined,
      tryHopeless: async () => {
        askedAfter ??= disk.failedReads;
        return tryHopeless;
      },
    },
    {
      fill: 'marker',
      allSectors: false,
      retries: 0,
      targetHasOldContent: false,
      physicalSectorKnown: physicalSectorBytes !== undefined,
      mapComments: [],
      earlierComments: [],
    },
  );
  await rescue.run();
  for (let sector = 0; sector < sizeBytes / 512; sector++) {
    const found = Buffer.from(target.bytes.buffer, sector * 512, 512);
    if (bad.has(sector)) assert.equal(found.toString('latin1'), MARKER, `sector ${sector} is marked`);
    else
      assert.ok(found.equals(image.subarray(sector * 512, (sector + 1) * 512)), `sector ${sector} is saved`);
  }
  return { failedReads: disk.failedReads, askedAfter, untilSafe: untilSafe(disk), requests: disk.requests };
}

/** Failing reads until the last sector was read that can be read; those that are read again do not count. */
function untilSafe(disk: SimulatedDisk): number {
  const seen = new Uint8Array(disk.sizeBytes / 512);
  let failed = 0;
  let until = 0;
  for (const request of disk.requests) {
    if (request.failed) failed++;
    else if (seen.subarray(request.start / 512, request.end / 512).includes(0)) {
      seen.fill(1, request.start / 512, request.end / 512);
      until = failed;
    }
  }
  return until;
}

const images = new Map<number, Uint8Array>();

/** Noise, the same for the same size. */
function imageOf(sizeBytes: number): Uint8Array {
  const image = images.get(sizeBytes) ?? seededRandom(7).fill(new Uint8Array(sizeBytes));
  images.set(sizeBytes, image);
  return image;
}

/** All sectors of the hidden sectors with these numbers. */
const groups = (numbers: readonly number[]): number[] =>
  numbers.flatMap((group) => Array.from({ length: 8 }, (_, i) => group * 8 + i));

test('hidden physical sectors are learnt: half as many failing reads again as where they are known', async () => {
  const random = seededRandom(4);
  const bad = new Set(groups(Array.from({ length: 30 }, () => random.integer(8192))));
  const learnt = await play({ sizeBytes: 32 * MIB, bad });
  const known = await play({ sizeBytes: 32 * MIB, bad, physicalSectorBytes: 4096 });
  assert.ok(known.failedReads <= 60, `${known.failedReads} where they are known`);
  // Two that happen to lie in one request share its failure, which tells the same in both cases.
  const [least, most] = [known.failedReads, 3 * 30];
  assert.ok(learnt.failedReads <= most, `${learnt.failedReads} to ${least}`);
  assert.ok(known.requests.every(({ start, end }) => start % 4096 === 0 && end % 4096 === 0));
});

test('a wrong guess of the physical sector never loses a readable sector', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    const sizeBytes = 4 * MIB;
    const total = sizeBytes / 512;
    // Damage that looks like hidden sectors at first, and then, anywhere else, does not.
    const bad = new Set(
      groups(Array.from({ length: 2 + random.integer(6) }, () => random.integer(total / 32))),
    );
    for (let n = random.integer(6); n >= 0; n--) {
      const group = total / 32 + random.integer((total / 32) * 3);
      const [first, count] = [random.integer(8), 1 + random.integer(10)];
      for (let i = 0; i < count; i++) if (group * 8 + first + i < total) bad.add(group * 8 + first + i);
    }
    await play({ sizeBytes, bad });
  }
});

test('a person who knows the sectors to be small is believed', async () => {
  const { requests } = await play({
    sizeBytes: 8 * MIB,
    bad: new Set(groups([100, 300, 500, 700, 900])),
    physicalSectorBytes: 512,
  });
  const bad = requests.filter(({ failed, start, end }) => failed && end - start === 512);
  assert.equal(bad.length, 5 * 8, 'each sector was tried alone');
});

test('the stripes of a dead head are learnt: the others cost nothing until all else is safe', async () => {
  const [period, width] = [4 * MIB, MIB];
  const bad = new Set<number>();
  let stripes = 0;
  for (let at = 8 * MIB; at < 56 * MIB; at += period, stripes++) {
    for (let sector = at / 512; sector < (at + width) / 512; sector++) bad.add(sector);
  }
  const { untilSafe, askedAfter = Number.NaN } = await play({ sizeBytes: 64 * MIB, bad, tryHopeless: false });
  assert.ok(untilSafe <= 30, `${untilSafe} failing reads until all that is readable was safe`);
  assert.ok(askedAfter <= untilSafe + 2 * stripes + 100, `${askedAfter} until the question`);
});

test('what only looks like the stripes of a dead head is read all the same', async () => {
  for (let seed = 1; seed <= 3; seed++) {
    const random = seededRandom(seed);
    const bad = new Set<number>();
    for (let n = 0, at = 3 * MIB; at < 36 * MIB; n++, at += 4 * MIB) {
      // Regular at first, then displaced, narrower, wider, or not there.
      const start = at / 512 + (n < 4 ? 0 : random.integer(3000) - 1500);
      const count = n < 4 ? 1024 : random.integer(2000);
      for (let sector = start; sector < start + count; sector++) bad.add(sector);
    }
    await play({ sizeBytes: 48 * MIB, bad });
  }
});
