import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { serveNbd } from '../block/nbd/server.ts';
import { inHole, readClamped } from '../ntfs/holes.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';

/** A volume that other programs can read as a file. */
export interface ViewFile {
  readonly path: string;
  /** A folder for files of those programs; it goes with the view. */
  readonly folder: string;
  /** Whether something was asked for that cannot be read: who asked got an I/O error. */
  readonly sawHole: boolean;
  /** What the reader threw; from then on every request fails. */
  readonly failure: unknown;
  /** Called when the reader has thrown. */
  onFailure: () => void;
  close(): Promise<void>;
}

/** The programs that this needs, beside whoever reads the file. */
const MOUNTER = 'nbdfuse';
const READY_WITHIN_MS = 15_000;

/**
 * Shows `reader` as a file: an NBD server in this process, and `nbdfuse` (package libnbd-bin) in front of it. Holes are
 * I/O errors there. It is read-only unless `write` takes what is written, and resolves to whether it could. Gives the
 * reason as a clause where that cannot be done. The mount goes with this process, also when it is killed.
 */
export async function viewAsFile(
  reader: VolumeReader,
  write?: (offset: number, bytes: Uint8Array) => Promise<boolean>,
): Promise<ViewFile | string> {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-view-'));
  const socket = join(folder, 'socket');
  const mount = join(folder, 'mount');
  const pidFile = join(folder, 'pid');
  await mkdir(mount);
  const state = { sawHole: false, failure: undefined as unknown, onFailure: (): void => undefined };
  const server = serveNbd(
    {
      sizeBytes: reader.sizeBytes,
      readOnly: write === undefined,
      refuseWrite: () => undefined,
      ...(write !== undefined && { write }),
      async read(offset, length) {
        if (state.failure !== undefined) return undefined;
        try {
          const { bytes, holes } = await readClamped(reader, offset, length);
          if (!inHole(holes, 0, length)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
          state.sawHole = true;
        } catch (error) {
          state.failure = error;
          state.onFailure();
        }
        return undefined;
      },
    },
    socket,
  );
  // The mount must not stay behind, with nobody to answer it, when this process is killed: it ends with it then, and
  // is in a group of its own, so that what kills the whole group leaves it the time to unmount.
  const mounter = execa(
    'setpriv',
    [
      '--pdeathsig',
      'TERM',
      MOUNTER,
      ...(write === undefined ? ['-r'] : []),
      '-s',
      '-C',
      '1',
      '-P',
      pidFile,
      join(mount, 'volume'),
      '--unix',
      socket,
    ],
    { reject: false, stdin: 'ignore', stdout: 'ignore', stderr: 'pipe', detached: true },
  );
  const ended = mounter.then(({ stderr, shortMessage }) => stderr.trim() || (shortMessage ?? 'it ended'));
  const close = async (): Promise<void> => {
    mounter.kill('SIGTERM');
    await Promise.race([ended, delay(READY_WITHIN_MS, undefined, { ref: false })]);
    await closed(server);
    await rm(folder, { recursive: true, force: true });
  };
  const problem = await Promise.race([ended, ready(folder)]);
  if (problem !== undefined) {
    await close();
    return `${MOUNTER} (package libnbd-bin) cannot show it as a file: ${problem.split('\n')[0]}`;
  }
  return Object.assign(state, { path: join(mount, 'volume'), folder, close });
}

/** Resolves to nothing when the mount is there, to what is wrong when it does not come. */
async function ready(folder: string): Promise<string | undefined> {
  for (let waited = 0; waited < READY_WITHIN_MS; waited += 10) {
    if ((await readdir(folder)).includes('pid')) return undefined;
    await delay(10);
  }
  return 'it does not come up';
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
