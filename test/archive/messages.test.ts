import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapePattern, excludeMatcher } from '../../src/archive/fsarchiver/exclude-pattern.ts';
import { fileTrouble, type Message, MessageReader } from '../../src/archive/fsarchiver/messages.ts';

function messages(text: string): Message[] {
  const reader = new MessageReader();
  const found = text.split('\n').map((line) => reader.push(line));
  return [...found, reader.end()].filter((message) => message !== undefined);
}

/** As 0.8.7 prints them; names with line feeds come in several lines. */
const SAVE = `filesys.c#140,devcmp(): Warning: [/dev/fuse] is not a block device
executing [ntfs-3g -h]...
command [ntfs-3g -h] returned 9
Analysing filesystem on /dev/loop2...
============= archiving filesystem /dev/loop2 =============
-[00][  0%][DIR     ] /
-[00][ 12%][REGFILEM] /names/new
line.txt
-[01][100%][REGFILE ] /b/big.bin
oper_save.c#190,createar_obj_regfile_unique(): file [/b/big
two.bin] has been truncated to 614400 bytes (original size: 900000): padding with zeros
[errno=5, Input/output error]: oper_save.c#196,createar_obj_regfile_unique(): Cannot read data block from /b/a, block=1.bin, block=524288 and res=-1
[errno=5, Input/output error]: oper_save.c#733,createar_save_directory(): cannot lstat64(/tmp/fsa/20261126-123829-000f3888-00/a/b)
Statistics for filesystem 0
* files successfully processed:....regfiles=18, directories=4, symlinks=1, hardlinks=2, specials=0
* files with errors:...............regfiles=3, directories=0, symlinks=0, hardlinks=0, specials=0`;

test('messages are put together from lines, whatever names hold', () => {
  const found = messages(SAVE);
  const objects = found.filter((message) => message.kind === 'object');
  assert.deepEqual(
    objects.map(({ path, percent, fileSystem }) => [path, percent, fileSystem]),
    [
      ['/', 0, 0],
      ['/names/new\nline.txt', 12, 0],
      ['/b/big.bin', 100, 1],
    ],
  );
  const troubles = found.flatMap((message) => (message.kind === 'error' ? [fileTrouble(message.text)] : []));
  assert.deepEqual(troubles.filter(Boolean), [
    { trouble: 'cut', path: '/b/big\ntwo.bin', goodBytes: 614400 },
    { trouble: 'unreadable', path: '/b/a, block=1.bin' },
    { trouble: 'record', path: '/tmp/fsa/20261126-123829-000f3888-00/a/b' },
  ]);
  const counts = found.filter((message) => message.kind === 'counts');
  assert.equal(counts[1]?.counts.files, 3);
  assert.deepEqual(found.filter(({ kind }) => kind === 'phase').length, 2);
  assert.deepEqual(messages('File [/x.f02] is not found, please type the path to volume 2:'), [
    { kind: 'volume-missing' },
  ]);
});

test('a path as a pattern fits itself alone', () => {
  for (const name of ['plain', 'a*b', 'a?b', 'a[bc]', 'back\\slash', '[!x]']) {
    const fits = excludeMatcher([escapePattern(`/${name}`)]);
    assert.ok(fits(name), name);
    assert.ok(!fits(`x${name}`) && !fits(`${name}x`) && !fits('aXb') && !fits('ab'), name);
  }
});

test('patterns mean what they mean to FSArchiver', () => {
  const cases: readonly (readonly [pattern: string, path: string, fits: boolean])[] = [
    ['*.tmp', 'a/b/c.tmp', true],
    ['/a/*', 'a/b/c.tmp', true],
    ['/a', 'a', true],
    ['/a', 'b/a', false],
    ['a', 'b/a', true],
    ['?', 'x', true],
    ['[a-c]', 'b', true],
    ['[!a-c]', 'b', false],
    ['[]]', ']', true],
    ['[', '[', true],
    ['*(1)*', 'copy (1).txt', true],
  ];
  for (const [pattern, path, fits] of cases) assert.equal(excludeMatcher([pattern])(path), fits, pattern);
});
