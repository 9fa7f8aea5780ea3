import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dashboardFont } from '../../scripts/console-font/dashboard-font.ts';
import { formatPsf, parsePsf } from '../../scripts/console-font/psf.ts';

/** A font of the letters of Western Europe, each with a bitmap of its own. */
function letters() {
  const codes = Array.from({ length: 0x100 }, (_, code) => code).filter(
    (code) => (code >= 0x20 && code < 0x7f) || code > 0xa0,
  );
  const withMarks = [...codes, 0x160];
  return {
    ...{ width: 8, height: 16 },
    bitmaps: withMarks.map((code) => new Uint8Array(16).fill(code % 251)),
    characters: withMarks.map((code) => [code]),
  };
}

test('the console font shows letters that it has no room for without their marks, and its own as they are', () => {
  const font = parsePsf(formatPsf(dashboardFont(letters())));
  const shows = (letter: string): number =>
    font.characters.findIndex((codes) => codes.includes(letter.codePointAt(0) ?? 0));
  for (const [marked, plain] of ['ČC', 'čc', 'Łl'.toUpperCase(), 'łl', 'ęe', 'őo', 'ğg', 'ıi', 'ệe'].map(
    (pair) => [...pair],
  ))
    assert.equal(shows(marked as string), shows(plain as string), marked);
  assert.ok(shows('Š') >= 0 && shows('Š') !== shows('S'));
  assert.ok(shows('é') !== shows('e'));
  assert.equal(shows('Ж'), -1);
  const all = font.characters.flat();
  assert.equal(new Set(all).size, all.length, 'a letter has two pictures');
  assert.ok(font.bitmaps.length <= 512);
});
