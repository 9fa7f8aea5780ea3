import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { errnoName } from '../block/errno.ts';
import { jsonLines } from '../text/lines.ts';
import type { JobEvent } from './job-events.ts';
import { jobFiles } from './job-files.ts';
import { type Holder, readHolder } from './job-lock.ts';
import type { EngineCommand } from './job-spec.ts';
import { Refusal } from './refusal.ts';

/** A running job that is watched from outside. */
export interface AttachedJob {
  /** The process at work on it. */
  readonly pid: number;
  /**
   * `attached`, then what tells where the job stands, then every event as it happens. Ends after `done`, after
   * `refused`, or when the connection ends: without one of these before, the engine died.
   */
  readonly events: AsyncIterable<JobEvent>;
  send(command: EngineCommand): void;
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  /** Stops watching; the job goes on. */
  leave(): void;
}

/**
 * Begins to watch the job in `folder`. Throws a `Refusal`: `not-running` when no process is at work on it, `not-watchable`
 * when that one cannot be reached. `read` finds out who that is: the folder may lie on a drive that hangs.
 */
export async function attachJob(
  folder: string,
  read: (folder: string) => Promise<Holder | undefined> = (place) => readHolder(jobFiles(place).lock),
): Promise<AttachedJob> {
  const holder = await read(folder);
  if (holder === undefined) {
    throw new Refusal(
      'not-running',
      `Nobody is at work on the job in ${folder} at this moment.`,
      'lifeboat resume goes on with it.',
    );
  }
  const socket = holder.socket === undefined ? undefined : await connect(holder.socket);
  if (socket === undefined) {
    throw new Refusal(
      'not-watchable',
      `Process ${holder.pid} is at work on the job in ${folder}, but cannot be watched from here.`,
      'Look at it where it was started; kill -TERM stops it in good order.',
    );
  }
  const closed = once(socket, 'close').then(() => undefined);
  // An engine that dies resets the connection; the end of the events tells it.
  socket.on('error', () => socket.destroy());
  return {
    pid: holder.pid,
    events: eventsOf(socket),
    send: (command) => void socket.write(`${JSON.stringify(command)}\n`),
    closed,
    leave: () => void socket.destroy(),
  };
}

async function connect(path: string): Promise<Socket | undefined> {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
    return undefined;
  }
}

async function* eventsOf(socket: Socket): AsyncIterable<JobEvent> {
  try {
    yield* jsonLines<JobEvent>(socket);
  } catch (error) {
    // Cut off by the other side, or by our own leaving: it is over either way.
    const isEnd = (error as { code?: string }).code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!isEnd && errnoName(error) === undefined) throw error;
  }
}
