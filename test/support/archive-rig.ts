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

/** What a killed or ended run could have left: its mounts, its drivers, loop devices over these files, folders of FSArchiver. */
export async function leftovers(...files: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const line of (await readFile('/proc/self/mounts', 'utf8')).split('\n')) {
    if (files.some((file) => line.includes(file)) || line.includes('/tmp/fsa')) found.push(`mount ${line}`);
  }
  const processes = await run('ps', ['-eo', 'args']);
  for (const line of processes.stdout.split('\n')) {
    const isOurs = /^(?:ntfs-3g|fsarchiver|unshare|sh) /.test(line);
    if (isOurs && files.some((file) => line.includes(file))) found.push(`process ${line}`);
  }
  // A driver that waits for itself holds up everybody who calls sync.
  const states = await run('ps', ['-eo', 'state,comm']);
  for (const line of states.stdout.split('\n')) if (/^D\s+ntfs-3g/.test(line)) found.push(`hung ${line}`);
  const loops = await run('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE']);
  for (const line of loops.stdout.split('\n')) {
    if (files.some((file) => line.endsWith(` ${file}`))) found.push(`loop ${line}`);
  }
  return found;
}
