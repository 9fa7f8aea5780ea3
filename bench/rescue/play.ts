import { DONE } from '../../src/block/outcome.ts';
import type { Target } from '../../src/block/ports.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { Rescue } from '../../src/rescue/rescue.ts';
import type { UsedClusters } from '../../test/support/volume-used.ts';
import type { Scenario } from './scenarios.ts';
import { SimulatedSource } from './simulated-source.ts';

/** What a rescue cost on the disk that was played. Seconds of disk time. */
export interface PlayResult {
  readonly reads: number;
  readonly failedReads: number;
  /** Failing reads until all readable used data was saved. */
  readonly failedUntilSafe: number;
  readonly t50: number;
  readonly t90: number;
  readonly t99: number;
  readonly t100: number;
  readonly end: number;
  /** Failing reads until only hopeless areas were left; undefined when there were none. */
  readonly askedAfter: number | undefined;
  /** Readable used sectors that were not saved. */
  readonly lostSectors: number;
  readonly wallSeconds: number;
}

/** A target that keeps what is written, in memory. */
class MemoryTarget implements Target {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  async write(offset: number, data: Uint8Array) {
    this.#bytes.set(data, offset);
    return DONE;
  }

  async read(offset: number, length: number, into: Uint8Array) {
    into.set(this.#bytes.subarray(offset, offset + length));
    return DONE;
  }

  readBack(offset: number, length: number, into: Uint8Array) {
    return this.read(offset, length, into);
  }

  async flush() {
    return DONE;
  }
}

/** Plays one scenario against the engine; `scratch` is memory as large as the volume. */
export async function play(
  file: number,
  scratch: Uint8Array,
  used: UsedClusters,
  scenario: Scenario,
): Promise<PlayResult> {
  const begin = performance.now();
  const source = new SimulatedSource(file, scratch.length, scenario.faults, scenario.physicalSectorBytes);
  let askedAfter: number | undefined;
  const rescue = new Rescue(
    {
      source,
      target: new MemoryTarget(scratch),
      clock: {
        now: () => source.diskMs,
        sleep: async (milliseconds) => {
          source.diskMs += milliseconds;
        },
      },
      saveMap: async () => undefined,
      emit: () => undefined,
      tryHopeless: async () => {
        askedAfter ??= source.failedReads;
        return true;
      },
    },
    {
      fill: 'marker',
      allSectors: false,
      retries: scenario.retries,
      targetHasOldContent: false,
      mapComments: [],
      earlierComments: [],
    },
  );
  await rescue.run();
  const bad = RangeSet.of(
    scenario.faults
      .filter((rule) => rule.startsWith('bad'))
      .map((rule) => rule.split(' ').map(Number))
      .map(([, start = 0, count = 0]) => ({ start: start * 512, end: (start + count) * 512 })),
  );
  const wanted = RangeSet.of(used.ranges).subtract(bad);
  const saved = rescue.map.bytesWith('+');
  return {
    ...milestones(source, wanted),
    askedAfter,
    lostSectors: wanted.subtract(saved).totalBytes / 512,
    wallSeconds: (performance.now() - begin) / 1000,
  };
}

function milestones(
  source: SimulatedSource,
  wanted: RangeSet,
): Omit<PlayResult, 'askedAfter' | 'lostSectors' | 'wallSeconds'> {
  const total = wanted.totalBytes;
  const times = { t50: Number.NaN, t90: Number.NaN, t99: Number.NaN, t100: Number.NaN };
  const seen = new Uint8Array(Math.ceil(source.sizeBytes / 512));
  let got = 0;
  let failed = 0;
  let failedUntilSafe = 0;
  for (const read of source.reads) {
    if (!read.ok) {
      failed++;
      continue;
    }
    for (const { start, end } of wanted.within(read.offset, read.offset + read.length)) {
      for (let sector = start / 512; sector < end / 512; sector++) {
        if (seen[sector]) continue;
        seen[sector] = 1;
        got += 512;
      }
    }
    const at = read.endMs / 1000;
    if (Number.isNaN(times.t50) && got >= total * 0.5) times.t50 = at;
    if (Number.isNaN(times.t90) && got >= total * 0.9) times.t90 = at;
    if (Number.isNaN(times.t99) && got >= total * 0.99) times.t99 = at;
    if (Number.isNaN(times.t100) && got >= total) {
      times.t100 = at;
      failedUntilSafe = failed;
    }
  }
  return {
    reads: source.reads.length,
    failedReads: failed,
    failedUntilSafe: Number.isNaN(times.t100) ? Number.NaN : failedUntilSafe,
    ...times,
    end: source.diskMs / 1000,
  };
}
