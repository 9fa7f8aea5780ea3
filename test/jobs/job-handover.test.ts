import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { makeBench } from '../support/block-bench.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { missing, runOrThrow } from '../support/tools.ts';

const MIB = 2 ** 20;

test('a map that was saved while the job was being waited for is gone on with, not the one before', {
  skip: missing({ tools: ['flock'] }),
}, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.file('source', randomBytes(4 * MIB));
  const [target, map, job] = [bench.path('target'), bench.path('map'), bench.path('job')];
  const words = ['rescue', source, target, '--all-sectors', '--yes', '--map', map, '--job', job];
  assert.equal((await lifeboat(words)).code, 0);

  // As if the run before were about to end: its last map is there when it lets go of the job.
  const last = await readFile(map, 'utf8');
  await writeFile(bench.path('last'), last);
  const earlier = last.replace(/^(0x\S+ +0x\S+ +)\+$/m, '$1?');
  assert.notEqual(earlier, last);
  await writeFile(map, earlier);
  const programs = bench.path('programs');
  await mkdir(programs);
  const real = (await runOrThrow('sh', ['-c', 'command -v flock'])).trim();
  await writeFile(`${programs}/flock`, `#!/bin/sh\ncp '${bench.path('last')}' '${map}'\nexec ${real} "$@"\n`);
  await chmod(`${programs}/flock`, 0o755);

  const before = await stat(target);
  const again = await lifeboat(words, { env: { PATH: `${programs}:${process.env.PATH}` } });
  assert.equal(again.code, 0, again.stderr);
  assert.equal((await stat(target)).mtimeMs, before.mtimeMs, 'what was saved has been saved again');
});
