import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { runOrThrow } from '../test/support/tools.ts';
import { type TreeUsage, watchTree } from './process-tree.ts';

/** What one run of a program took. */
export interface Measured extends TreeUsage {
  readonly wallSeconds: number;
}

/**
 * Runs a command with nothing in the page cache but the file `warm`, until all that it wrote to `target` is on stable
 * storage. Returns what it said instead when it fails.
 */
export async function measure(
  command: readonly string[],
  target: string,
  warm?: string,
): Promise<Measured | string> {
  await runOrThrow('sync', []);
  await writeFile('/proc/sys/vm/drop_caches', '3\n');
  if (warm !== undefined) await runOrThrow('dd', [`if=${warm}`, 'of=/dev/null', 'bs=4M', 'status=none']);
  const begun = performance.now();
  const script = 'target=$1; shift; "$@" && exec sync "$target"';
  const child = spawn('sh', ['-c', script, 'sh', target, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  const used = watchTree(child.pid ?? 0);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000);
    });
  }
  const [code] = await once(child, 'close');
  const usage = used();
  if (code !== 0) return `exit ${code}: ${said.trim().split('\n').at(-1) ?? ''}`;
  return { wallSeconds: (performance.now() - begun) / 1000, ...usage };
}

/** The middle one; the lower of the two middle ones for an even number. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? Number.NaN;
}
