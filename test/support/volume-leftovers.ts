import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify } from '../../scripts/failing-disk/process-identity.ts';
import { run } from './tools.ts';

const KINDS = { mount: 'lifeboat-mount-', volume: 'lifeboat-volume-' } as const;

/** The beginning of the path of a temporary folder that tells who made it. */
export function ownedFolder(kind: keyof typeof KINDS): string {
  return join(tmpdir(), `${KINDS[kind]}${process.pid}-`);
}

/** Unmounts and removes what test processes that were killed have left behind. */
export async function sweepVolumes(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, kind, pid] = /^(lifeboat-mount-|lifeboat-volume-)(\d+)-/.exec(name) ?? [];
    if (kind === undefined || identify(Number(pid)) !== undefined) continue;
    const folder = join(tmpdir(), name);
    if (kind === KINDS.mount && (await run('mountpoint', ['-q', folder])).code === 0) {
      await run('umount', ['--lazy', folder]);
    }
    // Never recursively into what may still be mounted: a folder that is not empty then stays.
    if (kind === KINDS.mount) await run('rmdir', [folder]);
    else await rm(folder, { recursive: true, force: true });
  }
}
