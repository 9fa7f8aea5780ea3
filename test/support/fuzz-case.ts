import assert from 'node:assert/strict';
import { DONE, type Outcome } from '../../src/block/outcome.ts';
import type { Source, Target } from '../../src/block/ports.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { sourceReader } from '../../src/ntfs/source-reader.ts';
import type { Clock } from '../../src/rescue/clock.ts';
import { describeDamage } from '../../src/rescue/damage.ts';
import { Rescue } from '../../src/rescue/rescue.ts';
import type { FuzzBase } from './fuzz-bases.ts';
import { strike } from './fuzz-blows.ts';
import { DamagedVolume, unreadable } from './fuzz-damage.ts';
import { type Demands, demandsOn } from './fuzz-oracle.ts';
import { browse } from './fuzz-tree.ts';
import { type SeededRandom, seededRandom } from './random.ts';

/** What came of a case that was passed. */
export interface CaseResult {
  readonly base: string;
  /** Whether a plan was read off the volume; else every sector was saved. */
  readonly planned: boolean;
  readonly demandedBytes: number;
  readonly filesCompared: number;
  readonly failedReads: number;
}

const OLD = 0xee;
/** More than a case ever needs: a loop shows by these, on a machine of any speed. */
const MOST_READS_A_SECTOR = 12;
const MOST_TARGET_VOLUMES = 600;

/** One seed for each case, so that any of them can be played alone. */
export function caseRandom(seed: number, number: number): SeededRandom {
  return seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
}

/** What happens in a case, for whoever has to find out why it failed. */
export interface CaseStory {
  text: string;
}

/**
 * Plays one case: wounds the volume, rescues all of it, asks whose the lost bytes are, lists and reads its files, and
 * throws when anything is not as it must be. The base is whole again afterwards.
 */
export async function playCase(base: FuzzBase, random: SeededRandom, story: CaseStory): Promise<CaseResult> {
  const damaged = new DamagedVolume(base.volume);
  try {
    strike(base, damaged, random);
    story.text = `${base.name}: ${damaged.story}`;
    const isCut = random.integer(10) === 0;
    const cutTo =
      random.integer(2) === 0
        ? random.integer(base.volume.length)
        : base.volume.length - random.integer(65536);
    const sizeBytes = isCut
      ? Math.max(512, random.integer(8) === 0 ? cutTo : cutTo - (cutTo % 512))
      : base.volume.length;
    const worthy = base.layout.records.flatMap(({ places }) => places.map(({ start }) => start));
    const bad =
      random.integer(5) < 2
        ? unreadable(random, sizeBytes, [
            ...worthy.slice(0, 30),
            ...worthy,
            0,
            base.layout.volumeBytes,
            base.layout.mirrorStart,
          ])
        : RangeSet.EMPTY;
    if (isCut) story.text += `; cut to ${sizeBytes} bytes`;
    if (!bad.isEmpty)
      story.text += `; unreadable ${[...bad].map(({ start, end }) => `${start}+${end - start}`).join(' ')}`;
    return await rescueAndJudge(base, damaged, bad, sizeBytes, random);
  } finally {
    damaged.restore();
  }
}

async function rescueAndJudge(
  base: FuzzBase,
  damaged: DamagedVolume,
  bad: RangeSet,
  sizeBytes: number,
  random: SeededRandom,
): Promise<CaseResult> {
  const image = damaged.bytes.subarray(0, sizeBytes);
  const physicalSectorBytes = random.integer(4) === 0 ? 4096 : 512;
  const disk = new CountedDisk(image, wholeUnits(bad, physicalSectorBytes, sizeBytes), physicalSectorBytes);
  const target = new CountedTarget(sizeBytes);
  const allSectors = random.integer(20) === 0;
  const first = [[], [], ['personal'], ['**/*.dat', 'Users/**'], ['*']][random.integer(5)] ?? [];
  const rescue = new Rescue(
    {
      source: disk,
      target,
      clock: new CountingClock(),
      saveMap: async () => undefined,
      emit: () => undefined,
      tryHopeless: async () => true,
    },
    {
      fill: 'marker',
      allSectors,
      first,
      retries: random.integer(2),
      targetHasOldContent: true,
      mapComments: [],
      earlierComments: [],
    },
  );
  const result = await rescue.run();
  assert.equal(result.interruption, undefined);
  assert.equal(result.undecidedBytes, 0, 'something was left undecided');

  const { map } = rescue;
  const saved = map.bytesWith('+');
  for (const { start, end } of saved) {
    assert.ok(
      disk.bad.within(start, end)[Symbol.iterator]().next().done,
      `unreadable bytes among ${start}..${end} are called saved`,
    );
    assert.equal(
      Buffer.compare(target.bytes.subarray(start, end), image.subarray(start, end)),
      0,
      `${start}..${end} is called saved and is not`,
    );
  }
  const beyond = RangeSet.single(sizeBytes, Math.max(sizeBytes, base.volume.length));
  const lost = disk.bad.union(beyond);
  const changed = damaged.changed();
  const demands = demandsOn(base, { changed, lost });
  const wanted = allSectors ? RangeSet.single(0, sizeBytes).subtract(lost) : demands.saved;
  const missed = wanted.subtract(saved);
  assert.ok(
    missed.isEmpty,
    `not saved: ${missed.totalBytes} bytes, first at ${missed.isEmpty ? 0 : missed.startOf(0)}`,
  );

  const gone = map.bytesWith('-', '/', '*').intersect(rescue.plan?.domain ?? RangeSet.EMPTY);
  await judgeOwners(rescue, gone, base, demands);
  const isGone = (record: number): boolean =>
    (base.layout.records.find(({ number }) => number === record)?.attributes ?? []).some((one) =>
      one.runs.some(({ start, end }) => lost.touches(start, end) || changed.touches(start, end)),
    );
  // Reading from the dying disk itself, `ls` and `cp` give up on a stretch that fails too often.
  const isHealthyEnough = disk.bad.totalBytes <= 8 * physicalSectorBytes;
  const reader = random.integer(2) === 0 || !isHealthyEnough ? rescue.savedView() : sourceReader(disk);
  const filesCompared = await browse(reader, base, demands, random, isGone, gone);
  return {
    base: base.name,
    planned: rescue.plan?.survey !== undefined,
    demandedBytes: wanted.totalBytes,
    filesCompared,
    failedReads: result.failedReads,
  };
}

