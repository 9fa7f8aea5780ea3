import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type LoopDevice, loopDevice } from '../../scripts/loop-device.ts';
import { type LifeboatRun, lifeboat } from './lifeboat.ts';
import { run } from './tools.ts';

/** What the tests of archives need. */
export const ARCHIVE_NEEDS = {
  tools: [
    ...['fsarchiver', 'mkntfs', 'ntfs-3g', 'ntfsinfo', 'ntfscat', 'ntfscluster', 'ntfslabel'],
    ...['setfattr', 'getfattr', 'losetup', 'unshare', 'setpriv', 'flock'],
  ],
  root: true,
} as const;

/** An empty block device of a size. */
export async function emptyDevice(
  path: string,
  sizeBytes: number,
  options: { sectorBytes?: 512 | 4096 } = {},
): Promise<LoopDevice> {
  await writeFile(path, '');
  await truncate(path, sizeBytes);
  return loopDevice(path, options);
}

export const archive = (...words: string[]): Promise<LifeboatRun> => lifeboat(['archive', ...words]);

/** The JSON lines of a run. */
export function linesOf(result: LifeboatRun): Record<string, unknown>[] {
  return result.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** What a killed or ended run could have left of these files: its mounts, its drivers, and loop devices over them. */
export async function leftovers(...files: string[]): Promise<string[]> {
  const found: string[] = [];
  const loops: string[] = [];
  const list = await run('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE']);
  for (const line of list.stdout.split('\n')) {
    if (!files.some((file) => line.endsWith(` ${file}`))) continue;
    found.push(`loop ${line}`);
    loops.push(line.split(' ')[0] ?? '');
  }
  // Other tests have devices and archives of their own, and `/dev/loop1` is no part of `/dev/loop12`.
  const isOwn = (line: string): boolean =>
    [...files, ...loops].some((path) =>
      path.startsWith('/dev/') ? line.split(/[ ,=]/).includes(path) : line.includes(path),
    );
  for (const line of (await readFile('/proc/self/mounts', 'utf8')).split('\n'))
    if (isOwn(line)) found.push(`mount ${line}`);
  const processes = await run('ps', ['-eo', 'args']);
  for (const line of processes.stdout.split('\n'))
    if (/^(?:ntfs-3g|fsarchiver|unshare|sh) /.test(line) && isOwn(line)) found.push(`process ${line}`);
  return found;
}
