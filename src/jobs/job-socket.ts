import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where root keeps what counts only while the system runs. */
const RUN = '/run';

/**
 * Where the running job in `folder` can be watched. Not in the folder itself: many file systems that hold copies know
 * no sockets (FAT, exFAT, network drives), and the path of a socket has 107 bytes at most. Makes the place, for this
 * user alone; rejects when it cannot, or when it is somebody else's.
 */
export async function socketPath(folder: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const place = uid === 0 ? join(RUN, 'lifeboat') : privatePlace(env, uid);
  await mkdir(place, { recursive: true, mode: 0o700 });
  const facts = await stat(place);
  if (facts.uid !== uid || (facts.mode & 0o077) !== 0) {
    throw new Error(`${place} is open to others, so the job cannot be watched there`);
  }
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return join(place, `${name}.sock`);
}

const privatePlace = (env: NodeJS.ProcessEnv, uid: number): string =>
  env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'lifeboat') : join(tmpdir(), `lifeboat-${uid}`);
