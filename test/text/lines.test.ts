import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonLines } from '../../src/text/lines.ts';

/** What comes of bytes that arrive in pieces of that size. */
async function valuesOf(bytes: Uint8Array, pieceBytes: number): Promise<unknown[]> {
  async function* pieces(): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const values: unknown[] = [];
  for await (const value of jsonLines(pieces())) values.push(value);
  return values;
}

test('values end where whoever wrote them was killed, at any byte, and nowhere else', async () => {
  const values = [
    { event: 'note', message: 'Grüße "ü"' },
    { event: 'progress', cells: '++--' },
  ];
  const [first = '', second = ''] = values.map((value) => JSON.stringify(value));
  const whole = Buffer.from(`${first}\n${second}\n`);
  for (let kept = 0; kept <= whole.length; kept++) {
    const due = values.slice(0, kept >= whole.length - 1 ? 2 : kept >= Buffer.byteLength(first) ? 1 : 0);
    assert.deepEqual(await valuesOf(whole.subarray(0, kept), 7), due, `${kept} bytes`);
  }
  await assert.rejects(valuesOf(Buffer.from('{"cut":\n{"event":"done"}\n'), 1000), SyntaxError);
});
