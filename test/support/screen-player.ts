/**
 * Shows the dashboard's screens with made-up data on the terminal it is started in, one after the other as it is told
 * on a socket: `{"name":"home","look":{…}}` a line; `drawn` comes back when the terminal has got all of it. Not a test.
 */
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Dashboard } from '../../src/tui/dashboard.ts';
import { line, toned } from '../../src/tui/frame/line.ts';
import type { Look } from '../../src/tui/look.ts';
import { Stage } from '../../src/tui/stage/stage.ts';
import { WORDS } from '../../src/tui/words.ts';
import { MOMENT_MS, madeUpScreens } from './made-up-screens.ts';

/** Longer than the dashboard waits before it draws again. */
const DRAWN_MS = 280;

const RealDate = Date;
/** Time stands still: what is shown must not depend on when it is looked at. */
globalThis.Date = class extends RealDate {
  constructor(...args: unknown[]) {
    super(...((args.length === 0 ? [MOMENT_MS] : args) as [number]));
  }
  static override now = (): number => MOMENT_MS;
} as DateConstructor;

const [socketPath = ''] = process.argv.slice(2);
const stage = new Stage({
  input: process.stdin,
  output: process.stdout,
  terminal: process.env.TERM ?? '',
  onKey: () => undefined,
  onResize: () => undefined,
});

async function show(name: string, look: Look): Promise<void> {
  const make = madeUpScreens()[name];
  if (!make) throw new Error(`there is no screen ${name}`);
  const { view, keys = [], opens } = make();
  const ignore = (): void => undefined;
  const status = () => line(toned('good', WORDS.lock));
  const dashboard = new Dashboard(stage, look, view, status, {
    quit: ignore,
    settings: ignore,
    machine: undefined,
  });
  await delay(DRAWN_MS);
  for (const key of [...keys, ...(opens ? [opens] : [])]) dashboard.key(key);
  await delay(DRAWN_MS);
  dashboard.close();
}

createServer((socket) => {
  createInterface({ input: socket }).on('line', (text) => {
    const { name, look } = JSON.parse(text) as { name: string; look: Look };
    show(name, look).then(
      () => socket.write('drawn\n'),
      (error: Error) => socket.write(`${error.message}\n`),
    );
  });
  socket.on('close', () => {
    stage.close();
    process.exit(0);
  });
}).listen(socketPath);
