import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { errnoName } from '../block/errno.ts';
import { Refusal } from './refusal.ts';

/** Lets go of a map. */
export type LetGo = () => void;

/**
 * Holds the map at `path` for this process, until it lets go or ends: jobs in different folders may name the same map,
 * and each would save its own over that of the other. Throws a `Refusal` when another process holds it.
 *
 * The kernel keeps the name, as that of a socket in no file system (`man 7 unix`, abstract): nothing is left behind by
 * a process that died, and it works for a map on FAT, on a drive that is pulled, and where nothing else can be written.
 */
export async function claimMap(path: string): Promise<LetGo> {
  const folder = await realpath(dirname(resolve(path))).catch((error: unknown) => {
    if (errnoName(error) === undefined) throw error;
    return dirname(resolve(path));
  });
  const name = createHash('sha256')
    .update(join(folder, basename(path)))
    .digest('hex');
  const server = createServer((socket) => socket.destroy());
  server.listen(`\0lifeboat-map-${name}`);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (errnoName(error) !== 'EADDRINUSE') throw error;
    throw new Refusal(
      'map-busy',
      `Another rescue keeps its progress in the map ${path} at this moment.`,
      'Wait for it, stop it first (lifeboat stop), or name another map with --map.',
    );
  }
  // Nobody who waits for the map is a reason to stay.
  server.unref();
  return () => void server.close();
}
