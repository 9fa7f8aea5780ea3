import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { makeBench, NEEDS_ROOT } from '../support/block-bench.ts';
import { lifeboat, startLifeboat } from '../support/lifeboat.ts';
import { lockLine } from '../support/lock-line.ts';
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

test('two jobs cannot keep one map, whatever their folders, sources and targets are', {
  skip: NEEDS_ROOT,
}, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.file('source', randomBytes(4 * MIB));
  const device = await bench.loop(await bench.file('device', 4 * MIB));
  const map = bench.path('map');
  const words = (target: string, job: string): string[] => [
    'rescue',
    source,
    target,
    '--all-sectors',
    '--yes',
    '--map',
    map,
    '--job',
    bench.path(job),
  ];
  // Somebody looks at the target: the first job waits.
  const other = spawn('flock', ['--shared', device, 'sleep', '60'], { stdio: 'ignore', detached: true });
  try {
    const [, , , , , place = ''] = await lockLine((line) => line[4] === String(other.pid));
    const first = startLifeboat(words(device, 'first'));
    await lockLine((line) => line[1] === '->' && line[6] === place);
    await bench.run('ln', '-s', bench.path(''), bench.path('link'));
    for (const name of [map, bench.path('link/map')]) {
      const second = [...words(bench.path('target'), 'second'), '--map', name];
      const { code, stderr } = await lifeboat(second);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /Another rescue keeps its progress in the map/);
    }
    first.child.kill('SIGINT');
    await first.ended;
  } finally {
    process.kill(-(other.pid ?? 0), 'SIGKILL');
  }
  const { code, stderr } = await lifeboat(words(bench.path('target'), 'second'));
  assert.equal(code, 0, stderr);
});
