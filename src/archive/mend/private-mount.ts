import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { errnoName } from '../../block/errno.ts';
import { ArchiveError } from '../archive-error.ts';

/** Where the volume is mounted, in a space that only its driver and this process can see into. */
const PLACE = '/tmp';
const READY_WITHIN_MS = 60_000;
const POLL_MS = 20;
const ENDED_WITHIN_MS = 600_000;

/** An NTFS volume that is mounted for writing where nobody else sees it. */
export interface PrivateMount {
  /** Its root, for paths of this process. */
  readonly root: string;
  /** Unmounts it; resolves when all is written. */
  close(): Promise<void>;
}

/**
 * Runs the driver, and ends it in good order when descriptor 3 closes, as it does when this process ends. The shell
 * outlives the driver and lets go of the mount last: a driver that were the last to have its own mount would wait for
 * itself for ever when it is killed, and with it everybody who calls sync (seen on 6.18).
 */
const SCRIPT = `
ntfs-3g "$@" 3<&- &
driver=$!
{ read -r word <&3; kill -TERM $driver; } > /dev/null 2>&1 &
watch=$!
wait $driver
code=$?
kill $watch 2> /dev/null
exit $code
`;

/**
 * Mounts a volume with ntfs-3g in a mount space of its own: no other program comes upon it, and when the driver ends, by
 * whatever, the mount is gone. The driver ends with this process. Other processes' spaces are reached through `/proc`. `compresses`: whether what is made in compressed folders is compressed.
 */
export async function mountPrivately(
  device: string,
  { compresses }: { readonly compresses: boolean },
): Promise<PrivateMount> {
  const options = [
    'no_detach',
    'efs_raw',
    'streams_interface=windows',
    'noatime',
    compresses ? 'compression' : 'nocompression',
  ].join(',');
  const words = [
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    SCRIPT,
    'sh',
    '-o',
    options,
    device,
    PLACE,
  ];
  const driver = spawn('unshare', words, {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    // Ctrl-C is for this process alone.
    detached: true,
  });
  const leash = driver.stdio[3] as Writable;
  leash.on('error', () => undefined);
  let said = '';
  driver.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-4000);
  });
  driver.on('error', (error) => {
    said += error.message;
  });
  const hasEnded = (): boolean =>
    driver.exitCode !== null || driver.signalCode !== null || driver.pid === undefined;
  for (let waited = 0; !(await isMounted(driver.pid)); waited += POLL_MS) {
    if (!hasEnded() && waited < READY_WITHIN_MS) {
      await delay(POLL_MS);
      continue;
    }
    leash.destroy();
    throw new ArchiveError(
      'failed',
      'mount-failed',
      `ntfs-3g does not mount ${device}: ${said.trim().split('\n').join(' ') || 'no answer'}`,
      'The restored volume stays as it is; look at the messages of the kernel (dmesg).',
    );
  }
  return { root: `/proc/${driver.pid}/root${PLACE}`, close: () => unmount(driver, leash, device) };
}

async function isMounted(pid: number | undefined): Promise<boolean> {
  if (pid === undefined) return false;
  try {
    const mounts = await readFile(`/proc/${pid}/mounts`, 'utf8');
    return mounts.split('\n').some((line) => line.split(' ')[1] === PLACE && line.includes(' fuseblk '));
  } catch (error) {
    // It has ended.
    if (errnoName(error) === undefined) throw error;
    return false;
  }
}

/** Asked to end, the driver unmounts, writes everything, and only then is gone. */
async function unmount(driver: ChildProcess, leash: Writable, device: string): Promise<void> {
  if (driver.exitCode === null && driver.signalCode === null) {
    const ended = once(driver, 'exit');
    leash.destroy();
    await Promise.race([ended, delay(ENDED_WITHIN_MS, undefined, { ref: false })]);
  }
  if (driver.exitCode === 0) return;
  throw new ArchiveError(
    'failed',
    'unmount-failed',
    `ntfs-3g did not end well on ${device} (${driver.signalCode ?? `exit code ${driver.exitCode}`}).`,
    'What was written last may be missing: restore again.',
  );
}
