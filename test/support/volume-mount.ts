import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rmdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './tools.ts';
import { ownedFolder } from './volume-leftovers.ts';

/** A volume in an image file, mounted by ntfs-3g; disposing of it unmounts it and waits for the last write. */
export interface MountedVolume extends AsyncDisposable {
  readonly root: string;
}

/** Mounts the volume in an image file or device, read-write unless `readOnly`. */
export async function mountVolume(
  image: string,
  {
    readOnly = false,
    streams = 'windows',
    interix = false,
    more = [],
  }: {
    readonly readOnly?: boolean;
    readonly streams?: 'windows' | 'xattr';
    /** Symbolic links as ntfs-3g makes them by default, not as Windows Subsystem for Linux does. */
    readonly interix?: boolean;
    readonly more?: readonly string[];
  } = {},
): Promise<MountedVolume> {
  const root = await mkdtemp(ownedFolder('mount'));
  const links = `special_files=${interix ? 'interix' : 'wsl'}`;
  const options = ['no_detach', `streams_interface=${streams}`, 'compression', links, 'noatime', ...more];
  // A detached ntfs-3g goes on writing after the unmount has returned; this one is waited for.
  const driver = spawn('ntfs-3g', ['-o', [...options, ...(readOnly ? ['ro'] : [])].join(), image, root], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: Buffer[] = [];
  driver.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  driver.on('error', (error) => said.push(Buffer.from(error.message)));
  while (!(await readFile('/proc/self/mounts', 'utf8')).includes(` ${root} `)) {
    if (driver.exitCode !== null || driver.pid === undefined) {
      await rmdir(root);
      throw new Error(`ntfs-3g does not mount ${image}: ${Buffer.concat(said).toString().trim()}`);
    }
    await sleep(5);
  }
  return { root, [Symbol.asyncDispose]: () => unmount(root, driver) };
}

async function unmount(root: string, driver: ChildProcess): Promise<void> {
  const ended = driver.exitCode === null ? once(driver, 'exit') : undefined;
  for (let tries = 0; (await run('umount', [root])).code !== 0; tries++) {
    if (tries === 100) throw new Error(`${root} cannot be unmounted`);
    await sleep(20);
  }
  await ended;
  await rmdir(root);
}
