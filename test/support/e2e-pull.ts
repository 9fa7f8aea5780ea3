import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { diskFiles } from '../../scripts/failing-disk/chain.ts';
import { run } from './tools.ts';

/**
 * Does to a disk of the failing kind (or a failing target) what pulling its plug does: the file behind its loop device
 * is dead, and the device goes away as soon as nobody holds it open any more.
 */
export async function pullDisk(device: string): Promise<void> {
  const backing = (await readFile(`/sys/block/${basename(device)}/loop/backing_file`, 'utf8')).trim();
  const { mountedPid } = diskFiles(dirname(dirname(backing)));
  process.kill(Number(await readFile(mountedPid, 'utf8')), 'SIGKILL');
  const isDead = (): Promise<boolean> =>
    stat(backing).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ENOTCONN',
    );
  while (!(await isDead())) await delay(5);
  await run('losetup', ['--detach', device]);
}
