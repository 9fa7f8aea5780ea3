/**
 * What the screens cost: `screen.ts [MINUTES]`. How long the executable takes to its first screen, and from a key to what
 * it changes while a disk hangs; and what the process that draws a running job takes of a processor and of memory, on a
 * made-up job that tells as much as any can.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { scratch } from '../test/support/e2e-scratch.ts';
import { failingDisk } from '../test/support/failing-disk.ts';
import { LIFEBOAT } from '../test/support/lifeboat.ts';
import { terminalSession } from '../test/support/terminal-session.ts';
import { median } from './measure.ts';

const STARTS = 15;
/** Keys that are pressed there, and as many that undo them. */
const KEYS = 25;
const [minutes = 2] = process.argv.slice(2).map(Number);
/** They stand in the first row of the first screen; blanks between words are drawn as moves of the cursor. */
const FIRST_WORDS = '[LOCK]';
const TICKS_PER_SECOND = 100;

/** The executable in a terminal of its own, which shows it one disk. */
function started(disk: string) {
  const command = `stty columns 120 rows 40; exec '${LIFEBOAT}' --disk '${disk}'`;
  return spawn('script', ['-qfec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
  });
}

/** Waits until a program draws these words; what it draws while nobody waits is nobody's business. */
function drawn(output: Readable, words: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  const onData = (chunk: Buffer): void => {
    said += chunk.toString();
    if (said.includes(words)) done(resolve);
  };
  const onEnd = (): void => done(() => reject(new Error(`it never drew "${words}": ${said}`)));
  const done = (settle: () => void): void => {
    output.off('data', onData).off('end', onEnd);
    settle();
  };
  output.on('data', onData).on('end', onEnd);
  return promise;
}

/** Milliseconds from the start of the program in a terminal to the first of its words that are drawn. */
async function firstScreenMs(): Promise<number> {
  const since = performance.now();
  const child = started('/dev/no-such-disk');
  await drawn(child.stdout, FIRST_WORDS);
  const took = performance.now() - since;
  child.stdin.write('Q');
  if (child.exitCode === null) await once(child, 'exit');
  return took;
}

/** Milliseconds from a key to the words that it brings, many times, while the only disk does not answer. */
async function keyMs(): Promise<number[]> {
  await using own = await scratch();
  const image = own.path('hung.img');
  await mkdir(own.path('.'), { recursive: true });
  await writeFile(image, Buffer.alloc(48 * 2 ** 20));
  await using hung = await failingDisk({ image, faults: ['hang 0 98304 600'], timescale: 1 });
  const child = started(hung.device);
  await drawn(child.stdout, 'SILENT');
  const took: number[] = [];
  for (let i = 0; i < KEYS; i++) {
    for (const [key, words] of [
      ['?', 'Help'],
      ['q', 'What'],
    ] as const) {
      // A person's pace; and the clock of the silent disk is drawn now and then as well.
      await delay(200 + 37 * (i % 7));
      const since = performance.now();
      child.stdin.write(key);
      await drawn(child.stdout, words);
      took.push(performance.now() - since);
    }
  }
  child.stdin.write('Q');
  if (child.exitCode === null) await once(child, 'exit');
  return took;
}

const usageOf = (pid: number): { readonly seconds: number; readonly mib: number } => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, pages = 0] = [fields[11], fields[12], fields[21]];
  return { seconds: (user + system) / TICKS_PER_SECOND, mib: (pages * 4096) / 2 ** 20 };
};

/** A terminal with the made-up job in it; how much of a processor it took since it was asked last, and its memory. */
async function drawing(columns: number, rows: number) {
  const watcher = join(import.meta.dirname, 'screen/watcher.ts');
  const command = `exec env TERM=xterm-256color LC_ALL=C.UTF-8 ${process.execPath} ${watcher}`;
  const session = await terminalSession([], { columns, rows, command });
  await session.until(/saved/);
  const pid = await session.foreground();
  let before = { ...usageOf(pid), at: performance.now() };
  return {
    name: `${columns}x${rows}`,
    used: (): string => {
      const now = { ...usageOf(pid), at: performance.now() };
      const share = (now.seconds - before.seconds) / ((now.at - before.at) / 1000);
      before = now;
      return `${(share * 100).toFixed(2)} | ${now.mib.toFixed(0)}`;
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

const spread = (times: readonly number[]): string =>
  `median ${median(times).toFixed(0)} ms, ${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)} ms`;

const starts: number[] = [];
for (let i = 0; i < STARTS; i++) starts.push(await firstScreenMs());
console.log(`first screen: ${spread(starts)}`);
console.log(`from a key to the screen while a disk hangs: ${spread(await keyMs())}\n`);
await using small = await drawing(80, 24);
await using large = await drawing(120, 40);
const screens = [small, large];
console.log(`| minute | ${screens.map(({ name }) => `${name}: % of a processor | MiB`).join(' | ')} |`);
console.log('|---|---|---|---|---|');
for (let minute = 1; minute <= minutes; minute++) {
  await delay(60_000);
  console.log(`| ${minute} | ${screens.map(({ used }) => used()).join(' | ')} |`);
}
