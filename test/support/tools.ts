import { type ChildProcess, execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a program said and how it ended. */
export interface Ran {
  /** The exit code; 128 and more for a signal, as shells have it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end; a failure is a value, not an exception. Rejects when the program, or one that has got its
 * output from it, is still there after `MOST_MS`.
 */
export function run(command: string, args: readonly string[], options: { cwd?: string } = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const limits = { maxBuffer: 256 * 2 ** 20, encoding: 'utf8' as const };
    const child = execFile(command, args, { ...limits, ...options }, (error, stdout, stderr) => {
      clearTimeout(limit);
      const code = child.exitCode ?? (error === null ? 0 : 128);
      resolve({ code, stdout, stderr: child.pid === undefined ? String(error) : stderr });
    });
    const limit = endless(child, [command, ...args], reject);
  });
}

/** Longer than anything takes that a test starts and waits for, on a slow machine too. */
const MOST_MS = 10 * 60_000;

/**
 * Gives up a child that does not end: it is killed, and what stands still is told as an error, so that a run of all
 * tests ends and says why. The caller clears the timer that is returned.
 */
export function endless(
  child: ChildProcess,
  words: readonly string[],
  fail: (error: Error) => void,
): NodeJS.Timeout {
  return setTimeout(() => {
    const standing = readdirSync('/proc').flatMap((pid) => standingStill(pid, child.pid));
    child.kill('SIGKILL');
    for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    child.unref();
    fail(new Error(`${words.join(' ')}: no end within ${MOST_MS / 60_000} min:\n${standing.join('\n')}`));
  }, MOST_MS);
}

/** What a process waits for in the kernel, in one line, when it may be what a child that does not end waits for. */
function standingStill(pid: string, child: number | undefined): string[] {
  try {
    const of = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8');
    const parent = Number(/^PPid:\s+(\d+)$/m.exec(of('status'))?.[1]);
    const isOurs = Number(pid) === child || parent === child || parent === process.pid || parent === 1;
    const command = of('cmdline').replaceAll('\0', ' ').trim();
    return isOurs && command !== '' ? [`${pid} (of ${parent}) ${of('wchan')} ${command.slice(0, 200)}`] : [];
  } catch {
    // No process, or one that has just ended.
    return [];
  }
}

/** Runs a program that has to succeed; returns what it printed. */
export async function runOrThrow(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command, args);
  if (code !== 0)
    throw new Error(`${command} ${args.join(' ')}: exit ${code}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}

/** Whether a program can be started by its name. */
function hasTool(name: string): boolean {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * For the `skip` option of a test that needs programs, or root: what is missing in words, or false. `make test-setup`
 * installs all of them, so a skipped test is a warning about the machine.
 */
export function missing(needs: {
  readonly tools?: readonly string[];
  /** Paths of files that packages bring. */
  readonly files?: readonly string[];
  readonly root?: boolean;
}): string | false {
  const absent = [
    ...(needs.tools ?? []).filter((tool) => !hasTool(tool)),
    ...(needs.files ?? []).filter((path) => !existsSync(path)),
  ];
  if (absent.length > 0) return `not installed: ${absent.join(', ')} (make test-setup)`;
  if (needs.root === true && process.getuid?.() !== 0) return 'needs root';
  return false;
}

/** What a test on a failing disk needs. */
export const FAILING_DISK_NEEDS = { tools: ['nbdfuse', 'fusermount3', 'losetup'], root: true } as const;
