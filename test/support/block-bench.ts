import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** For `{ skip }` of tests that need loop devices and mounts: a reason, or false when they can run. */
export const NEEDS_ROOT =
  process.geteuid?.() === 0 ? false : 'NOT TESTED: loop devices and mounts need root; run the tests as root';

/** A scratch folder with real loop devices and mounts, all of which go away after the test, come what may. */
export interface Bench {
  readonly folder: string;
  /** A path in the folder. */
  path(name: string): string;
  /** Makes a file: sparse when given a size. */
  file(name: string, content: number | string | Uint8Array): Promise<string>;
  /** Attaches a loop device and returns its path. */
  loop(file: string, ...options: string[]): Promise<string>;
  /** Attaches a loop device with two partitions of 8 MiB; returns the disk and the partitions. */
  partitionedLoop(name: string): Promise<{ file: string; disk: string; first: string; second: string }>;
  /** Mounts what `args` (of mount) say on a new folder and returns that. */
  mount(...args: string[]): Promise<string>;
  unmount(folder: string): Promise<void>;
  /** Runs a program and returns what it printed; rejects when it fails. */
  run(program: string, ...args: string[]): Promise<string>;
  /** Runs `undo` when the test ends, before everything that was registered earlier. */
  after(undo: () => Promise<unknown>): void;
}

/** Sets up a bench for one test. */
export async function makeBench(t: TestContext): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-block-'));
  const undos: Array<() => Promise<unknown>> = [() => rm(folder, { recursive: true, maxRetries: 10 })];
  t.after(async () => {
    const failures: unknown[] = [];
    for (const undo of undos.reverse()) await undo().catch((error) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'The bench could not be taken down');
  });
  let mounts = 0;
  const mounted = new Set<string>();
  const bench: Bench = {
    folder,
    path: (name) => join(folder, name),
    async file(name, content) {
      const path = join(folder, name);
      await writeFile(path, typeof content === 'number' ? '' : content);
      if (typeof content === 'number') await truncate(path, content);
      return path;
    },
    async loop(file, ...options) {
      const device = await bench.run('losetup', '--find', '--show', ...options, file);
      // A device that somebody has set read-only stays so when something else is put behind it.
      const makeWritable = async (): Promise<void> => {
        if (!options.includes('--read-only')) await bench.run('blockdev', '--setrw', device);
      };
      await makeWritable();
      undos.push(() => patiently(() => run('losetup', ['--detach', device])));
      undos.push(makeWritable);
      return device;
    },
    async partitionedLoop(name) {
      const file = await bench.file(name, 20 * 2 ** 20);
      const table = await bench.file(`${name}.table`, 'label: gpt\nsize=8M\nsize=8M\n');
      await bench.run('sh', '-c', `sfdisk --quiet '${file}' < '${table}'`);
      const disk = await bench.loop(file);
      // Not by `losetup --partscan`: not every kernel knows GPT, and a scan takes away what partx added.
      await bench.run('partx', '--add', disk);
      undos.push(() => patiently(() => run('partx', ['--delete', disk])));
      return { file, disk, first: `${disk}p1`, second: `${disk}p2` };
    },
    async mount(...args) {
      const place = join(folder, `mount${mounts++}`);
      await mkdir(place);
      await bench.run('mount', ...args, place);
      mounted.add(place);
      undos.push(async () => {
        if (!mounted.has(place)) return;
        // A test that failed may have left files open there; the folder is about to be removed all the same.
        await patiently(() => run('umount', [place])).catch(() => run('umount', ['--lazy', place]));
      });
      return place;
    },
    async unmount(place) {
      await patiently(() => run('umount', [place]));
      mounted.delete(place);
    },
    async run(program, ...args) {
      const { stdout } = await run(program, args);
      return stdout.trim();
    },
    after: (undo) => undos.push(undo),
  };
  return bench;
}

/** The kernel lets go of mounts and devices a moment after their last user. */
async function patiently(action: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await action();
      return;
    } catch (error) {
      if (attempt === 20) throw error;
    }
    await delay(50);
  }
}
