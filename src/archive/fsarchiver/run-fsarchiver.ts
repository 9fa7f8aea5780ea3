import { readFile, rmdir } from 'node:fs/promises';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { errnoName } from '../../block/errno.ts';
import { lines } from '../../text/lines.ts';
import { ArchiveError } from '../archive-error.ts';
import { isNoise, type Message, MessageReader } from './messages.ts';
import { inPrivateSpace, MOUNTS, NO_SPACE_EXIT, type NtfsForm } from './private-space.ts';

export interface FsarchiverRequest {
  readonly args: readonly string[];
  /** Paths that lead elsewhere for FSArchiver alone. */
  readonly binds?: readonly (readonly [from: string, over: string])[];
  readonly ntfs?: NtfsForm | undefined;
  /** Given on standard input so often as it asks: never a word of a command line. */
  readonly password?: { readonly text: string; readonly times: 1 | 2 } | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onMessage?: (message: Message) => void;
  /** Told several times a second how many bytes it has read so far; files and archive alike. */
  readonly onBytesRead?: (bytes: number) => void;
}

export interface FsarchiverEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The last messages that are errors, or no messages of a known form. */
  readonly complaints: readonly string[];
  readonly wasStopped: boolean;
}

const KEPT_COMPLAINTS = 40;
const POLL_MS = 250;
/** It ends by itself when asked to; what hangs in the kernel does not. */
const PATIENCE_MS = 60_000;
/** FSArchiver has at most so many threads. */
export const MAX_THREADS = 32;

/**
 * Runs FSArchiver in a private space, so that nothing of it stays behind whatever happens. Never rejects for what it
 * does; rejects with an `ArchiveError` when it cannot be run at all.
 */
export async function runFsarchiver(request: FsarchiverRequest): Promise<FsarchiverEnd> {
  const { signal, password } = request;
  const { command, args, env } = inPrivateSpace(
    ['fsarchiver', ...request.args],
    request.binds ?? [],
    request.ntfs,
  );
  const child = execa(command, args, {
    env,
    // Without a terminal of its own it takes a password from standard input; and Ctrl-C is for us alone.
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdio: [password === undefined ? 'ignore' : 'pipe', 'ignore', 'pipe', 'pipe'],
  });
  // It may have ended already.
  child.stdin?.on('error', () => undefined);
  // Open as long as this process lives: FSArchiver ends with it.
  const leash = child.stdio[3] as unknown as Writable;
  leash.on('error', () => undefined);
  if (password !== undefined) child.stdin?.end(`${password.text}\n`.repeat(password.times));

  let wasStopped = false;
  const ended = new AbortController();
  const killAll = (): void => {
    leash.destroy();
  };
  const stop = async (): Promise<void> => {
    wasStopped = true;
    const inner = await innerProcess(child.pid);
    if (inner === undefined) return killAll();
    try {
      process.kill(inner, 'SIGTERM');
    } catch (error) {
      // It has just ended.
      if (errnoName(error) !== 'ESRCH') throw error;
    }
    if (await passed(PATIENCE_MS, ended.signal)) killAll();
  };
  const onAbort = (): void => void stop();
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const polling = pollBytes(child.pid, request.onBytesRead, ended.signal);

  const complaints: string[] = [];
  const hear = (message: Message | undefined): void => {
    if (message === undefined || isNoise(message)) return;
    if (message.kind === 'error' || message.kind === 'other') {
      complaints.push(message.kind === 'error' ? errorText(message) : message.text);
      if (complaints.length > KEPT_COMPLAINTS) complaints.shift();
    }
    // It would ask for another path for ever, and no signal but this one ends it.
    if (message.kind === 'volume-missing') killAll();
    request.onMessage?.(message);
  };
  const reader = new MessageReader();
  for await (const line of lines(child.stderr as AsyncIterable<Uint8Array>)) hear(reader.push(line));
  hear(reader.end());
  const result = await child;
  ended.abort();
  leash.destroy();
  signal?.removeEventListener('abort', onAbort);
  await polling;
  await removeEmpty(MOUNTS);
  if (result.code === 'ENOENT' || result.exitCode === NO_SPACE_EXIT || result.exitCode === 127) {
    const why = complaints.at(-1) ?? result.shortMessage ?? '';
    throw new ArchiveError(
      'refused',
      'fsarchiver-missing',
      `FSArchiver cannot be run: ${why}`,
      'Install the package fsarchiver (with ntfs-3g and util-linux), and run Lifeboat as root.',
    );
  }
  const signalNumber = (result.exitCode ?? 0) - SIGNALLED;
  const killedBy = signalNumber > 0 ? (signalName(signalNumber) ?? `${signalNumber}`) : result.signal;
  return { exitCode: result.exitCode, signal: killedBy, complaints, wasStopped };
}

function errorText({ text, reason, errno }: Extract<Message, { kind: 'error' }>): string {
  return reason === undefined || errno === 0 ? text : `${text} (${reason})`;
}

/** Shells add this to the number of the signal that ended a program. */
const SIGNALLED = 128;

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

/** The process of FSArchiver itself: a child of the shell that is the only child of the one that was started. */
async function innerProcess(outer: number | undefined): Promise<number | undefined> {
  const [shell] = await childrenOf(outer);
  for (const pid of await childrenOf(shell)) {
    if ((await readIfThere(`/proc/${pid}/comm`))?.trim() === 'fsarchiver') return pid;
  }
  return undefined;
}

async function childrenOf(pid: number | undefined): Promise<number[]> {
  if (pid === undefined) return [];
  const text = await readIfThere(`/proc/${pid}/task/${pid}/children`);
  return (text ?? '')
    .trim()
    .split(' ')
    .map(Number)
    .filter((one) => one > 0);
}

async function pollBytes(
  outer: number | undefined,
  tell: FsarchiverRequest['onBytesRead'],
  ended: AbortSignal,
): Promise<void> {
  if (tell === undefined) return;
  do {
    const inner = await innerProcess(outer);
    const io = inner === undefined ? undefined : await readIfThere(`/proc/${inner}/io`);
    const read = /^rchar: (\d+)$/m.exec(io ?? '')?.[1];
    if (read !== undefined) tell(Number(read));
  } while (await passed(POLL_MS, ended));
}

/** Waits; false when `ended` came first. */
async function passed(milliseconds: number, ended: AbortSignal): Promise<boolean> {
  try {
    await delay(milliseconds, undefined, { signal: ended });
    return true;
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    return false;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // The process has just ended.
    if (errnoName(error) === undefined) throw error;
    return undefined;
  }
}

/** The place of the mounts, which others may use at the same time. */
async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (errnoName(error) === undefined) throw error;
  }
}
