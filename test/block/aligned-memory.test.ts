import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocateAligned, isAligned } from '../../src/block/aligned-memory.ts';

test('aligned memory has the asked length, is zeroed, and knows itself', () => {
  for (const bytes of [0, 1, 512, 4097, 65536, 65537, 1 << 20]) {
    const memory = allocateAligned(bytes);
    assert.equal(memory.length, bytes);
    assert.ok(memory.every((byte) => byte === 0));
    assert.ok(isAligned(memory, 4096));
  }
});

test('a part of aligned memory is aligned only where it starts at a multiple', () => {
  const memory = allocateAligned(8192);
  assert.ok(isAligned(memory.subarray(512), 512));
  assert.ok(!isAligned(memory.subarray(512), 4096));
  assert.ok(!isAligned(memory.subarray(100), 512));
});

test('a Buffer is never taken for aligned', () => {
  assert.ok(!isAligned(Buffer.alloc(4096), 512));
});

test('an impossible size is refused with the value', () => {
  assert.throws(() => allocateAligned(-1), /-1/);
  assert.throws(() => allocateAligned(1.5), /1\.5/);
});
