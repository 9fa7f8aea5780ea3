import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fitText } from '../../src/tui/frame/glyphs.ts';
import { stackRects } from '../../src/tui/frame/layout.ts';
import { line, lineWidth, spreadLine, toned } from '../../src/tui/frame/line.ts';
import { paneRows } from '../../src/tui/frame/pane.ts';
import { seededRandom } from '../support/random.ts';

/** Names as they may come off a disk: escapes, wide letters, combining marks, direction marks, lone surrogates. */
const NASTY = '\u001b[2J日本語e\u0301\u202eтест\t\u0000\ud800🙂é│█⣿ plain ';

const textOf = (spans: readonly { text: string }[]): string => spans.map(({ text }) => text).join('');

describe('panes', () => {
  test('are exactly as wide and high as they shall be, whatever is in them', () => {
    const random = seededRandom(7);
    for (let i = 0; i < 500; i++) {
      const width = 6 + random.integer(120);
      const height = 3 + random.integer(20);
      const nasty = (): string =>
        Array.from({ length: random.integer(200) }, () => NASTY[random.integer(NASTY.length)]).join('');
      const pane = {
        id: 'x',
        rect: { left: 0, top: 0, width, height },
        title: nasty(),
        corner: nasty().slice(0, 8),
        lines: Array.from({ length: random.integer(30) }, () => line(nasty(), toned('bad', nasty()))),
      };
      for (const charset of ['unicode', 'ascii'] as const) {
        const rows = paneRows(pane, charset);
        assert.equal(rows.length, height);
        for (const row of rows) {
          assert.equal(
            lineWidth(row),
            width,
            `${charset} ${width}x${height}: ${JSON.stringify(textOf(row))}`,
          );
          if (charset === 'ascii') assert.match(textOf(row), /^[ -~]*$/);
          assert.doesNotMatch(textOf(row), /\p{Cc}|\p{Cf}|\p{M}|\p{Cs}/u);
        }
      }
    }
  });

  test('fill a stretch without gaps, and drop what may be dropped when there is no room', () => {
    const random = seededRandom(8);
    for (let i = 0; i < 500; i++) {
      const rect = { left: 1, top: 2, width: 80, height: 5 + random.integer(60) };
      const parts = Array.from({ length: 1 + random.integer(5) }, (_, n) => ({
        share: random.integer(4),
        atLeast: 1 + random.integer(12),
        droppable: n > 0,
      }));
      const rects = stackRects(rect, parts);
      let top = rect.top;
      for (const part of rects) {
        assert.equal(part.top, top);
        top += part.height;
      }
      assert.ok(top <= rect.top + rect.height);
      const shares = parts.some(({ share }, n) => share > 0 && (rects[n]?.height ?? 0) > 0);
      if (shares) assert.equal(top, rect.top + rect.height, JSON.stringify(parts));
    }
  });

  test('show what a plain terminal can show', () => {
    assert.equal(fitText('Übergröße… → naïve', 'ascii'), 'Ubergro?e~ > naive');
    assert.equal(fitText('Übergröße… → 日本', 'unicode'), 'Übergröße… → ??');
  });

  test('keep the right end of a first row', () => {
    const row = spreadLine(line('a very long title of something'), line('[LOCK]'), 20);
    assert.equal(textOf(row), 'a very long … [LOCK]');
  });
});
