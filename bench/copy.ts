/**
 * Copies one healthy NTFS volume with every tool in turn, file to file and block device to block device, from a cold
 * cache to stable storage, in interleaved rounds, and prints a table of medians. Needs root.
 *
 *   copy.ts [--rounds 5] [--size 4] [--only NAME,...] [--folder DIR]
 */
import { mkdir, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loopDevice } from '../scripts/loop-device.ts';
import { compareClone } from '../test/support/volume-comparison.ts';
import { CONTESTANTS, type Race } from './contestants.ts';
import { type Measured, measure } from './measure.ts';
import { table } from './table.ts';
import { benchVolume } from './volume.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    size: { type: 'string', default: '4' },
    only: { type: 'string' },
    folder: { type: 'string', default: join(tmpdir(), 'lifeboat-bench') },
  },
});
const contestants = CONTESTANTS.filter(({ name }) => values.only?.split(',').includes(name) ?? true);
const scratch = join(values.folder, 'scratch');
const copy = join(values.folder, 'copy.img');

console.error(`bench: the volume is in ${values.folder}; made at the first time`);
const { image, plain, used } = await benchVolume(values.folder, Number(values.size));
const usedBytes = used.ranges.reduce((sum, { start, end }) => sum + end - start, 0);
const sizeBytes = used.ranges.at(-1)?.end ?? 0;
console.log(
  `${values.size} GiB volume, ${(usedBytes / 2 ** 30).toFixed(2)} GiB used, ${values.rounds} rounds\n`,
);

console.log(await race('file to file', (run) => run({ volume: image, plain, target: copy, scratch })));
console.log(
  await race('loop device to loop device', async (run) => {
    await emptyDisk();
    await using volume = await loopDevice(image, { readOnly: true });
    await using bytes = await loopDevice(plain, { readOnly: true });
    await using target = await loopDevice(copy);
    return await run({ volume: volume.device, plain: bytes.device, target: target.device, scratch });
  }),
);
await rm(copy, { force: true });

type Run = (race: Race) => Promise<Measured | string>;

/** One race: all contestants, round after round, each beginning one place later than in the round before. */
async function race(title: string, place: (run: Run) => Promise<Measured | string>): Promise<string> {
  const runs = new Map<string, (Measured | string)[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(turn + round) % contestants.length];
      if (contestant === undefined) continue;
      await clearAway();
      const result = await place((where) => measure(contestant.command(where), where.target));
      runs.get(contestant.name)?.push(result);
      const text = typeof result === 'string' ? result : `${result.wallSeconds.toFixed(2)} s`;
      console.error(`bench: ${title}, round ${round + 1}: ${contestant.name}: ${text}`);
      if (contestant.name === 'lifeboat' && round === 0 && typeof result !== 'string') await inspect();
    }
  }
  return table(
    title,
    [...runs].map(([name, results]) => ({ name, runs: results })),
  );
}

/** Removes what the one before has left. */
async function clearAway(): Promise<void> {
  await rm(copy, { force: true });
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
}

/** A hole as large as the volume: each contestant allocates what it writes, as in a file. */
async function emptyDisk(): Promise<void> {
  const file = await open(copy, 'w');
  await file.truncate(sizeBytes);
  await file.close();
}

/** A fast copy that is wrong is worth nothing. */
async function inspect(): Promise<void> {
  const { wrong } = await compareClone(image, copy, used, new Set(), 0);
  if (wrong.length > 0) throw new Error(`the copy is wrong: ${wrong.join(', ')}`);
}
