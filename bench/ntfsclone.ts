/**
 * Races `lifeboat ntfsclone` against the real one: clone, save an image, restore it, file to file, from a cold or a warm
 * page cache to stable storage, in interleaved rounds, with clusters of 4 KiB and of 512 bytes. Needs root.
 *
 *   ntfsclone.ts [--rounds 3] [--size 4] [--clusters 4096,512] [--caches cold,warm] [--folder DIR]
 */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runOrThrow } from '../test/support/tools.ts';
import { type Measured, measure, median } from './measure.ts';
import { benchVolume } from './volume.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    size: { type: 'string', default: '4' },
    clusters: { type: 'string', default: '4096,512' },
    caches: { type: 'string', default: 'cold,warm' },
    folder: { type: 'string', default: join(tmpdir(), 'lifeboat-bench') },
  },
});
const target = join(values.folder, 'copy.img');
const special = join(values.folder, 'special.img');
const PROGRAMS = [
  { name: 'ntfsclone', words: ['ntfsclone'] },
  { name: 'lifeboat', words: [resolve(import.meta.dirname, '../dist/lifeboat'), 'ntfsclone'] },
];

console.log('| | clusters | cache | ntfsclone s | lifeboat s | ratio | lifeboat CPU s | lifeboat peak MiB |');
console.log('|---|---|---|---|---|---|---|---|');
for (const clusterBytes of values.clusters.split(',').map(Number)) {
  const { image } = await benchVolume(values.folder, Number(values.size), clusterBytes);
  await runOrThrow('ntfsclone', ['-q', '-f', '-s', '-O', special, image]);
  const tasks = [
    { name: 'clone', source: image, options: ['-f'] },
    { name: 'save', source: image, options: ['-f', '-s'] },
    { name: 'restore', source: special, options: ['-r'] },
  ];
  for (const cache of values.caches.split(',')) {
    for (const task of tasks) console.log(await race(task, clusterBytes, cache));
  }
  await rm(special);
}
await rm(target, { force: true });

/** A row of the table: both programs in turn, the other one first in every second round. */
async function race(
  task: { name: string; source: string; options: readonly string[] },
  clusterBytes: number,
  cache: string,
): Promise<string> {
  const runs = new Map<string, Measured[]>(PROGRAMS.map(({ name }) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { name, words } of round % 2 === 0 ? PROGRAMS : PROGRAMS.toReversed()) {
      await rm(target, { force: true });
      const command = [...words, '-q', ...task.options, '-O', target, task.source];
      const result = await measure(command, target, cache === 'warm' ? task.source : undefined);
      if (typeof result === 'string') throw new Error(`${name} ${task.name}: ${result}`);
      console.error(
        `bench: ${task.name} ${clusterBytes} ${cache}: ${name} ${result.wallSeconds.toFixed(2)} s`,
      );
      runs.get(name)?.push(result);
    }
  }
  const of = (name: string, pick: (one: Measured) => number): number =>
    median((runs.get(name) ?? []).map(pick));
  const [theirs, ours] = PROGRAMS.map(({ name }) => of(name, ({ wallSeconds }) => wallSeconds));
  return `| ${[
    task.name,
    clusterBytes,
    cache,
    theirs?.toFixed(2),
    ours?.toFixed(2),
    ((ours ?? 0) / (theirs ?? 1)).toFixed(2),
    of('lifeboat', ({ cpuSeconds }) => cpuSeconds).toFixed(2),
    of('lifeboat', ({ peakMiB }) => peakMiB).toFixed(0),
  ].join(' | ')} |`;
}
