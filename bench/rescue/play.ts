import { RangeSet } from '../../src/block/range-set.ts';
import { Rescue } from '../../src/rescue/rescue.ts';
import type { UsedClusters } from '../../test/support/volume-used.ts';
import { CheckedTarget, STATE, type TruthReader } from './checked-target.ts';
import { type Milestones, milestones } from './milestones.ts';
import { badRanges, type Scenario } from './scenarios.ts';
import { SimulatedSource } from './simulated-source.ts';

/** What a rescue cost on the disk that was played. Seconds of disk time. */
export interface PlayResult extends Milestones {
  readonly end: number;
  /** Failing reads until only hopeless areas were left; undefined when there were none. */
  readonly askedAfter: number | undefined;
  /** Readable used sectors that were not saved. */
  readonly lostSectors: number;
  /** Sectors with bytes that nobody should have written, and bad used ones without the marker. */
  readonly wrongSectors: number;
}

/** Plays one scenario against the engine on a disk that holds `truth`; `tryHopeless` goes to the bitter end. */
export async function play(
  truth: TruthReader,
  sizeBytes: number,
  used: UsedClusters,
  scenario: Scenario,
  tryHopeless = true,
): Promise<PlayResult> {
  const source = new SimulatedSource(truth, sizeBytes, scenario);
  const target = new CheckedTarget(sizeBytes, truth);
  let askedAfter: number | undefined;
  const rescue = new Rescue(
    {
      source,
      target,
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
        return tryHopeless;
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
  const bad = badRanges(scenario);
  const wanted = RangeSet.of(used.ranges).subtract(bad);
  const count = (set: RangeSet, state: number): number =>
    [...set].reduce((sum, { start, end }) => {
      let found = 0;
      for (let sector = start / 512; sector < end / 512; sector++)
        if (target.states[sector] === state) found++;
      return sum + found;
    }, 0);
  const everything = RangeSet.single(0, sizeBytes);
  const hit = RangeSet.of(used.ranges).intersect(bad);
  return {
    ...milestones(source.reads, source.sizeBytes, wanted),
    end: source.diskMs / 1000,
    askedAfter,
    lostSectors: wanted.totalBytes / 512 - count(wanted, STATE.saved),
    wrongSectors: count(everything, STATE.wrong) + hit.totalBytes / 512 - count(hit, STATE.marked),
  };
}
