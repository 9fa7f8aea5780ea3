import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { Stage } from '../../src/tui/stage/stage.ts';

test('a serial line, which does not tell its size, gets a screen of the usual one; others are as large as they say', () => {
  const sizes = ([columns, rows]: readonly [number, number]): readonly number[] => {
    const input = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: () => undefined,
      isRaw: false,
    });
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: 0, rows: 0 });
    const stage = new Stage({
      input: input as unknown as NodeJS.ReadStream,
      output: output as unknown as NodeJS.WriteStream,
      terminal: 'vt220',
      onKey: () => undefined,
      onResize: () => undefined,
    });
    const first = stage.size;
    Object.assign(output, { columns, rows });
    output.emit('resize');
    const then = stage.size;
    stage.close();
    return [first.columns, first.rows, then.columns, then.rows];
  };
  assert.deepEqual(sizes([0, 0]), [80, 24, 80, 24]);
  assert.deepEqual(sizes([132, 0]), [80, 24, 132, 24]);
  assert.deepEqual(sizes([79, 50]), [80, 24, 79, 50]);
});
