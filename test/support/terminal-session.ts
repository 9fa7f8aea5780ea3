import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { LIFEBOAT, STATE_HOME } from './lifeboat.ts';
import { run, runOrThrow } from './tools.ts';

/** A terminal of its own, with the executable in it, driven as a person would. */
export interface TerminalSession extends AsyncDisposable {
  /** Presses keys, by tmux's names (`Enter`, `Escape`, `Up`, `F2`, `C-c`, `a`). */
  press(...keys: string[]): Promise<void>;
  /** Types text as it is. */
  type(text: string): Promise<void>;
  /** What is on the screen now, row by row. */
  rows(): Promise<string[]>;
  /** Waits until the screen matches; fails with what it showed last. */
  until(text: RegExp, what?: string): Promise<string[]>;
  resize(columns: number, rows: number): Promise<void>;
  /** Whether there is a cursor, and whether a program has the screen for itself. */
  cursor(): Promise<{ readonly isShown: boolean; readonly isAlternate: boolean }>;
  /** The process that the shell in it has in its foreground. */
  foreground(): Promise<number>;
  /** What is on the screen now, with its control sequences. */
  painted(): Promise<string>;
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Words that stand before the program and its environment: what starts it. */
  readonly before?: readonly string[];
  /** What runs in it instead of the executable: words for a shell. */
  readonly command?: string;
  /** How long `until` waits. */
  readonly patienceMs?: number;
}

/** Longer than anything takes on a loaded machine; a test that waits for so long has failed. */
const PATIENCE_MS = 120_000;

let count = 0;

/** Starts the executable in a terminal. When it ends, the screen says `ended with CODE` and how the terminal is. */
export async function terminalSession(
  args: readonly string[],
  {
    columns = 80,
    rows = 24,
    env = {},
    cwd = STATE_HOME,
    before = [],
    command: instead,
    patienceMs = PATIENCE_MS,
  }: TerminalOptions = {},
): Promise<TerminalSession> {
  // A server of its own: sizes and settings of the machine's tmux are none of the test's business.
  const socket = `lifeboat-test-${process.pid}-${count++}`;
  const tmux = (...words: string[]): Promise<string> =>
    runOrThrow('env', ['LC_ALL=C.UTF-8', 'tmux', '-f', '/dev/null', '-L', socket, ...words]);
  const variables = Object.entries({
    TERM: 'xterm-256color',
    LC_ALL: 'C.UTF-8',
    XDG_STATE_HOME: STATE_HOME,
    XDG_CONFIG_HOME: STATE_HOME,
    ...env,
  });
  const quoted = [
    ...before,
    'env',
    ...variables.map(([name, value]) => `${name}=${value}`),
    LIFEBOAT,
    ...args,
  ]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(' ');
  const command = `${instead ?? quoted}; echo "ended with $?"; stty -a | grep -ow -e '-*echo' -e '-*icanon'; sleep 1000`;
  // Where nobody says where, maps and jobs are put there.
  await mkdir(STATE_HOME, { recursive: true });
  const size = ['-x', String(columns), '-y', String(rows)];
  await tmux('new-session', '-d', '-s', 'test', '-c', cwd, ...size, command);
  const read = async (): Promise<string[]> =>
    (await tmux('capture-pane', '-p', '-t', 'test')).split('\n').slice(0, -1);
  return {
    press: async (...keys) => {
      for (const key of keys) await tmux('send-keys', '-t', 'test', key);
    },
    type: async (text) => {
      await tmux('send-keys', '-t', 'test', '-l', text);
    },
    rows: read,
    async until(text, what = String(text)) {
      const end = Date.now() + patienceMs;
      for (;;) {
        const shown = await read();
        if (text.test(shown.join('\n'))) return shown;
        if (Date.now() > end) throw new Error(`never saw ${what}; the screen:\n${shown.join('\n')}`);
        await delay(100);
      }
    },
    resize: async (toColumns, toRows) => {
      await tmux('resize-window', '-t', 'test', '-x', String(toColumns), '-y', String(toRows));
    },
    cursor: async () => {
      const format = '#{cursor_flag} #{alternate_on}';
      const [isShown, isAlternate] = (await tmux('display-message', '-p', '-t', 'test', format))
        .trim()
        .split(' ');
      return { isShown: isShown === '1', isAlternate: isAlternate === '1' };
    },
    foreground: async () => {
      const shell = (await tmux('display-message', '-p', '-t', 'test', '#{pane_pid}')).trim();
      const pid = Number(await runOrThrow('ps', ['-o', 'tpgid=', '-p', shell]));
      if (!(pid > 1)) throw new Error(`the terminal of ${shell} has no foreground`);
      return pid;
    },
    painted: () => tmux('capture-pane', '-p', '-e', '-t', 'test'),
    async [Symbol.asyncDispose]() {
      await run('tmux', ['-L', socket, 'kill-server']);
    },
  };
}
