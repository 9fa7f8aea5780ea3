/**
 * What the screens cost: `screen.ts [MINUTES]`. How long the executable takes to its first screen, and what the process
 * that draws a running job takes of a processor and of memory, on a made-up job that tells as much as any can.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LIFEBOAT } from '../test/support/lifeboat.ts';
import { terminalSession } from '../test/support/terminal-session.ts';
import { median } from './measure.ts';

const STARTS = 15;
const [minutes = 2] = process.argv.slice(2).map(Number);
/** They stand in the first row of the first screen; blanks between words are drawn as moves of the cursor. */
const FIRST_WORDS = '[LOCK]';
const TICKS_PER_SECOND = 100;

/** Milliseconds from the start of a program in a terminal to the first of its words that are drawn. */
async function firstScreenMs(): Promise<number> {
  const command = `stty columns 120 rows 40; exec '${LIFEBOAT}' --disk /dev/no-such-disk`;
  const since = performance.now();
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
  });
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes(FIRST_WORDS)) break;
  }
  const took = performance.now() - since;
  if (!said.includes(FIRST_WORDS)) throw new Error(`it drew nothing: ${said}`);
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

const starts: number[] = [];
for (let i = 0; i < STARTS; i++) starts.push(await firstScreenMs());
console.log(
  `first screen: median ${median(starts).toFixed(0)} ms, ${Math.min(...starts).toFixed(0)} to ${Math.max(...starts).toFixed(0)} ms\n`,
);
await using small = await drawing(80, 24);
await using large = await drawing(120, 40);
const screens = [small, large];
console.log(`| minute | ${screens.map(({ name }) => `${name}: % of a processor | MiB`).join(' | ')} |`);
console.log('|---|---|---|---|---|');
for (let minute = 1; minute <= minutes; minute++) {
  await delay(60_000);
  console.log(`| ${minute} | ${screens.map(({ used }) => used()).join(' | ')} |`);
}
