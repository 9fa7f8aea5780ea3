import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberedName, outputName } from '../../src/jobs/output-name.ts';
import { seededRandom } from '../support/random.ts';

const CASES: readonly (readonly [name: string, output: string])[] = [
  ['letter.txt', 'letter.txt'],
  ['Grüße 日本語 🛟', 'Grüße 日本語 🛟'],
  ['.', '%2E'],
  ['..', '%2E%2E'],
  ['...', '...'],
  ['', '%'],
  ['../../etc/passwd', '..%2F..%2Fetc%2Fpasswd'],
  ['/etc', '%2Fetc'],
  ['a\0b\n\u001b[2J\u0085', 'a%00b%0A%1B[2J%85'],
  ['\ud800x', '%uD800x'],
];

for (const [name, output] of CASES) {
  test(`${JSON.stringify(name)} becomes ${output}`, () => assert.equal(outputName(name), output));
}

test('a stream gets a name of its own beside its file', () => {
  assert.equal(outputName('a.txt', '%Zone.Identifier'), 'a.txt%Zone.Identifier');
  assert.equal(outputName('a.txt', '%../x'), 'a.txt%..%2Fx');
});

test('long names are cut before their extension', () => {
  const name = outputName(`${'ö'.repeat(200)}.docx`);
  assert.equal(Buffer.byteLength(name), 254);
  assert.match(name, /^ö+~\.docx$/);
  assert.match(numberedName(name, 12), /^ö+ \(12\)\.docx$/);
  assert.ok(Buffer.byteLength(numberedName(name, 12)) <= 255);
  assert.equal(numberedName('a.tar.gz', 2), 'a.tar (2).gz');
  assert.equal(numberedName('.profile', 3), '.profile (3)');
});

test('no name whatever is a path or too long', () => {
  const random = seededRandom(7);
  for (let i = 0; i < 20_000; i++) {
    const units = Array.from({ length: random.integer(256) }, () =>
      random.integer(3) === 0 ? random.integer(65_536) : (0x2e + random.integer(3)) & 0x7f,
    );
    const name = numberedName(outputName(String.fromCharCode(...units)), 1 + random.integer(3));
    assert.ok(name !== '' && name !== '.' && name !== '..');
    assert.ok(!['/', '\0', '\n', '\u001b'].some((sign) => name.includes(sign)));
    assert.ok(Buffer.byteLength(name) <= 255);
    assert.equal(Buffer.from(name).toString(), name, 'survives UTF-8');
  }
});
