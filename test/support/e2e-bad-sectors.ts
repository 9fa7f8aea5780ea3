import { open } from 'node:fs/promises';
import type { ByteRange } from '../../src/block/range.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import { seededRandom } from './random.ts';
import { run, runOrThrow } from './tools.ts';

const SECTOR = 512;

/** Picks `count` bad places of one to `longest` units, all in `among` and none in `spared`. */
export function scatter(options: {
  readonly among: readonly ByteRange[];
  readonly spared: readonly ByteRange[];
  readonly unitBytes: number;
  readonly count: number;
  readonly longest: number;
  readonly seed: number;
}): RangeSet {
  const { unitBytes, count, longest, seed } = options;
  const random = seededRandom(seed);
  const grown = options.spared.map(({ start, end }) => ({
    start: Math.floor(start / unitBytes) * unitBytes,
    end: Math.ceil(end / unitBytes) * unitBytes,
  }));
  const open = RangeSet.of(options.among).subtract(RangeSet.of(grown));
  const units = [...open].flatMap(({ start, end }) => {
    const first = Math.ceil(start / unitBytes);
    const number = Math.floor(end / unitBytes) - first;
    return number > 0 ? [{ first, number }] : [];
  });
  const total = units.reduce((sum, { number }) => sum + number, 0);
  const bad: ByteRange[] = [];
  for (let i = 0; i < count && total > 0; i++) {
    let left = random.integer(total);
    const run = units.find(({ number }) => {
      if (left < number) return true;
      left -= number;
      return false;
    });
    if (run === undefined) continue;
    const length = Math.min(1 + random.integer(longest), run.number - left);
    bad.push({ start: (run.first + left) * unitBytes, end: (run.first + left + length) * unitBytes });
  }
  return RangeSet.of(bad);
}

/** The rules of a fault file for these ranges. */
export function badRules(bad: Iterable<ByteRange>): string[] {
  return [...bad].map(({ start, end }) => `bad ${start / SECTOR} ${(end - start) / SECTOR}`);
}

/**
 * What a clone of the volume in `image` has to be: ntfsclone makes it from the volume as it was, and the bad sectors
 * get their markers, one each `markerBytes`.
 */
export async function expectedClone(
  image: string,
  clone: string,
  bad: Iterable<ByteRange> = [],
  markerBytes = SECTOR,
): Promise<void> {
  await runOrThrow('ntfsclone', ['-q', '-f', '-O', clone, image]);
  await markBad(clone, bad, markerBytes);
}

/** Puts ntfsclone's markers over these ranges of a file or device. */
export async function markBad(path: string, bad: Iterable<ByteRange>, markerBytes: number): Promise<void> {
  const marker = Buffer.concat([Buffer.from('BadSectoR\0'), Buffer.alloc(markerBytes - 10, '?')]);
  const file = await open(path, 'r+');
  try {
    for (const { start, end } of bad) {
      for (let at = start; at < end; at += markerBytes) await file.write(marker, 0, markerBytes, at);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Where two files first differ, in the words of cmp, over `bytes` or throughout; '' when they do not. */
export async function difference(left: string, right: string, bytes?: number): Promise<string> {
  const limit = bytes === undefined ? [] : ['-n', String(bytes)];
  const { code, stdout, stderr } = await run('cmp', [...limit, left, right]);
  return code === 0 ? '' : stdout + stderr;
}
