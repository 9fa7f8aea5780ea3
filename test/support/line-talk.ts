import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { LIFEBOAT, type RunOptions, STATE_HOME } from './lifeboat.ts';

/** Somebody who talks with the executable in lines: waits for what is asked, then answers. */
export interface LineTalk extends AsyncDisposable {
  /** Waits until it is said, after what was heard last; the text up to its end. */
  hears(what: RegExp | string): Promise<string>;
  answers(line: string): void;
  /** Waits for a question that has such words in it, and answers it. */
  asked(what: RegExp | string, line: string): Promise<string>;
  /** Waits for the number of a line that matches, and answers with it. */
  picks(line: RegExp, more?: string): Promise<void>;
  /** Says no more, and waits for the end: the exit code. */
  ends(): Promise<number | null>;
  readonly said: string;
}

const PATIENCE_MS = 90_000;

/** Starts `lifeboat ARGS` for a talk over pipes. */
export function lineTalk(args: readonly string[], { env, cwd = STATE_HOME }: RunOptions = {}): LineTalk {
  // Where nobody says where, maps and jobs are put there.
  mkdirSync(STATE_HOME, { recursive: true });
  const child = spawn(LIFEBOAT, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd,
    env: {
      ...process.env,
      LC_ALL: 'C.UTF-8',
      XDG_STATE_HOME: STATE_HOME,
      XDG_CONFIG_HOME: STATE_HOME,
      ...env,
    },
  });
  let said = '';
  let heard = 0;
  let wake: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      wake();
    });
  }
  child.stdin.on('error', () => undefined);
  const over = new Promise<number | null>((resolve) => child.on('close', resolve));
  void over.then(() => wake());
  const until = async <T>(what: string, find: (rest: string) => T | undefined): Promise<T> => {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = find(said.slice(heard));
      if (found !== undefined) return found;
      const left = end - Date.now();
      const isOver = child.exitCode !== null || child.signalCode !== null;
      if (left <= 0 || isOver) assert.fail(`never heard ${what}; it said:\n${said}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 1000));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const self: LineTalk = {
    hears: (what) =>
      until(String(what), (rest) => {
        const match = (typeof what === 'string' ? wordsOf(what) : what).exec(rest);
        if (!match) return undefined;
        const end = match.index + match[0].length;
        heard += end;
        return rest.slice(0, end);
      }),
    answers: (line) => void child.stdin.write(`${line}\n`),
    asked: async (what, line) => {
      const text = await self.hears(what);
      await self.hears('> ');
      self.answers(line);
      return text;
    },
    picks: async (line, more = '') => {
      const number = await until(String(line), (rest) => {
        const lines = rest.slice(0, Math.max(0, rest.indexOf('\n> '))).split('\n');
        return lines
          .map((each) => /^(\d+): (.*)$/.exec(each))
          .find((match) => match !== null && line.test(match[2] ?? ''))?.[1];
      });
      await self.hears('\n> ');
      self.answers(`${number}${more}`);
    },
    ends: () => {
      child.stdin.end();
      return over;
    },
    get said() {
      return said;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await over;
    },
  };
  return self;
}

/** These words, wherever lines are broken between them. */
const wordsOf = (text: string): RegExp =>
  new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/(?<=\S) (?=\S)/g, '\\s+'));
