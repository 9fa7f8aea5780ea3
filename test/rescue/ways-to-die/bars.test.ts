import assert from 'node:assert/strict';
import { closeSync, openSync, readSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type PlayResult, play } from '../../../bench/rescue/play.ts';
import { type Scenario, scenarios } from '../../../bench/rescue/scenarios.ts';
import { structureSectors } from '../../../bench/rescue/structures.ts';
import { makeScatteredVolume, type ScatteredVolume, stampData } from '../../support/scattered-volume.ts';
import { missing } from '../../support/tools.ts';

const SIZE_BYTES = 2 ** 31;
const SEED = 1;
const skip = missing({ tools: ['mkntfs', 'ntfs-3g', 'ntfsclone', 'ntfsfallocate'], root: true });

/** What a way to die may cost at most; failing reads, and seconds of the disk that is played. */
interface Bar {
  readonly failing?: number;
  readonly untilSafe?: number;
  readonly asked?: number;
  readonly t90?: number;
  readonly t99?: number;
}

const BARS: Readonly<Record<string, Bar>> = {
  s0: { failing: 0 },
  s1: { failing: 120 },
  // One failing read for each, and one more at the very end.
  s1n: { failing: 120, untilSafe: 70 },
  s2: { untilSafe: 60, asked: 300, t99: 70 },
  s2n: { untilSafe: 60, asked: 300, t99: 70 },
  s3: { untilSafe: 150, t99: 21 },
  s3n: { untilSafe: 150, t99: 21 },
  s3l: { untilSafe: 225, t99: 30 },
  s4: { failing: 20, t90: 35 },
  // 20 bad sectors at two failing reads each, and those that fail because the disk hangs.
  s6: { failing: 40 + 20 },
  s7: { failing: 165 },
  s8: { failing: 60 },
  s8n: { failing: 90, untilSafe: 62 },
  s8l: { failing: 90 },
  s5a: { failing: 24 },
  s5b: { failing: 2 },
  s5c: { failing: 4 },
  s5d: { failing: 4 },
  s5e: { failing: 2 },
  s5f: { failing: 2 },
  s5g: { failing: 8 },
  s5h: { failing: 2 },
  s5i: { failing: 2 },
  s5j: { failing: 2 },
  s5: { failing: 40 },
};

describe('ways to die, played on a simulated disk', { skip }, () => {
  let folder: string;
  let volume: ScatteredVolume;
  let ways: Scenario[];
  let file: number;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-bars-'));
    volume = await makeScatteredVolume(join(folder, 'volume.img'), SIZE_BYTES, SEED);
    ways = scenarios(SIZE_BYTES, volume.used, SEED, await structureSectors(volume.image));
    file = openSync(volume.image, 'r');
  });

  after(async () => {
    closeSync(file);
    await rm(folder, { recursive: true, force: true });
  });

  for (const [id, bar] of Object.entries(BARS)) {
    test(`${id}: every readable used sector is saved, for no more failing reads than it must cost`, async () => {
      const scenario = ways.find((way) => way.id === id);
      assert.ok(scenario, 'the scenario is known');
      const truth = (offset: number, into: Uint8Array): void => {
        readSync(file, into, 0, into.length, offset);
        stampData(into, offset, volume.data);
      };
      const result: PlayResult = await play(truth, SIZE_BYTES, volume.used, scenario, false);
      assert.equal(result.lostSectors, 0, 'readable sectors that were lost');
      assert.equal(result.wrongSectors, 0, 'sectors with wrong bytes, and bad ones without a marker');
      const found = {
        failing: result.failedReads,
        untilSafe: result.failedUntilSafe,
        asked: result.askedAfter ?? Number.POSITIVE_INFINITY,
        t90: result.t90,
        t99: result.t99,
      };
      for (const [what, most] of Object.entries(bar)) {
        const value = found[what as keyof Bar];
        assert.ok(value <= most, `${scenario.what}: ${what} ${value}, at most ${most}`);
      }
    });
  }

  test('every way to die has its bar', () => {
    assert.deepEqual(ways.map(({ id }) => id).sort(), Object.keys(BARS).sort());
  });
});
