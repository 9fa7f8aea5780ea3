import { type FileHandle, open, readFile } from 'node:fs/promises';
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
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /**
   * Takes the lock of the file at `path`, which is made if need be. Undefined when another process holds it. Rejects
   * with an `Error` of one line when the place knows no locks.
   */
  static async take(path: string): Promise<JobLock | undefined> {
    const file = await open(path, 'a+', 0o600);
    try {
      if (await lockDescriptor(file.fd, path)) return new JobLock(file);
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
    return undefined;
  }

  /** Writes down who holds it, for people and for `readHolder`. */
  async sign(socket: string | undefined): Promise<void> {
    const holder: Holder = {
      pid: process.pid,
      startTicks: (await startTicks(process.pid)) ?? '',
      bootId: await readBootId(),
      since: new Date().toISOString(),
      ...(socket !== undefined && { socket }),
    };
    await this.#file.truncate(0);
    await writeAll(this.#file, Buffer.from(`${JSON.stringify(holder)}\n`));
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
