import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JobEvent } from '../../src/jobs/job-events.ts';

/** The built executable, which is what users get. */
export const LIFEBOAT = resolve(import.meta.dirname, '../../dist/lifeboat');

/** How a run of the executable ended. */
export interface LifeboatRun {
  /** Exit code; undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A started executable. */
export interface LifeboatProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<LifeboatRun>;
  /** `kill -9` of the program and of its engine, at once. */
  killAll(): void;
}

/** Starts the executable, in a process group of its own. */
export function startLifeboat(args: readonly string[], options: { cwd?: string } = {}): LifeboatProcess {
  if (!existsSync(LIFEBOAT)) throw new Error(`${LIFEBOAT} is missing: run make build first`);
  const child = spawn(LIFEBOAT, args, {
    ...options,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const ended = new Promise<LifeboatRun>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code: code ?? undefined, stdout, stderr }));
  });
  return {
    child,
    ended,
    killAll: () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    },
  };
}

/** Runs the executable to its end. */
export function lifeboat(args: readonly string[], options: { cwd?: string } = {}): Promise<LifeboatRun> {
  return startLifeboat(args, options).ended;
}

/** The events that `--json` printed. */
export function eventsOf(run: LifeboatRun): JobEvent[] {
  return run.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JobEvent);
}
