import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ScreenText } from './screen-text.ts';
import { type TerminalOptions, type TerminalSession, terminalSession } from './terminal-session.ts';

/** How the screen should look, as a text or a pattern that stands somewhere on it. */
export type Sight = string | RegExp;

const LOOK_MS = 40;
/** A list that lacks the row for so long is the one that is meant, and not a screen that is about to go. */
const STILL_MS = 1500;
/** A key that has moved nothing by then has met a program that was not listening yet. */
const ANSWER_MS = 10_000;

/**
 * Somebody at the terminal: looks, and acts only upon what is on the screen. Nothing here waits for a time; each step
 * waits for what has to be seen first, and fails with what was seen instead.
 */
export interface Person extends AsyncDisposable {
  /** Waits until it can be seen somewhere, and tells what the screen looks like then. */
  sees(what: Sight): Promise<ScreenText>;
  /** Waits until it can be seen in the box with that title. */
  seesIn(title: string, what: Sight): Promise<string[]>;
  /** The screen as it is. */
  looks(): Promise<ScreenText>;
  /** Presses keys, by tmux's names. */
  presses(...keys: string[]): Promise<void>;
  types(text: string): Promise<void>;
  /** Moves the cursor of the list until it is on such a row, however the list changes meanwhile. */
  chooses(row: RegExp): Promise<ScreenText>;
  /** Chooses the row and presses Enter. */
  takes(row: RegExp): Promise<void>;
  resizes(columns: number, rows: number): Promise<void>;
  /** Whether there is a cursor, and whether a program has the screen for itself. */
  cursor(): ReturnType<TerminalSession['cursor']>;
  seesColours(): Promise<boolean>;
  /** The screen as it is, with its control sequences. */
  painted(): Promise<string>;
  /** Sends a signal to what the shell has in its foreground. */
  kills(signal: NodeJS.Signals): Promise<void>;
  /** Leaves the program, and checks that the terminal is as it was before. */
  leaves(): Promise<void>;
}

/** Sits somebody down at a terminal with `lifeboat ARGS` in it. */
export async function person(args: readonly string[], options: TerminalOptions = {}): Promise<Person> {
  const { patienceMs = 120_000 } = options;
  const session = await terminalSession(args, options);
  const looks = async (): Promise<ScreenText> => new ScreenText(await session.rows());
  const until = async <T>(what: string, find: (screen: ScreenText) => T | undefined): Promise<T> => {
    const end = Date.now() + patienceMs;
    for (;;) {
      const screen = await looks();
      const found = find(screen);
      if (found !== undefined) {
        // A look may fall into the midst of painting: what is told is how it stands when that is done.
        await delay(LOOK_MS);
        return find(await looks()) ?? found;
      }
      if (Date.now() > end) assert.fail(`never saw ${what}; the screen is:\n${screen.text}`);
      await delay(LOOK_MS);
    }
  };
  const self: Person = {
    looks,
    painted: () => session.painted(),
    sees: (what) => until(String(what), (screen) => (isIn(screen.text, what) ? screen : undefined)),
    seesIn: (title, what) =>
      until(`${what} in "${title}"`, (screen) => {
        const rows = screen.box(title);
        return rows && isIn(rows.join('\n'), what) ? rows : undefined;
      }),
    presses: (...keys) => session.press(...keys),
    types: (text) => session.type(text),
    chooses: async (row) => {
      const begin = Date.now();
      for (;;) {
        const screen = await looks();
        if (screen.chosen !== undefined && row.test(screen.chosen)) return screen;
        if (Date.now() > begin + patienceMs)
          assert.fail(`${row} cannot be chosen; the screen is:\n${screen.text}`);
        const key = nextKey(screen, row);
        // A key pressed for the screen before would reach the one that follows, and move its cursor before Enter.
        const isEarly = !isInView(screen, row) && Date.now() < begin + STILL_MS;
        if (key === undefined || isEarly) {
          await delay(LOOK_MS);
          continue;
        }
        await session.press(key);
        await hasMoved(looks, screen);
      }
    },
    takes: async (row) => {
      await self.chooses(row);
      await session.press('Enter');
    },
    resizes: (columns, rows) => session.resize(columns, rows),
    cursor: () => session.cursor(),
    kills: async (signal) => void process.kill(await session.foreground(), signal),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what colours are made of.
    seesColours: async () => /\u001b\[[0-9;]*3[0-7][;m]/.test(await self.painted()),
    leaves: async () => {
      await session.press('F10');
      const { rows } = await self.sees(/ended with \d+(?=(.|\n)*icanon)(?=(.|\n)*echo)/);
      assert.ok(rows.includes('ended with 0'), rows.join('\n'));
      assert.ok(rows.includes('echo'), 'the terminal does not echo any more');
      assert.ok(rows.includes('icanon'), 'the terminal does not take lines any more');
      const warned = rows.filter((row) => /\(node:\d+\)|Warning:/.test(row));
      assert.deepEqual(warned, [], 'it leaves warnings behind on the terminal');
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
  return self;
}

const isIn = (text: string, what: Sight): boolean =>
  typeof what === 'string' ? text.includes(what) : what.test(text);

const isInView = ({ list }: ScreenText, row: RegExp): boolean =>
  list?.rows.some((each) => row.test(each)) ?? false;

/** The key that leads towards the row; when it is not in view, first down to the end and then from the top again. */
function nextKey({ list }: ScreenText, row: RegExp): string | undefined {
  if (!list) return undefined;
  const wanted = list.rows.findIndex((each) => row.test(each));
  if (wanted >= 0) return wanted > list.at ? 'Down' : 'Up';
  if (list.isCutBelow || list.rows.slice(list.at + 1).some((each) => each !== '')) return 'Down';
  // The only row there is: it may still be filled in, or others may follow.
  return list.at > 0 ? 'Home' : undefined;
}

/** Waits until the cursor is elsewhere: a second key before that could go too far. What is filled in does not count. */
async function hasMoved(looks: () => Promise<ScreenText>, before: ScreenText): Promise<void> {
  const state = ({ list, chosen = '' }: ScreenText): string => `${list?.at} ${chosen.split(/ +/)[1]}`;
  const end = Date.now() + ANSWER_MS;
  while (Date.now() < end) {
    await delay(LOOK_MS);
    if (state(await looks()) !== state(before)) return;
  }
}
