import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setLabel } from '../../src/archive/restore/set-label.ts';
import { scratch } from '../support/e2e-scratch.ts';
import { missing, runOrThrow } from '../support/tools.ts';

test('a label of XFS is set as it is, but for blanks, and no command in it is run', {
  skip: missing({ tools: ['mkfs.xfs', 'xfs_db', 'blkid'] }),
}, async () => {
  await using place = await scratch();
  const image = place.path('xfs.img');
  await writeFile(image, '');
  await truncate(image, 320 * 2 ** 20);
  await runOrThrow('mkfs.xfs', ['-q', image]);
  // A label has twelve letters.
  const ran = `/tmp/${randomBytes(2).toString('hex').slice(1)}`;
  assert.ok(!existsSync(ran));
  for (const [label, kept] of [
    [`$(>${ran})`, `$(>${ran})`],
    [`';>${ran}'`, `';>${ran}'`],
    ["it's", "it's"],
    ['a"b', 'a"b'],
    ['my disk', 'my_disk'],
  ] as const) {
    const problem = await setLabel('xfs', image, label);
    assert.equal(problem === undefined, kept === label, problem);
    assert.equal((await runOrThrow('blkid', ['-p', '-o', 'value', '-s', 'LABEL', image])).trim(), kept);
    assert.ok(!existsSync(ran), `${label} was run`);
  }
});
