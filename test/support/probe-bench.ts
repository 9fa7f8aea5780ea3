import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Disk, Machine } from '../../src/probe/machine.ts';
import type { Bench } from './block-bench.ts';
import { type LifeboatRun, lifeboat } from './lifeboat.ts';
import { IMAGE_FORMS } from './probe-images.ts';
import { run } from './tools.ts';

/** What `lifeboat probe --json` prints for these devices; all that it reads is on them. */
export async function probed(
  devices: readonly string[],
  ...options: string[]
): Promise<{ readonly run: LifeboatRun; readonly machine: Machine; readonly disks: readonly Disk[] }> {
  if (devices.length === 0) throw new Error('a test must not read the disks of other tests');
  const ended = await lifeboat(['probe', '--json', ...options, ...devices]);
  const machine = JSON.parse(ended.stdout) as Machine;
  return { run: ended, machine, disks: machine.disks };
}

/** A loop device over an image of one of the `IMAGE_FORMS`. */
export async function loopOf(bench: Bench, name: string): Promise<string> {
  const form = IMAGE_FORMS.find((one) => one.name === name);
  if (form === undefined) throw new Error(`there is no form ${name}`);
  const image = bench.path(name.replaceAll(' ', '-'));
  await form.make(image);
  return bench.loop(image);
}

/**
 * Runs the real `fsarchiver probe` with a list of devices that holds only `devices`: it opens all that
 * /proc/partitions names, also disks that other tests make fail.
 */
export async function fsarchiverProbe(
  bench: Bench,
  mode: 'simple' | 'detailed',
  devices: readonly string[],
): Promise<string> {
  const names = new Set(devices.map((device) => basename(device)));
  const all = (await readFile('/proc/partitions', 'utf8')).split('\n');
  const [heading = ''] = all;
  const ours = all.filter((line) => names.has(line.trim().split(/\s+/)[3] ?? ''));
  const list = bench.path('partitions');
  await writeFile(list, [heading, '', ...ours, ''].join('\n'));
  const script = `mount --bind '${list}' /proc/partitions && exec fsarchiver probe ${mode}`;
  const { code, stdout, stderr } = await run('unshare', ['--mount', 'sh', '-c', script]);
  if (code !== 0) throw new Error(`fsarchiver: ${stderr}${stdout}`);
  return stderr;
}
