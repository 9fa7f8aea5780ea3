import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { test } from 'node:test';
import { classify, errnoName } from '../../src/block/errno.ts';

/** An error as Node makes it for a system call. */
function systemError(errno: number, code: string): Error {
  return Object.assign(new Error(`${code}: failed, read`), { errno: -errno, code, syscall: 'read' });
}

const BAD_READS: Array<[number, string]> = [
  [5, 'EIO'],
  [61, 'ENODATA'],
  [67, 'ENOLINK'],
  [71, 'EPROTO'],
  [74, 'EBADMSG'],
  [84, 'EILSEQ'],
  [110, 'ETIMEDOUT'],
];
for (const [number, name] of BAD_READS) {
  test(`${name} on a read is a bad sector`, () => {
    assert.deepEqual(classify(systemError(number, name), 'read'), { kind: 'bad', errno: name });
  });
}

test('error numbers that Node does not know are told by number', () => {
  const unknown = (errno: number) => classify(systemError(errno, `Unknown system error -${errno}`), 'read');
  assert.deepEqual(unknown(117), { kind: 'bad', errno: 'EUCLEAN' });
  assert.deepEqual(unknown(121), { kind: 'bad', errno: 'EREMOTEIO' });
  assert.deepEqual(unknown(123), { kind: 'gone', errno: 'ENOMEDIUM' });
  assert.deepEqual(unknown(108), { kind: 'gone', errno: 'ESHUTDOWN' });
  assert.deepEqual(unknown(999), { kind: 'bad', errno: 'errno 999' });
});

test('an unknown number is also understood from the code alone', () => {
  const error = Object.assign(new Error('x'), { code: 'Unknown system error -121' });
  assert.equal(errnoName(error), 'EREMOTEIO');
});

for (const [number, name] of [
  [6, 'ENXIO'],
  [19, 'ENODEV'],
  [107, 'ENOTCONN'],
  [116, 'ESTALE'],
  [9, 'EBADF'],
] as const) {
  test(`${name} means that the device is gone, reading or writing`, () => {
    assert.deepEqual(classify(systemError(number, name), 'read'), { kind: 'gone', errno: name });
    assert.deepEqual(classify(systemError(number, name), 'write'), { kind: 'gone', errno: name });
  });
}

for (const [number, name] of [
  [22, 'EINVAL'],
  [13, 'EACCES'],
  [1, 'EPERM'],
  [12, 'ENOMEM'],
  [14, 'EFAULT'],
] as const) {
  test(`${name} blames the request, never a sector`, () => {
    const outcome = classify(systemError(number, name), 'read');
    assert.equal(outcome.kind, 'broken');
    assert.match(outcome.kind === 'broken' ? outcome.message : '', new RegExp(name));
  });
}

for (const [number, name] of [
  [28, 'ENOSPC'],
  [122, 'EDQUOT'],
  [27, 'EFBIG'],
  [5, 'EIO'],
  [30, 'EROFS'],
] as const) {
  test(`${name} on a write is bad and keeps its name`, () => {
    assert.deepEqual(classify(systemError(number, name), 'write'), { kind: 'bad', errno: name });
  });
}

test('an error of the program itself is broken and keeps its message', () => {
  const outcome = classify(new RangeError('offset out of range'), 'read');
  assert.equal(outcome.kind, 'broken');
  assert.match(outcome.kind === 'broken' ? outcome.message : '', /offset out of range/);
});

test('a real error of Node is understood', async () => {
  const error = await open('/nowhere/at/all').catch((reason: unknown) => reason);
  assert.equal(errnoName(error), 'ENOENT');
});
