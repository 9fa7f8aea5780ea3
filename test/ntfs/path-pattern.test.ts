import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathPatterns } from '../../src/ntfs/path-pattern.ts';

function wants(pattern: string, path: string): boolean {
  const patterns = pathPatterns([pattern]);
  return path.split('/').reduce((state, name) => patterns.step(state, name), patterns.root).isWanted;
}

const CASES: readonly (readonly [pattern: string, path: string, isWanted: boolean])[] = [
  ['Users/*/Documents', 'Users/Ada/Documents', true],
  ['Users/*/Documents', 'users/ada/DOCUMENTS/deep/down/a.txt', true],
  ['Users/*/Documents', 'Users/Documents', false],
  ['Users/*/Documents', 'Users/Ada/My Documents', false],
  ['Users/*/Documents', 'Old/Users/Ada/Documents', false],
  ['/Users/./Ada/', 'Users/Ada/x', true],
  ['Users\\Ada', 'Users/Ada/x', true],
  ['*.docx', 'letter.docx', true],
  ['*.docx', 'Users/letter.docx', false],
  ['**/*.docx', 'letter.docx', true],
  ['**/*.docx', 'Users/Ada/Deep/LETTER.DOCX', true],
  ['**/*.docx', 'Users/letter.doc', false],
  ['**/**/x', 'a/b/x', true],
  ['Users/**/Pictures/*.jpg', 'Users/Pictures/1.jpg', true],
  ['Users/**/Pictures/*.jpg', 'Users/a/b/Pictures/c/Pictures/1.jpg', true],
  ['Users/**/Pictures/*.jpg', 'Users/a/Pictures/c/1.jpg', false],
  ['Users/**', 'Users/a', true],
  ['Users/**', 'Windows/a', false],
  ['**', 'anything', true],
  ['a?c*e', 'abcdde', true],
  ['a?c*e', 'ace', false],
  ['straße.txt', 'STRAßE.TXT', true],
  ['[x](1).txt', '[X](1).TXT', true],
];

for (const [pattern, path, isWanted] of CASES) {
  test(`${pattern} ${isWanted ? 'names' : 'does not name'} ${path}`, () => {
    assert.equal(wants(pattern, path), isWanted);
  });
}

test('which patterns matched; patterns that begin anywhere work below unknown folders', () => {
  const patterns = pathPatterns(['Users/*/Music', '**/*.doc', 'Nothing']);
  const folder = patterns.step(patterns.anywhere, 'found');
  assert.equal(patterns.step(folder, 'a.doc').isWanted, true);
  assert.equal(patterns.step(folder, 'Music').isWanted, false);
  assert.deepEqual([...patterns.matched], [1]);
});

test('a pattern made to be slow is not', () => {
  const begun = performance.now();
  for (let i = 0; i < 1000; i++) assert.equal(wants(`${'*a'.repeat(60)}b`, 'a'.repeat(255)), false);
  assert.ok(performance.now() - begun < 5000);
});
