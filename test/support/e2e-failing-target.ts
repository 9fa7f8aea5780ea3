import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DiskState, diskFiles, stopDisk, sweepDisks } from '../../scripts/failing-disk/chain.ts';
import { identify } from '../../scripts/failing-disk/process-identity.ts';
import { pullDisk } from './e2e-pull.ts';
import { NBD_ERROR, serveWritable, type WritableDisk } from './e2e-writable-nbd.ts';
import { runOrThrow } from './tools.ts';

/** What goes wrong with a target, from when it is set. */
export type TargetFault =
  /** When so many bytes were written, all further writes fail. */
  | { readonly on: 'write'; readonly afterBytes: number; readonly error: 'EIO' | 'ENOSPC' }
  /** When so many bytes were written, the next flush fails once, and with it all that was written since the last. */
  | { readonly on: 'flush'; readonly afterBytes: number }
  /** It is smaller than it says: from there on writes are dropped, or go to its beginning (and reads come from it). */
  | { readonly on: 'end'; readonly realBytes: number; readonly beyond: 'dropped' | 'wrapped' }
  /** When so many bytes were written, all further writes are dropped without a word. */
  | { readonly on: 'silence'; readonly afterBytes: number };

/** A block device to write to, that fails as it is told to. */
export interface FailingTarget extends AsyncDisposable {
  readonly device: string;
  /** The file with what has reached the medium. Never the device itself is to be read here while this process waits. */
  readonly backing: string;
  /** Whether the fault that was set last has struck. */
  readonly struck: boolean;
  setFault(fault: TargetFault | undefined): void;
  /** Pulls it out: what was not flushed is lost, and the device is dead. It is plugged in by making another one. */
  pull(): Promise<void>;
}

const READY_WITHIN_MS = 15_000;

/**
 * Makes a failing target over the file `backing`: an NBD server in this process, nbdfuse, and a loop device. Laid out
 * like the failing disks, so that what a killed test leaves behind is swept away with theirs.
 */
export async function failingTarget(backing: string): Promise<FailingTarget> {
  await sweepDisks();
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-disk-'));
  const files = diskFiles(folder);
  const owner = identify(process.pid);
  const state: DiskState = { image: backing, log: files.log, ...(owner && { owner }) };
  await writeFile(files.state, JSON.stringify(state));
  await mkdir(files.mount);
  const file = await open(backing, 'r+');
  const { size } = await stat(backing);

  let fault: TargetFault | undefined;
  let written = 0;
  let struck = false;
  /** What the writes since the last flush have replaced. */
  let unflushed: { offset: number; before: Buffer }[] = [];
  const placeOf = (offset: number): number =>
    fault?.on === 'end' && fault.beyond === 'wrapped' ? offset % fault.realBytes : offset;
  const read = async (offset: number, length: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(length);
    await file.read(bytes, 0, length, placeOf(offset));
    return bytes;
  };
  const undo = async (): Promise<void> => {
    for (const { offset, before } of unflushed.splice(0).reverse()) {
      await file.write(before, 0, before.length, offset);
    }
  };
  let isPulled = false;
  const disk: WritableDisk = {
    sizeBytes: size,
    read,
    async write(offset, data) {
      if (fault?.on === 'write' && written + data.length > fault.afterBytes) {
        struck = true;
        return NBD_ERROR[fault.error];
      }
      written += data.length;
      const isDropped =
        (fault?.on === 'silence' && written > fault.afterBytes) ||
        (fault?.on === 'end' && fault.beyond === 'dropped' && offset >= fault.realBytes);
      struck ||= isDropped || (fault?.on === 'end' && offset >= fault.realBytes);
      if (isPulled || isDropped) return NBD_ERROR.none;
      unflushed.push({ offset, before: await read(offset, data.length) });
      await file.write(data, 0, data.length, placeOf(offset));
      return NBD_ERROR.none;
    },
    async flush() {
      const lost = fault?.on === 'flush' && written > fault.afterBytes && unflushed.length > 0;
      if (!lost) {
        unflushed = [];
        return NBD_ERROR.none;
      }
      await undo();
      struck = true;
      fault = undefined;
      return NBD_ERROR.EIO;
    },
  };
  const server = serveWritable(() => disk, files.socket);
  const dispose = async (): Promise<void> => {
    await stopDisk(folder);
    server.close();
    await file.close();
  };
  try {
    const mount = [
      '-s',
      '-C',
      '1',
      '-P',
      files.mountedPid,
      join(files.mount, 'disk'),
      '--unix',
      files.socket,
    ];
    const mounter = spawn('nbdfuse', mount, { detached: true, stdio: 'ignore' });
    mounter.unref();
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await readdir(folder)).includes('nbdfuse.pid')) {
      if (mounter.exitCode !== null || Date.now() > deadline)
        throw new Error('nbdfuse does not mount the target');
      await sleep(5);
    }
    const attach = ['--find', '--show', '--direct-io=on', join(files.mount, 'disk')];
    const device = (await runOrThrow('losetup', attach)).trim();
    await runOrThrow('blockdev', ['--setrw', device]);
    await writeFile(files.state, JSON.stringify({ ...state, device }));
    return {
      device,
      backing,
      get struck() {
        return struck;
      },
      async pull() {
        isPulled = true;
        await pullDisk(device);
        await undo();
      },
      setFault(changed) {
        fault = changed;
        written = 0;
        struck = false;
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
