import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Cursor } from '../../src/tui/frame/cursor.ts';
import { line } from '../../src/tui/frame/line.ts';

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

  test('gives a key no other item than the one it was seen on, until it is drawn on that', () => {
    const lines = (items: readonly string[]) => items.map((item) => line(item));
    const cursor = new Cursor(itself);
    const draw = (items: readonly string[]): void => {
      cursor.on(items);
      cursor.rows(lines(items), ROWS);
    };
    const [all, fewer] = [
      ['sda', 'sdb', 'sdc'],
      ['sda', 'sdc'],
    ] as const;
    draw(all);
    assert.ok(cursor.move('down', all, ROWS));
    assert.equal(cursor.meant(all), 'sdb', 'who goes down and presses Enter at once means it');
    draw(all);
    // It is unplugged; the next one comes into its row.
    assert.equal(cursor.isUnseen, false);
    assert.equal(cursor.meant(fewer), undefined);
    assert.equal(cursor.isUnseen, true);
    draw(fewer);
    assert.equal(cursor.meant(fewer), 'sdc');
    const waiting = new Cursor(itself, { isGood: (item) => !item.startsWith('x') });
    assert.equal(waiting.on(['x sda']), 'x sda');
    waiting.rows(lines(['x sda']), ROWS);
    assert.equal(waiting.meant(['sdb', 'x sda']), undefined, 'what may be chosen has come before it');
  });
});
