import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { spanText } from '../../src/tui/rescue/rescue-request.ts';

describe('how long the reading takes', () => {
  test('is never from nothing to nothing', () => {
    assert.equal(spanText(0.01, 0.3), 'less than a second');
    assert.equal(spanText(0.2, 7), 'a few seconds');
    assert.equal(spanText(0.3, 40), '1 s to 40 s');
    assert.equal(spanText(2040, 6840), '34 min to 1 h 54 min');
  });
});
