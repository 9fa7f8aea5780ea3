import assert from 'node:assert/strict';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { livePrograms } from '../support/live-programs.ts';
import { run } from '../support/tools.ts';

const INIT = join(import.meta.dirname, '../../iso/init');

/** What is on the kernel's command line, and the line and the speed that come of it. */
const LINES: readonly (readonly [words: string, line: string, speed: string])[] = [
  ['quiet lifeboat.serial=ttyS1', 'ttyS1', '115200'],
  ['quiet lifeboat.serial=ttyS1,9600', 'ttyS1', '9600'],
  ['lifeboat.serial=ttyS1,57600n8\r', 'ttyS1', '57600'],
  ['console=ttyS0,115200n8 lifeboat.serial=ttyS0', 'ttyS0', '115200'],
  ['console=tty0 console=ttyS0,38400 lifeboat.serial=ttyS0', 'ttyS0', '38400'],
  ['console=ttyS0,38400 lifeboat.serial=ttyS0,9600', 'ttyS0', '9600'],
  ['console=ttyS0,38400 lifeboat.serial=ttyS1', 'ttyS1', '115200'],
];

describe('a serial line', () => {
  test('has the speed that it is given, or that of the console on it, or 115200 baud', async () => {
    await using live = await livePrograms();
    // Any device of letters will do.
    for (const name of ['ttyS0', 'ttyS1']) await symlink('/dev/null', join(live.root, 'dev', name));
    await live.stub('stty', `echo "$*" > ${live.root}/stty`);
    for (const [words, line, speed] of LINES) {
      await live.write({ 'proc/cmdline': words });
      assert.deepEqual(await live.run('line', ['lifeboat.serial']), {
        code: 0,
        stdout: `${line}\n`,
        stderr: '',
      });
      assert.equal(
        (await readFile(join(live.root, 'stty'), 'utf8')).trim(),
        `-F ${live.root}/dev/${line} ${speed}`,
        words,
      );
    }
    for (const words of ['quiet', 'lifeboat.serial', 'lifeboat.serial=ttyS9', 'lifeboat.serial=../proc']) {
      await live.write({ 'proc/cmdline': words });
      assert.equal((await live.run('line', ['lifeboat.serial'])).code, 1, words);
    }
  });

  test('has the same speed in the first system', async () => {
    const init = await readFile(INIT, 'utf8');
    const part = init.slice(init.indexOf('words='), init.indexOf('megabytes='));
    await using live = await livePrograms();
    for (const name of ['ttyS0', 'ttyS1']) await symlink('/dev/null', join(live.root, 'dev', name));
    await live.stub('stty', 'echo "$(basename $2) $3"');
    for (const [words, line, speed] of LINES) {
      await live.write({
        'proc/cmdline': words,
        part: part.replaceAll('/proc/', `${live.root}/proc/`).replaceAll('/dev/', `${live.root}/dev/`),
      });
      const { stdout } = await run('env', [
        `PATH=${live.root}/stubs:${process.env.PATH}`,
        'bb=',
        'sh',
        '-eu',
        join(live.root, 'part'),
      ]);
      assert.equal(stdout.trim(), `${line} ${speed}`, words);
    }
  });
});
