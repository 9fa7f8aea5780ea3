import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { LiveMachine } from './live-machine.ts';

/** Where the dashboard is looked at and typed to: the screen with the keyboard, or a serial line. */
export interface Seat {
  rows(): Promise<string[]>;
  until(text: RegExp): Promise<string[]>;
  /** Presses a key: `Enter`, `Down`, `F10`, or a character. */
  press(key: string): Promise<void>;
  type(text: string): Promise<void>;
}

/** QEMU's names of keys that tmux calls otherwise. */
const QEMU_KEYS: Readonly<Record<string, string>> = { Enter: 'ret', Escape: 'esc' };

/** At the screen, with the keyboard. */
export const atScreen = ({ screen }: LiveMachine): Seat => ({
  rows: () => screen.rows(),
  until: (text) => screen.until(text),
  press: (key) => screen.press(QEMU_KEYS[key] ?? key.toLowerCase()),
  type: (text) => screen.type(text),
});

/** At the other end of the first serial line. */
export const atLine = ({ terminal }: LiveMachine): Seat => terminal;

/** Takes an entry of the menu by its key, once the menu is there. The serial line shows the menu whatever is chosen. */
export async function choose({ terminal }: LiveMachine, ...keys: string[]): Promise<void> {
  await terminal.until(/Rescue a disk over a serial line/);
  // GRUB loses what comes faster than it draws.
  for (const key of keys) {
    await terminal.press(key);
    await delay(KEY_MS);
  }
}

/** The keys that lead to an entry without a letter: the last one of the menu, or so many above it. */
export const fromTheEnd = (above: number): string[] => ['C-e', ...Array<string>(above).fill('C-p'), 'Enter'];

/** Adds words for the kernel to the first entry of the menu, as a person would, and starts it. */
export async function editEntry({ terminal }: LiveMachine, words: string): Promise<void> {
  await terminal.until(/Rescue a disk over a serial line/);
  await terminal.press('e');
  await terminal.until(/setparams/);
  // GRUB loses what comes faster than it draws, and takes the arrows of a slow line for Esc and letters.
  for (const key of ['C-n', 'C-e', ...` ${words}`]) {
    if (key.length === 1) await terminal.type(key);
    else await terminal.press(key);
    await delay(KEY_MS);
  }
  await terminal.until(new RegExp(words.slice(-8)));
  await terminal.press('C-x');
}

const KEY_MS = 250;

/** The first screen of the dashboard. */
export const FIRST_SCREEN = /LIFEBOAT .*What is attached/;

/** Words of the status line. */
export const KEPT = /work: on the stick/;
export const IN_MEMORY = /work: ONLY IN MEMORY/;

/** A rescue through all steps of the dashboard. */
export interface Story {
  /** What tells the row of the source and of the target apart from all others. */
  readonly source: RegExp;
  readonly target: RegExp;
  /** What must be typed before the target is written over. */
  readonly proof: string;
}

/** From the first screen to the start of the rescue. */
export async function startRescue(seat: Seat, { source, target, proof }: Story): Promise<void> {
  await seat.until(FIRST_SCREEN);
  await mark(seat, source);
  await seat.press('Enter');
  await seat.until(/Step 1 of 4/);
  await seat.press('Enter');
  await seat.until(/Step 2 of 4/);
  await mark(seat, target);
  await seat.press('Enter');
  await seat.until(/Step 3 of 4/);
  await seat.press('Enter');
  await seat.until(/Step 4 of 4/);
  await seat.type(proof);
  await seat.press('Enter');
}

/** From the start to the report; returns what it shows. */
export async function untilReport(seat: Seat): Promise<string[]> {
  const rows = await seat.until(/Damaged files/);
  assert.match(rows.join('\n'), /Finished/);
  return rows;
}

/** Moves the mark of a list to the row that matches. */
async function mark(seat: Seat, row: RegExp): Promise<void> {
  await seat.until(row);
  for (let presses = 0; presses < 30; presses++) {
    const rows = await seat.rows();
    const [marked, wanted] = [
      rows.findIndex((text) => MARKED.test(text)),
      rows.findIndex((text) => row.test(text)),
    ];
    if (marked === wanted) return;
    await seat.press(marked < wanted ? 'Down' : 'Up');
    // A slow machine shows late what a key has done: a second one would go too far.
    for (const end = Date.now() + KEY_SEEN_MS; Date.now() < end; await delay(500)) {
      const now = (await seat.rows()).findIndex((text) => MARKED.test(text));
      if (now >= 0 && now !== marked) break;
    }
  }
  throw new Error(`no row ${row}:\n${(await seat.rows()).join('\n')}`);
}

const MARKED = /^. ?>/;
const KEY_SEEN_MS = 30_000;

/** Through the dashboard, as a person would. */
export async function switchOff(machine: LiveMachine, seat: Seat): Promise<void> {
  await seat.press('F10');
  await seat.until(/Switch the computer off/);
  await seat.press('Down');
  await seat.until(/>\s*Switch the computer off/);
  await seat.press('Enter');
  await machine.switchedOff();
}