/** Every lost byte is somebody's, or nobody's; and those of a whole file are that file's. */
async function judgeOwners(rescue: Rescue, gone: RangeSet, base: FuzzBase, demands: Demands): Promise<void> {
  const { owners } = await describeDamage(rescue.savedView(), gone, rescue.plan);
  const told = owners.files.reduce(
    (sum, { diskBytes }) => sum + diskBytes,
    owners.freeBytes + owners.unknownBytes,
  );
  assert.ok(
    told + owners.omittedBytes >= gone.totalBytes,
    `${told} of ${gone.totalBytes} lost bytes have an owner`,
  );
  if (rescue.plan?.survey === undefined || gone.isEmpty) return;
  for (const record of base.layout.records) {
    if (!demands.records.has(record.number) || record.number < 24 || !demands.records.has(record.base))
      continue;
    const isHurt = record.attributes.some(({ runs }) =>
      runs.some(({ start, end }) => gone.touches(start, end)),
    );
    if (!isHurt) continue;
    assert.ok(
      owners.files.some((file) => file.record === record.base && file.diskBytes > 0),
      `record ${record.base} lost bytes, and the report does not say so`,
    );
  }
}

/** Time passes with every look at it. */
class CountingClock implements Clock {
  #time = 0;

  now(): number {
    this.#time += 4;
    return this.#time;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.#time += milliseconds;
  }
}

/** Media fail in whole units. */
function wholeUnits(bad: RangeSet, unit: number, sizeBytes: number): RangeSet {
  return RangeSet.of(
    [...bad].map(({ start, end }) => ({
      start: Math.floor(start / unit) * unit,
      end: Math.min(sizeBytes, Math.ceil(end / unit) * unit),
    })),
  );
}

/** A disk that does not let itself be asked for ever. */
class CountedDisk implements Source {
  readonly sizeBytes: number;
  readonly sectorBytes = 512;
  readonly physicalSectorBytes: number;
  readonly bad: RangeSet;
  readonly #image: Uint8Array;
  #left: number;

  constructor(image: Uint8Array, bad: RangeSet, physicalSectorBytes: number) {
    this.#image = image;
    this.sizeBytes = image.length;
    this.bad = bad;
    this.physicalSectorBytes = physicalSectorBytes;
    this.#left = 10_000 + (MOST_READS_A_SECTOR * image.length) / 512;
  }

  allocate(bytes: number): Uint8Array {
    return new Uint8Array(bytes);
  }

  async read(offset: number, length: number, into: Uint8Array): Promise<Outcome> {
    assert.ok(this.#left-- > 0, 'the source is read and read and read');
    const end = offset + length;
    assert.ok(offset >= 0 && length > 0 && end <= this.sizeBytes, `a read of ${offset}+${length}`);
    assert.ok(
      offset % 512 === 0 && (end % 512 === 0 || end === this.sizeBytes),
      `an unaligned read of ${offset}+${length}`,
    );
    if (this.bad.touches(offset, end)) return { kind: 'bad', errno: 'EIO' };
    into.set(this.#image.subarray(offset, end));
    return DONE;
  }
}

/** Fresh memory for each of a hundred thousand targets would cost more than the rescues. */
let spare = new Uint8Array(0);

/** A target with old content, which does not let itself be asked for ever either. */
class CountedTarget implements Target {
  readonly bytes: Uint8Array;
  #left: number;

  constructor(sizeBytes: number) {
    if (spare.length < sizeBytes) spare = new Uint8Array(sizeBytes);
    this.bytes = spare.subarray(0, sizeBytes).fill(OLD);
    this.#left = MOST_TARGET_VOLUMES * Math.max(sizeBytes, 2 ** 20);
  }

  async write(offset: number, data: Uint8Array): Promise<Outcome> {
    assert.ok(
      offset >= 0 && offset + data.length <= this.bytes.length,
      `a write of ${offset}+${data.length}`,
    );
    this.bytes.set(data, offset);
    return DONE;
  }

  async read(offset: number, length: number, into: Uint8Array): Promise<Outcome> {
    this.#left -= length;
    assert.ok(this.#left > 0, 'the target is read and read and read');
    into.set(this.bytes.subarray(offset, offset + length));
    return DONE;
  }

  readBack(offset: number, length: number, into: Uint8Array): Promise<Outcome> {
    return this.read(offset, length, into);
  }

  async flush(): Promise<Outcome> {
    return DONE;
  }
}
