/**
 * Races `lifeboat ntfsclone` against the real one: clone, save an image, restore it, file to file, from a cold or a warm
 * page cache to stable storage, in interleaved rounds, with clusters of 4 KiB and of 512 bytes; and `lifeboat image`
 * against the real one with zstd in a pipe. Needs root.
 *
 *   ntfsclone.ts [--rounds 3] [--size 4] [--clusters 4096,512] [--caches cold,warm] [--tasks clone,save,...]
 *                [--folder DIR]
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
    tasks: { type: 'string', default: 'clone,save,restore,compress,expand' },
    folder: { type: 'string', default: join(tmpdir(), 'lifeboat-bench') },
  },
});
const target = join(values.folder, 'copy.img');
const special = join(values.folder, 'special.img');
const packed = join(values.folder, 'packed.img.zst');
const LIFEBOAT = resolve(import.meta.dirname, '../dist/lifeboat');

/** One thing to do, by each of the two. */
interface Task {
  readonly name: string;
  readonly source: string;
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
}

/** A pipeline, with the file that it reads as `$0` and the one that it makes as `$1`. */
const shell = (line: string, source: string): string[] => [
  'bash',
  '-c',
  `set -o pipefail; ${line}`,
  source,
  target,
];

console.log('| | clusters | cache | ntfsclone s | lifeboat s | ratio | lifeboat CPU s | lifeboat peak MiB |');
console.log('|---|---|---|---|---|---|---|---|');
for (const clusterBytes of values.clusters.split(',').map(Number)) {
  const { image } = await benchVolume(values.folder, Number(values.size), clusterBytes);
  await runOrThrow('ntfsclone', ['-q', '-f', '-s', '-O', special, image]);
  await runOrThrow(LIFEBOAT, ['image', 'convert', '--yes', special, packed]);
  const both = (name: string, source: string, options: readonly string[]): Task => {
    const words = ['-q', ...options, '-O', target, source];
    return { name, source, theirs: ['ntfsclone', ...words], ours: [LIFEBOAT, 'ntfsclone', ...words] };
  };
  const tasks: readonly Task[] = [
    both('clone', image, ['-f']),
    both('save', image, ['-f', '-s']),
    both('restore', special, ['-r']),
    {
      name: 'compress',
      source: image,
      theirs: shell('ntfsclone -q -f -s -o - "$0" | zstd -q -T0 -3 -o "$1"', image),
      ours: [LIFEBOAT, 'image', 'save', '-f', '-q', image, target],
    },
    {
      name: 'expand',
      source: packed,
      theirs: shell('zstd -dcq "$0" | ntfsclone -q -r -o "$1" -', packed),
      ours: [LIFEBOAT, 'image', 'restore', '-q', packed, target],
    },
  ];
  const wanted = values.tasks.split(',');
  for (const cache of values.caches.split(',')) {
    for (const task of tasks) {
      if (wanted.includes(task.name)) console.log(await race(task, clusterBytes, cache));
    }
  }
  for (const file of [special, packed]) await rm(file);
}
await rm(target, { force: true });

/** A row of the table: both programs in turn, the other one first in every second round. */
async function race(
  { name, source, theirs, ours }: Task,
  clusterBytes: number,
  cache: string,
): Promise<string> {
  const programs = [
    { program: 'ntfsclone', command: theirs, runs: [] as Measured[] },
    { program: 'lifeboat', command: ours, runs: [] as Measured[] },
  ];
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { program, command, runs } of round % 2 === 0 ? programs : programs.toReversed()) {
      await rm(target, { force: true });
      const result = await measure(command, target, cache === 'warm' ? source : undefined);
      if (typeof result === 'string') throw new Error(`${program} ${name}: ${result}`);
      console.error(`bench: ${name} ${clusterBytes} ${cache}: ${program} ${result.wallSeconds.toFixed(2)} s`);
      runs.push(result);
    }
  }
  const of = (index: number, pick: (one: Measured) => number): number =>
    median((programs[index]?.runs ?? []).map(pick));
  const [their, our] = [0, 1].map((index) => of(index, ({ wallSeconds }) => wallSeconds));
  return `| ${[
    name,
    clusterBytes,
    cache,
    their?.toFixed(2),
    our?.toFixed(2),
    ((our ?? 0) / (their ?? 1)).toFixed(2),
    of(1, ({ cpuSeconds }) => cpuSeconds).toFixed(2),
    of(1, ({ peakMiB }) => peakMiB).toFixed(0),
  ].join(' | ')} |`;
}
