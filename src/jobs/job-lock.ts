import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { readBootId } from '../block/boot-id.ts';
import { writeAll } from '../block/durable-file.ts';
import { errnoName } from '../block/errno.ts';
import { lockDescriptor } from '../block/exclusive-lock.ts';

/** The process that works on a job, as it wrote itself into the job's lock file. */
export interface Holder {
  readonly pid: number;
  /** Start of the process in the clock of the kernel: a number that is used again belongs to somebody else. */
  readonly startTicks: string;
  readonly bootId: string;
  /** When it took the job, ISO 8601. */
  readonly since: string;
  /** Where it can be watched; missing when it cannot. */
  readonly socket?: string;
}

/** Holds a job for this process: at most one at a time works on it. */
export class JobLock {
  readonly #path: string;
  #file: FileHandle;
  #holder: Holder | undefined;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Takes the lock of the file at `path`, which is made if need be. Undefined when another process holds it. Rejects
   * with an `Error` of one line when the place knows no locks.
   */
  static async take(path: string): Promise<JobLock | undefined> {
    const file = await openLocked(path);
    return file && new JobLock(path, file);
  }

  /** Writes down who holds it, for people and for `readHolder`. */
  async sign(socket: string | undefined): Promise<void> {
    this.#holder = {
      pid: process.pid,
      startTicks: (await startTicks(process.pid)) ?? '',
      bootId: await readBootId(),
      since: new Date().toISOString(),
      ...(socket !== undefined && { socket }),
    };
    await writeHolder(this.#file, this.#holder);
  }

  /**
   * Holds what is found in the place of the file now: the drive with the folder may have been pulled, and others would
   * find nobody at work in the folder that took its place. Whether it was another one than before. Without a folder there
   * is nothing that anybody could find.
   */
  async renew(): Promise<boolean> {
    if (await isSameFile(this.#file, this.#path)) return false;
    let file: FileHandle | undefined;
    try {
      file = await openLocked(this.#path);
    } catch (error) {
      if (errnoName(error) !== 'ENOENT') throw error;
      return false;
    }
    if (file === undefined) throw new Error('another process has taken the job');
    const lost = this.#file;
    this.#file = file;
    await lost.close();
    if (this.#holder !== undefined) await writeHolder(file, this.#holder);
    return true;
  }

  /** Lets go: the file stays, empty. */
  async release(): Promise<void> {
    try {
      await this.#file.truncate(0);
    } finally {
      await this.#file.close();
    }
  }
}

async function writeHolder(file: FileHandle, holder: Holder): Promise<void> {
  await file.truncate(0);
  await writeAll(file, Buffer.from(`${JSON.stringify(holder)}\n`));
}

/** Undefined when another process holds it, also one whose lock was left behind on a drive that is back. */
async function openLocked(path: string): Promise<FileHandle | undefined> {
  const file = await open(path, 'a+', 0o600);
  try {
    const isFree = await lockDescriptor(file.fd, path);
    const holder = isFree ? await readHolder(path) : undefined;
    if (isFree && (holder === undefined || holder.pid === process.pid)) return file;
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return undefined;
}

async function isSameFile(file: FileHandle, path: string): Promise<boolean> {
  const there = await stat(path, { bigint: true }).catch((error: unknown) => {
    if (errnoName(error) === undefined) throw error;
    return undefined;
  });
  if (there === undefined) return false;
  const { dev, ino } = await file.stat({ bigint: true });
  return there.dev === dev && there.ino === ino;
}

/** Who works on the job with that lock file now; undefined when nobody does (any more). */
export async function readHolder(path: string): Promise<Holder | undefined> {
  const holder = parseHolder(await readIfThere(path));
  if (holder === undefined || holder.bootId !== (await readBootId())) return undefined;
  return (await startTicks(holder.pid)) === holder.startTicks ? holder : undefined;
}

function parseHolder(text: string | undefined): Holder | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  try {
    const value = JSON.parse(text) as Partial<Record<keyof Holder, unknown>> | null;
    const { pid, startTicks: ticks, bootId, since, socket } = value ?? {};
    if (typeof pid !== 'number' || typeof ticks !== 'string') return undefined;
    if (typeof bootId !== 'string' || typeof since !== 'string') return undefined;
    return { pid, startTicks: ticks, bootId, since, ...(typeof socket === 'string' && { socket }) };
  } catch (error) {
    // Cut off by a crash: whoever wrote it is gone.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Field 22 of /proc/PID/stat; undefined when there is no such process, or only what is left of a dead one. */
export async function startTicks(pid: number): Promise<string | undefined> {
  const text = await readIfThere(`/proc/${pid}/stat`);
  // The name of the program stands in parentheses and may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return undefined;
  }
}
