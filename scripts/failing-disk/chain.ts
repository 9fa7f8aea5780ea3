/**
 * The chain from an image to a block device with real read errors:
 * NBD server (this project) -> nbdfuse (a file) -> loop device with direct I/O. Needs root.
 *
 * Each disk has a folder of its own with all that is known of it, so that it can be taken down by another
 * process, also after a crash: `disk.json`, `faults`, `log`, `socket`, the mount point `mount`.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseFaults } from './fault-rules.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

const run = promisify(execFile);
const FOLDER_PREFIX = 'lifeboat-disk-';
const READY_WITHIN_MS = 15_000;

/** What a disk is made of. */
export interface DiskRequest {
  readonly image: string;
  /** The text of a fault file. */
  readonly faults: string;
  readonly sectorBytes?: 512 | 4096;
  /** 0 counts the cost of requests, 1 sleeps it, 0.1 sleeps a tenth of it. */
  readonly timescale?: number;
  /**
   * Makes the device writable to the eye: writes reach the server, which logs them (rc 9) and refuses them.
   * Without it the kernel itself refuses, and a program that tries is not found out.
   */
  readonly exposeWrites?: boolean;
  /** Where to write the log of requests; inside the folder, and gone with it, when left out. */
  readonly log?: string;
  /** The folder to use; a new one when left out. */
  readonly folder?: string;
  /** Takes the disk along when it dies; without it the disk stays until it is stopped. */
  readonly owner?: number;
}

/** The contents of `disk.json`. */
export interface DiskState {
  readonly image: string;
  readonly log: string;
  readonly device?: string;
  readonly server?: ProcessIdentity;
  readonly owner?: ProcessIdentity;
}

/** Paths inside the folder of a disk. */
export function diskFiles(folder: string) {
  return {
    state: join(folder, 'disk.json'),
    faults: join(folder, 'faults'),
    log: join(folder, 'log'),
    socket: join(folder, 'socket'),
    mount: join(folder, 'mount'),
    mountedPid: join(folder, 'nbdfuse.pid'),
    errors: join(folder, 'errors'),
  };
}

/** Sets the disk up; returns its folder and its device. Leaves nothing behind when it fails. */
export async function startDisk(request: DiskRequest): Promise<{ folder: string; device: string }> {
  parseFaults(request.faults);
  const folder = request.folder ?? (await mkdtemp(join(tmpdir(), FOLDER_PREFIX)));
  const files = diskFiles(folder);
  await mkdir(files.mount, { recursive: true });
  await rm(files.mountedPid, { force: true });
  await rm(files.socket, { force: true });
  await writeFile(files.faults, request.faults);
  try {
    return { folder, device: await buildChain(folder, request) };
  } catch (error) {
    const said = await readFile(files.errors, 'utf8').catch(() => '');
    await stopDisk(folder);
    throw new Error(`the failing disk could not be set up: ${said.trim()}`, { cause: error });
  }
}

async function buildChain(folder: string, request: DiskRequest): Promise<string> {
  const files = diskFiles(folder);
  const owner = request.owner === undefined ? undefined : identify(request.owner);
  const log = resolve(request.log ?? files.log);
  await writeFile(log, '');
  let state: DiskState = { image: resolve(request.image), log, ...(owner && { owner }) };
  const errors = await open(files.errors, 'w');
  const start = (command: string, args: string[]): number => {
    const child = spawn(command, args, { detached: true, stdio: ['ignore', 'ignore', errors.fd] });
    child.on('error', (error) => errors.write(`${command}: ${error.message}\n`));
    child.unref();
    return child.pid ?? 0;
  };
  const readOnly = request.exposeWrites !== true;
  const server = start(process.execPath, [
    join(import.meta.dirname, 'server.ts'),
    ...['--image', state.image, '--faults', files.faults, '--log', log, '--socket', files.socket],
    ...['--timescale', String(request.timescale ?? 0)],
    ...(readOnly ? [] : ['--expose-writes']),
  ]);
  const identity = identify(server);
  state = { ...state, ...(identity && { server: identity }) };
  await writeFile(files.state, JSON.stringify(state));
  await appears(files.socket, identity);

  // One thread, one connection: the disk gets the requests in the order in which the kernel made them.
  for (let tries = 1; ; tries++) {
    const mounter = start('nbdfuse', [
      ...(readOnly ? ['-r'] : []),
      ...['-s', '-C', '1', '-P', files.mountedPid, join(files.mount, 'disk'), '--unix', files.socket],
    ]);
    try {
      await appears(files.mountedPid, identify(mounter));
      break;
    } catch (error) {
      // The socket is there a moment before the server listens to it.
      if (tries === MOST_TRIES) throw error;
      await sleep(TRY_AGAIN_MS);
    }
  }

  // Without direct I/O the loop device reads through the page cache, and a bad sector takes its page along.
  const { stdout } = await run('losetup', [
    ...['--find', '--show', '--direct-io=on', ...(readOnly ? ['--read-only'] : [])],
    ...(request.sectorBytes === 4096 ? ['--sector-size', '4096'] : []),
    join(files.mount, 'disk'),
  ]);
  const device = stdout.trim();
  await writeFile(files.state, JSON.stringify({ ...state, device }));
  await errors.close();
  return device;
}

