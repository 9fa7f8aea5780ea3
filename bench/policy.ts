/**
 * Plays the fault scenarios against the engine on a simulated disk, in seconds, without root:
 * `policy.ts [SCENARIO...]`. The table shows failing reads and disk time; only ratios and counts mean something.
 */
import { existsSync, openSync, readSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeVolume } from '../test/support/volume.ts';
import type { Population } from '../test/support/volume-populations.ts';
import { usedRanges } from '../test/support/volume-used.ts';
import { play } from './rescue/play.ts';
import { scenarios } from './rescue/scenarios.ts';
import { structureSectors } from './rescue/structures.ts';

const SIZE_BYTES = 2 ** 31;
const SEEDS = [1, 2, 3];

/** A volume half full, of files in several pieces each. */
const halfFull: Population = async (volume) => {
  for (let i = 0; i < 4000; i++) await volume.file(`small/${i % 40}/${i}.txt`, volume.random.integer(600));
  for (let i = 0; i < 350; i++) {
    await volume.interleaved([`data/${i % 20}/a${i}.bin`, `data/${i % 20}/b${i}.bin`], 1_440_000, 128 * 1024);
  }
};

async function volumeImage(): Promise<string> {
  const folder = join(tmpdir(), 'lifeboat-bench');
  await mkdir(folder, { recursive: true });
  const image = join(folder, 'half-full.img');
  if (!existsSync(image)) {
    await makeVolume({ sizeBytes: SIZE_BYTES, populate: halfFull, seed: 5, junk: false, image });
  }
  return image;
}

const image = await volumeImage();
const used = await usedRanges(image);
const structures = await structureSectors(image);
const file = openSync(image, 'r');
const truth = (offset: number, into: Uint8Array): void => void readSync(file, into, 0, into.length, offset);
const wanted = process.argv.slice(2);
console.log(
  '| scenario | seed | reads | failing | until safe | asked | t50 | t90 | t99 | t100 | end | lost | wrong |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|---|---|---|');
for (const seed of SEEDS) {
  for (const scenario of scenarios(SIZE_BYTES, used, seed, structures)) {
    if (wanted.length > 0 && !wanted.includes(scenario.id)) continue;
    const result = await play(truth, SIZE_BYTES, used, scenario);
    const seconds = (value: number): string => value.toFixed(1);
    console.log(
      `| ${[
        ...[scenario.id, seed, result.reads, result.failedReads, result.failedUntilSafe],
        ...[result.askedAfter ?? '-', seconds(result.t50), seconds(result.t90), seconds(result.t99)],
        ...[seconds(result.t100), seconds(result.end), result.lostSectors, result.wrongSectors],
      ].join(' | ')} |`,
    );
  }
}
