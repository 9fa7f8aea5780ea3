import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, runOrThrow } from './tools.ts';

/** A small file system in memory; disposing of it unmounts it. */
export interface SmallFileSystem extends AsyncDisposable {
  readonly root: string;
  /** Makes it larger or smaller while it is in use. */
  resize(bytes: number): Promise<void>;
  writeProtect(): Promise<void>;
}

/** Mounts a file system that takes `bytes` and no more. */
export async function smallFileSystem(bytes: number): Promise<SmallFileSystem> {
  const root = await mkdtemp(join(tmpdir(), 'lifeboat-e2e-tmpfs-'));
  const remount = async (options: string): Promise<void> => {
    await runOrThrow('mount', ['-o', `remount,${options}`, root]);
  };
  const dispose = async (): Promise<void> => {
    if ((await run('umount', [root])).code !== 0) await run('umount', ['--lazy', root]);
    await rmdir(root);
  };
  const { code, stderr } = await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', root]);
  if (code !== 0) {
    await rmdir(root);
    throw new Error(`no small file system: ${stderr.trim()}`);
  }
  return {
    root,
    resize: (changed) => remount(`size=${changed}`),
    writeProtect: () => remount('ro'),
    [Symbol.asyncDispose]: dispose,
  };
}
