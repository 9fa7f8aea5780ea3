import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Bench, makeBench, NEEDS_ROOT } from '../support/block-bench.ts';
import { eventsOf, startLifeboat } from '../support/lifeboat.ts';

const MIB = 2 ** 20;
const root = { skip: NEEDS_ROOT };

/** A read-only device, and the two programs of the live image with a note of who called them. */
async function lockedTarget(bench: Bench, content: number | Uint8Array) {
  const file = await bench.file('target', content);
  const device = await bench.loop(file);
  await bench.run('blockdev', '--setro', device);
  const locks = bench.path('locks');
  await mkdir(locks);
  for (const [name, option] of [
    ['unlock', '--setrw'],
    ['lock', '--setro'],
  ] as const) {
    const script = `#!/bin/sh\necho "${name} $1" >> ${bench.path('calls')}\nexec blockdev ${option} "$1"\n`;
    await writeFile(join(locks, name), script);
    await chmod(join(locks, name), 0o755);
  }
  return {
    file,
    device,
    env: { LIFEBOAT_LOCKS: locks },
    calls: () => readFile(bench.path('calls'), 'utf8').catch(() => ''),
    isLocked: async () => (await bench.run('blockdev', '--getro', device)).trim() === '1',
  };
}

test('a locked target is unlocked for the rescue alone, and locked again after it', root, async (t) => {
  const bench = await makeBench(t);
  const content = randomBytes(4 * MIB);
  const source = await bench.loop(await bench.file('source', content), '--read-only');
  const { file, device, env, calls, isLocked } = await lockedTarget(bench, 4 * MIB);
  const words = ['rescue', source, device, '--all-sectors', '--yes', '--map', bench.path('map')];
  const refused = await startLifeboat(words).ended;
  assert.equal(refused.code, 3, refused.stderr);
  assert.match(refused.stderr, /is read-only/);

  const run = await startLifeboat(words, { env }).ended;
  assert.equal(run.code, 0, run.stderr);
  assert.equal(await calls(), `unlock ${device}\nlock ${device}\n`);
  assert.equal(await isLocked(), true);
  await bench.run('blockdev', '--flushbufs', device);
  assert.ok(content.equals(await readFile(file)), 'the target is not a copy of the source');
});

test('without a confirmation nothing is unlocked', root, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.loop(await bench.file('source', 4 * MIB), '--read-only');
  const old = randomBytes(4 * MIB);
  const { file, device, env, calls, isLocked } = await lockedTarget(bench, old);
  const words = ['rescue', source, device, '--all-sectors', '--json', '--map', bench.path('map')];
  const run = await startLifeboat(words, { env }).ended;
  assert.equal(run.code, 3, run.stderr);
  const events = eventsOf(run).map(({ event }) => event);
  assert.ok(!events.includes('start'), `it started: ${events.join(' ')}`);
  assert.equal(await calls(), '');
  assert.equal(await isLocked(), true);
  assert.ok(old.equals(await readFile(file)));
});

test('a disk with a write protection of its own is refused, and locked again', root, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.loop(await bench.file('source', 4 * MIB), '--read-only');
  const { device, env, calls, isLocked } = await lockedTarget(bench, 4 * MIB);
  // As a switch on the drive: the kernel is told, and nothing changes.
  await writeFile(join(env.LIFEBOAT_LOCKS, 'unlock'), '#!/bin/sh\nexit 0\n');
  const run = await startLifeboat(
    ['rescue', source, device, '--all-sectors', '--yes', '--map', bench.path('map')],
    {
      env,
    },
  ).ended;
  assert.equal(run.code, 3, run.stderr);
  assert.match(run.stderr, /write protection switch/);
  assert.equal(await calls(), `lock ${device}\n`);
  assert.equal(await isLocked(), true);
});

test('the stick of the live image is neither source nor target, whatever part of it', root, async (t) => {
  const bench = await makeBench(t);
  const other = await bench.loop(await bench.file('other', 32 * MIB));
  const { disk, first, second } = await bench.partitionedLoop('stick');
  const stick = bench.path('stick-device');
  await writeFile(stick, `${disk.replace('/dev/', '')}\n`);
  const env = { LIFEBOAT_STICK: stick };
  for (const part of [disk, first, second]) {
    for (const [words, message] of [
      [['rescue', part, other], /source .* is on the stick/],
      [['rescue', other, part], /target .* is on the stick/],
    ] as const) {
      const run = await startLifeboat([...words, '--yes', '--force', '--map', bench.path('map')], { env })
        .ended;
      assert.equal(run.code, 3, `${words.join(' ')}: ${run.stderr}`);
      assert.match(run.stderr, message);
    }
  }
});
