import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cursor } from '../../src/tui/frame/cursor.ts';

const ROWS = 5;

describe('the cursor of a list', () => {
  const itself = (item: string): string => item;

  test('stays with its item, wherever that goes', () => {
    const cursor = new Cursor(itself);
    assert.equal(cursor.on(['sda', 'sdb']), 'sda');
    assert.equal(cursor.on(['nvme0n1', 'sda', 'sdb']), 'sda');
    assert.ok(cursor.move('down', ['nvme0n1', 'sda', 'sdb'], ROWS));
    assert.equal(cursor.on(['sdb', 'sda', 'sdc']), 'sdb');
  });

  test('goes to what stands in the place of an item that is gone, and comes no further than the end', () => {
    const cursor = new Cursor(itself);
    assert.ok(cursor.move('end', ['a', 'b', 'c'], ROWS));
    assert.equal(cursor.on(['a', 'b']), 'b');
    assert.equal(cursor.on([]), undefined);
    assert.equal(cursor.on(['x', 'y', 'b']), 'b');
  });

  test('leaves what cannot be chosen for the first of all, until it was moved', () => {
    const cursor = new Cursor(itself, { isGood: (item) => !item.startsWith('x') });
    assert.equal(cursor.on(['x sda']), 'x sda');
    assert.equal(cursor.on(['sdb', 'x sda']), 'sdb');
    assert.equal(cursor.on(['sdc', 'sdb', 'x sda']), 'sdb');
    assert.ok(cursor.move('end', ['sdc', 'sdb', 'x sda'], ROWS));
    assert.equal(cursor.on(['sdc', 'x sda', 'sdb']), 'x sda');
  });

  test('begins where it is told, as soon as that is there', () => {
    const cursor = new Cursor(itself, { start: 'b' });
    assert.equal(cursor.on(['a', 'b']), 'b');
    assert.equal(cursor.move('F5', ['a', 'b'], ROWS), false);
  });
});
