import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { jsonLines } from '../text/lines.ts';
import type { CloneEvent } from './clone-events.ts';
import type { CloneCommand, CloneSpec } from './clone-spec.ts';
import type { JobEvent } from './job-events.ts';
import { type EngineCommand, type JobSpec, withWholePaths } from './job-spec.ts';
import { selfCommand } from './self.ts';

/**
 * Threads for blocking calls in the engine. Reads that hang in the kernel keep theirs; there must be enough left for
 * the target and the map.
 */
const ENGINE_THREADS = 16;

/**
 * The room for what has just been made, in MiB: V8 lets it grow to 16 and fills three of them before it looks for what
 * is no longer needed. Naming the damaged files of a volume with 100 000 took 100 MB more that way, on machines that
 * may have 1 GB (measured).
 */
const YOUNG_SPACE_MIB = 4;

/** How long an end is waited for. */
const END_MS = 2000;

/**
 * Threads of an engine that clones or images: four may hang, each processor has one to compress, and some are left. More would only
 * take memory: each keeps some of what it has once used.
 */
export const cloneThreads = (): number => Math.min(ENGINE_THREADS, availableParallelism() + 6);

/** A running engine: events come out, commands go in. */
export interface EngineProcess<Event = JobEvent, Command = EngineCommand> {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly events: AsyncIterable<Event>;
  /** What the engine printed on stderr so far: empty unless it crashed. */
  stderrText(): string;
  send(command: Command): void;
  /** Ends the process without any more ado; the map on disk stays true. */
  kill(): void;
  /**
   * Resolves when the process has ended, so that it holds no file any more: a file system with the copy can be unmounted
   * then. Also resolves after two seconds, since a read that hangs in the kernel keeps the process from ending.
   */
  ended(): Promise<void>;
}

/** A running clone, image or restore. */
export type CloneProcess = EngineProcess<CloneEvent, CloneCommand>;

/** The sub-command that turns the program into an engine; not for people. */
export const ENGINE_COMMAND = 'engine';

/**
 * Starts an engine process for a job. It is a process of its own so that a read that hangs in the kernel can be left
 * behind, and so that a crash of a screen never ends a rescue.
 */
export const startEngine = (spec: JobSpec): EngineProcess =>
  start(withWholePaths(spec), spec.detached, ENGINE_THREADS);

/** The same for a clone or an image; neither end may be a stream. It ends when whoever started it is gone. */
export const startCloneEngine = (spec: CloneSpec): CloneProcess => start(spec, false, cloneThreads());

/** `detached`: in a process group of its own, since signals of the terminal are for whoever started it. */
function start<Event, Command>(
  spec: JobSpec | CloneSpec,
  detached: boolean,
  threads: number,
): EngineProcess<Event, Command> {
  const { file, args } = selfCommand();
  const child = execa(file, [...args, ENGINE_COMMAND], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    cleanup: false,
    detached,
    env: {
      UV_THREADPOOL_SIZE: String(threads),
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-semi-space-size=${YOUNG_SPACE_MIB}`.trim(),
    },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-10_000);
  });
  // The engine may end while a command is on its way to it; its last event says why.
  child.stdin.on('error', (error) => {
    stderr += `\n${error.message}`;
  });
  const send = (value: Command | JobSpec | CloneSpec): void => {
    child.stdin.write(`${JSON.stringify(value)}\n`);
  };
  send(spec);
  return {
    pid: child.pid,
    events: jsonLines<Event>(child.stdout),
    stderrText: () => stderr.trim(),
    send,
    kill: () => void child.kill('SIGKILL'),
    ended: async () => {
      await Promise.race([child, sleep(END_MS, undefined, { ref: false })]);
    },
  };
}
