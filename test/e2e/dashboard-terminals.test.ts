import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { LIFEBOAT } from '../support/lifeboat.ts';
import { type Person, person } from '../support/person.ts';
import type { TerminalOptions } from '../support/terminal-session.ts';
import { missing } from '../support/tools.ts';

/** No disk has that name: nothing but the terminal is looked at here. */
const WORDS = ['--disk', '/dev/no-such-disk'];
const SHELL = "env PS1='ready$ ' HISTFILE= bash --norc --noprofile -i";

describe('the dashboard on a terminal', { skip: missing({ tools: ['tmux', 'bash', 'ps'] }) }, () => {
  let own: Scratch;

  before(async () => {
    own = await scratch();
  });

  after(async () => {
    await own[Symbol.asyncDispose]();
  });

  /** Somebody at a shell with job control, in which the dashboard was started; what stood there before is `before`. */
  async function atShell(options: TerminalOptions = {}): Promise<Person> {
    const user = await person([], { ...options, command: SHELL });
    await user.sees('ready$');
    await user.types('echo be"fore"');
    await user.presses('Enter');
    await user.sees(/^before/m);
    const env = `XDG_CONFIG_HOME='${own.path('config')}' XDG_STATE_HOME='${own.path('state')}' LC_ALL=C.UTF-8`;
    await user.types(`${env} TERM=xterm-256color '${LIFEBOAT}' ${WORDS.join(' ')}`);
    await user.presses('Enter');
    await user.sees('What is attached');
    return user;
  }

  /** That the terminal is as it was: the shell's text is back, keys are echoed and come in lines, there is a cursor. */
  async function isSane(user: Person): Promise<void> {
    const shown = await user.sees(/ready\$ *\n*$/);
    assert.match(shown.text, /^before/m, 'what stood on the screen is gone');
    await user.types('stty -a | grep -ow -e "-*echo" -e "-*icanon" | tr "\\n" " "; echo e"nd"');
    await user.presses('Enter');
    const { text } = await user.sees(/^.*end$/m);
    assert.match(text, /^icanon echo end$/m);
    assert.deepEqual(await user.cursor(), { isShown: true, isAlternate: false });
  }

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    test(`is left as it was after ${signal}`, async () => {
      await using user = await atShell();
      assert.equal((await user.cursor()).isAlternate, true);
      await user.kills(signal);
      await isSane(user);
    });
  }

  for (const kind of ['linux', 'xterm-256color', 'screen', 'tmux-256color', 'vt220']) {
    for (const locale of ['C.UTF-8', 'C']) {
      // A vt220 has no UTF-8, whatever the locale says.
      const isPlain = locale === 'C' || kind === 'vt220';
      const [vertical, signs] = isPlain ? ['|', /^[ -~]*$/] : ['│', /^[ -~│─┌┐└┘├┤…]*$/];
      test(`shows whole frames and no stray sign as ${kind} in the locale ${locale}`, async () => {
        await using user = await person(WORDS, { env: { TERM: kind, LC_ALL: locale } });
        // The last row is drawn last. What is typed before that is echoed by the terminal itself.
        const whole = (seen: string): RegExp => new RegExp(`${seen}(.|\\n)*\\? help`);
        await user.sees(whole('What is attached'));
        for (const [key, seen] of [
          ['C-l', 'What is attached'],
          ['?', 'Esc goes back to where you were'],
          ['Escape', 'What is attached'],
        ] as const) {
          await user.presses(key);
          const { rows } = await user.sees(whole(seen));
          const framed = rows.filter((row) => row.startsWith(vertical));
          assert.ok(framed.length > 10, rows.join('\n'));
          for (const row of framed) assert.ok(row.length === 80 && row.endsWith(vertical), row);
          for (const row of rows) assert.match(row, signs);
        }
        await user.leaves();
      });
    }
  }

  test('is handed to the shell by Ctrl-Z, comes back with fg, and is left by Q', async () => {
    await using user = await atShell();
    await user.presses('?');
    await user.sees('Esc goes back to where you were');
    await user.presses('C-z');
    await user.sees('Stopped');
    await isSane(user);
    await user.types('fg');
    await user.presses('Enter');
    // Where it was, drawn whole.
    const back = await user.sees('Esc goes back to where you were');
    assert.match(back.rows[0] ?? '', /LIFEBOAT │ Help/);
    await user.presses('Escape');
    await user.sees('What is attached');
    await user.presses('Q');
    await isSane(user);
  });

  test('takes Ctrl-C for one step back, and Ctrl-L draws everything anew', async () => {
    await using user = await person(WORDS);
    await user.sees('What is attached');
    await user.presses('?');
    await user.sees('Esc goes back to where you were');
    await user.presses('C-c');
    await user.sees('What is attached');
    await user.presses('C-c');
    await user.presses('C-l');
    await user.sees('What is attached');
    await user.leaves();
  });

  test('is left as it was by a defect, which is told', async () => {
    const script = resolve(import.meta.dirname, '../support/broken-screen.ts');
    for (const key of ['x', 'y']) {
      const command = `echo before; TERM=xterm-256color LC_ALL=C.UTF-8 ${process.execPath} ${script}`;
      await using user = await person([], { command, columns: 120, rows: 50 });
      await user.sees('A screen with a defect');
      await user.presses(key);
      const { text } = await user.sees(/ended with [1-9]/);
      assert.match(text, /^before/m);
      assert.match(text, /Error: the defect/);
      await user.sees(/^icanon\necho$|^echo\nicanon$/m);
      assert.deepEqual(await user.cursor(), { isShown: true, isAlternate: false });
    }
  });

  test('is filled anew when its size changes, and says so when it becomes too small', async () => {
    await using user = await person(WORDS);
    await user.sees('What is attached');
    for (const [columns, rows] of [
      [200, 60],
      [100, 30],
      [80, 24],
    ] as const) {
      await user.resizes(columns, rows);
      const screen = await user.sees(new RegExp(`\\n┌─ Disks.{${columns - 10}}(.|\\n)*Enter rescue it.*$`));
      assert.equal(screen.rows.length, rows);
    }
    await user.resizes(60, 20);
    await user.sees('This window has 60 columns and 20 rows.');
    await user.resizes(80, 24);
    await user.sees('What is attached');
    await user.leaves();
  });

  test('keeps its settings for the next time, unless the command line says something else', async () => {
    const env = { XDG_CONFIG_HOME: own.path('settings') };
    {
      await using user = await person(WORDS, { env });
      await user.sees('What is attached');
      await user.presses('c');
      await user.takes(/Frames and signs/);
      // ASCII alone, at once.
      await user.sees(/^\+- Settings/m);
      await user.presses('Home');
      await user.chooses(/Colours/);
      await user.presses('Enter', 'Enter');
      await user.sees(/Colours +never/);
      await user.leaves();
    }
    const kept = await readFile(own.path('settings/lifeboat/settings.json'), 'utf8');
    assert.deepEqual(JSON.parse(kept), { colours: 'off', charts: 'auto', signs: 'ascii' });
    {
      await using user = await person(WORDS, { env });
      await user.sees(/^\+- Disks/m);
      assert.equal(await user.seesColours(), false);
      await user.presses('F4');
      await user.sees('With colours now');
      assert.equal(await user.seesColours(), true);
      await user.leaves();
    }
    await using user = await person([...WORDS, '--color'], { env });
    await user.sees(/^\+- Disks/m);
    assert.equal(await user.seesColours(), true);
    await user.leaves();
  });

  test('opens whatever stands in the file of settings', async () => {
    await writeFile(own.path('broken.json'), '{"colours": 7, ');
    await using user = await person(WORDS, { env: { LIFEBOAT_SETTINGS: own.path('broken.json') } });
    await user.sees('What is attached');
    await user.presses('F2');
    await user.sees('Charts are drawn in blocks now');
    await user.leaves();
  });

  test('says what the live image alone can do', async () => {
    await using user = await person(WORDS);
    await user.sees('What is attached');
    for (const key of ['F3', 'F5']) {
      await user.presses(key);
      await user.sees('Only the live image can do that');
    }
    await user.presses('F6');
    await user.sees('Settings: Enter changes the chosen one');
    await user.leaves();
  });
});
