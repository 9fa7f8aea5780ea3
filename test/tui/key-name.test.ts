import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Stage } from '../../src/tui/stage/stage.ts';

/** What a terminal sends, and the keys that were pressed. */
const PRESSED: readonly (readonly [sent: string, keys: readonly string[]])[] = [
  ['\u001b', ['escape']],
  ['\u001b\u001b', ['escape', 'escape']],
  ['\u001bx', ['escape', 'x']],
  ['\u001bN', ['escape', 'N']],
  ['\u001b ', ['escape', 'space']],
  ['\u001b\u007f', ['escape', 'backspace']],
  ['\u001b\r', ['escape', 'enter']],
  ['\u001b\u001b[21~', ['escape', 'f10']],
  ['\u001b[21~', ['f10']],
  ['\u001bOP\u001b[B', ['f1', 'down']],
  ['\u001b[Z', ['backtab']],
  ['\r', ['enter']],
  ['aQ?', ['a', 'Q', '?']],
];

test('keys that come together are told one after the other', async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true, isRaw: true, setRawMode: () => undefined });
  const output = Object.assign(new PassThrough().resume(), { isTTY: true, columns: 80, rows: 24 });
  let told: string[] = [];
  const stage = new Stage({
    input: input as never,
    output: output as never,
    terminal: 'xterm-256color',
    onKey: (key) => told.push(key),
    onResize: () => undefined,
  });
  for (const [sent, keys] of PRESSED) {
    told = [];
    input.write(sent);
    await setImmediate();
    assert.deepEqual(told, keys, JSON.stringify(sent));
  }
  stage.close();
});
