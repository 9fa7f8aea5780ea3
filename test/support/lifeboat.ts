import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JobEvent } from '../../src/jobs/job-events.ts';
import { endless } from './tools.ts';

/** The built executable, which is what users get. */
export const LIFEBOAT = resolve(import.meta.dirname, '../../dist/lifeboat');

/** Where the runs of this process list their jobs and keep settings: not where whoever runs the tests does. */
export const STATE_HOME = join(tmpdir(), `lifeboat-state-${process.pid}`);
process.on('exit', () => rmSync(STATE_HOME, { recursive: true, force: true }));

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
  /** Resolves with the first event of `--json` that fits; rejects when the program ends without one. */
  event(fits: (event: JobEvent) => boolean): Promise<JobEvent>;
  /** `kill -9` of the program and of its engine, at once. */
  killAll(): void;
}

/** Where and in which environment to run. */
export interface RunOptions {
  readonly cwd?: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the executable, in a process group of its own. */
export function startLifeboat(args: readonly string[], options: RunOptions = {}): LifeboatProcess {
  if (!existsSync(LIFEBOAT)) throw new Error(`${LIFEBOAT} is missing: run make build first`);
  const child = spawn(LIFEBOAT, args, {
    ...options,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C.UTF-8', XDG_STATE_HOME: STATE_HOME, ...options.env },
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
    const limit = endless(child, [LIFEBOAT, ...args], fail);
    child.on('error', fail);
    child.on('close', (code) => {
      clearTimeout(limit);
      done({ code: code ?? undefined, stdout, stderr });
    });
  });
  return {
    child,
    ended,
    event: (fits) =>
      new Promise((done, fail) => {
        const look = (): void => {
          const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1);
          const found = eventsOf({ code: undefined, stdout: whole, stderr }).find(fits);
          if (found) done(found);
        };
        child.stdout.on('data', look);
        child.on('close', () => fail(new Error(`it ended without the event: ${stdout}${stderr}`)));
        look();
      }),
    killAll: () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    },
  };
}

/** Runs the executable to its end. */
export function lifeboat(args: readonly string[], options: RunOptions = {}): Promise<LifeboatRun> {
  return startLifeboat(args, options).ended;
}

/** The events that `--json` printed. */
export function eventsOf(run: LifeboatRun): JobEvent[] {
  return run.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JobEvent);
}
