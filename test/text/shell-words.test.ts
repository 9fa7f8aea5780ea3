import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shellWords } from '../../src/text/shell-words.ts';
import { runOrThrow } from '../support/tools.ts';

test('a shell takes the words of a command line as they are meant', async () => {
  const words = ['/dev/sda2', '--first', 'Users/Ada/My Documents', "it's $(x) `y`; *", '', '-'];
  assert.match(shellWords(words), /^\/dev\/sda2 --first '/);
  const stdout = await runOrThrow('sh', ['-c', `printf '%s\\n' ${shellWords(words)}`]);
  assert.deepEqual(stdout.split('\n').slice(0, words.length), words);
});
