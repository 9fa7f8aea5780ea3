import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Look } from '../../src/tui/look.ts';
import { madeUpScreens } from '../support/made-up-screens.ts';
import { terminalSession } from '../support/terminal-session.ts';
import { missing } from '../support/tools.ts';

const SCREENS = resolve(import.meta.dirname, 'screens');
/** With it the files are written anew: look at what changed before you keep it. */
const UPDATE = process.env.UPDATE_SCREENS !== undefined;
const PATIENCE_MS = 20_000;

const UNICODE: Look = { charset: 'unicode', charts: 'braille', colour: true };
const BLOCKS: Look = { charset: 'unicode', charts: 'blocks', colour: false };
const ASCII: Look = { charset: 'ascii', charts: 'ascii', colour: false };

/** Every screen at the smallest size, the most telling ones at all others. */
const ALL = Object.keys(madeUpScreens());
const SOME = [
  'home',
  'target',
  'confirm-erase',
  'running',
  'report',
  'map-closer',
  'jobs',
  'help',
  'boot',
  'boot-plan',
];

const SETS: readonly {
  readonly size: readonly [number, number];
  readonly look: Look;
  readonly names: readonly string[];
}[] = [
  { size: [80, 24], look: UNICODE, names: ALL },
  { size: [80, 24], look: ASCII, names: SOME },
  { size: [80, 25], look: UNICODE, names: SOME },
  { size: [100, 30], look: BLOCKS, names: SOME },
  { size: [120, 40], look: UNICODE, names: SOME },
  { size: [200, 60], look: UNICODE, names: SOME },
];

describe('screens, as a terminal shows them', {
  skip: missing({ tools: ['tmux'] }),
  concurrency: 2,
}, () => {
  for (const { size, look, names } of SETS) {
    const [columns, rows] = size;
    const folder = `${columns}x${rows}${look.charset === 'ascii' ? '-ascii' : ''}`;
    test(`are those in test/tui/screens/${folder}`, async () => {
      const scratch = await mkdtemp(join(tmpdir(), 'lifeboat-screens-'));
      const socketPath = join(scratch, 'socket');
      const player = resolve(import.meta.dirname, '../support/screen-player.ts');
      await using session = await terminalSession([], {
        columns,
        rows,
        command: `TZ=UTC LC_ALL=C.UTF-8 TERM=xterm-256color ${process.execPath} ${player} ${socketPath} 2> ${scratch}/errors`,
      });
      await eventually(
        () => existsSync(socketPath),
        () => readFileSync(`${scratch}/errors`, 'utf8'),
      );
      const socket = createConnection(socketPath);
      await once(socket, 'connect');
      const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
      const wrong: string[] = [];
      for (const name of names) {
        socket.write(`${JSON.stringify({ name, look })}\n`);
        assert.equal((await answers.next()).value, 'drawn', name);
        const path = join(SCREENS, folder, `${name}.txt`);
        const expected = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
        const shown = await settled(
          async () => `${(await session.rows()).join('\n')}\n`,
          UPDATE ? undefined : expected,
        );
        if (shown === expected) continue;
        if (UPDATE) {
          await mkdir(join(SCREENS, folder), { recursive: true });
          writeFileSync(path, shown);
        } else wrong.push(`${folder}/${name} looks like this now:\n${shown}`);
      }
      socket.end();
      await rm(scratch, { recursive: true, force: true });
      assert.deepEqual(wrong, [], wrong.join('\n'));
    });
  }
});

/** What the terminal shows when it has taken in everything: what is expected, or else what does not change any more. */
async function settled(look: () => Promise<string>, expected: string | undefined): Promise<string> {
  let before = await look();
  for (let same = 0; same < 4; ) {
    if (before === expected) return before;
    await delay(60);
    const now = await look();
    same = now === before ? same + 1 : 0;
    before = now;
  }
  return before;
}

async function eventually(isSo: () => boolean, why: () => string): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !isSo(); ) {
    if (Date.now() > end) assert.fail(`the player did not start: ${why()}`);
    await delay(20);
  }
}