const MOST_TRIES = 5;
const TRY_AGAIN_MS = 100;

/** Waits until `path` exists; gives up when the process that should make it has died. */
async function appears(path: string, maker: ProcessIdentity | undefined): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isThere = async (): Promise<boolean> => (await readdir(resolve(path, '..'))).includes(name);
  while (!(await isThere())) {
    if (maker === undefined || !isAlive(maker)) throw new Error(`the process that makes ${path} has died`);
    if (Date.now() > deadline) throw new Error(`${path} did not appear`);
    await sleep(5);
  }
}

/** Changes the faults of a running disk; resolves when they are in force. */
export async function changeFaults(folder: string, faults: string): Promise<void> {
  parseFaults(faults);
  const files = diskFiles(folder);
  const { server, log } = await readState(folder);
  if (server === undefined || !isAlive(server)) throw new Error(`the disk in ${folder} is not running`);
  const notes = async (): Promise<string[]> => (await readFile(log, 'utf8')).match(/^#.*$/gm) ?? [];
  const before = (await notes()).length;
  await writeFile(files.faults, faults);
  process.kill(server.pid, 'SIGHUP');
  for (let after = await notes(); ; after = await notes()) {
    const note = after[before];
    if (note?.startsWith('# refused')) throw new Error(note.slice(2));
    if (note !== undefined) return;
    if (!isAlive(server)) throw new Error(`the disk in ${folder} has died`);
    await sleep(2);
  }
}

/** The state of the disk in `folder`, as far as it was set up. */
export async function readState(folder: string): Promise<DiskState> {
  return JSON.parse(await readFile(diskFiles(folder).state, 'utf8')) as DiskState;
}

/** Takes a disk down, however far it was set up and whoever still reads from it, and removes its folder. */
export async function stopDisk(folder: string): Promise<void> {
  const files = diskFiles(folder);
  const { device, server } = await readState(folder).catch((): Partial<DiskState> => ({}));
  // The loop device first: it holds the file that the mount serves.
  if (device !== undefined && (await backs(device, files.mount))) await succeeds('losetup', ['-d', device]);
  const mounted = async (): Promise<boolean> =>
    (await readFile('/proc/self/mounts', 'utf8')).includes(` ${files.mount} `);
  for (let tries = 0; (await mounted()) && tries < 20; tries++) {
    if (await succeeds('fusermount3', ['-u', files.mount])) break;
    await sleep(20);
  }
  if (server !== undefined && isAlive(server)) process.kill(server.pid, 'SIGKILL');
  // Somebody still has the device open: with the server gone all reads end, and the rest goes when it closes.
  if (await mounted()) await succeeds('fusermount3', ['-u', '-z', files.mount]);
  await rm(folder, { recursive: true, force: true });
}

/** Whether `device` is still the one that was made for this mount, not a later user of the same number. */
async function backs(device: string, mount: string): Promise<boolean> {
  const file = `/sys/block/${device.replace('/dev/', '')}/loop/backing_file`;
  return (await readFile(file, 'utf8').catch(() => '')).startsWith(mount);
}

async function succeeds(command: string, args: string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}

/** Takes down the disks whose owner has died. */
export async function sweepDisks(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const state = await readState(folder).catch(() => undefined);
    if (state?.owner !== undefined && !isAlive(state.owner)) await stopDisk(folder);
  }
}
