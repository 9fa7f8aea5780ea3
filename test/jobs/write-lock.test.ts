import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, makeBench, NEEDS_ROOT } from '../support/block-bench.ts';
import { eventsOf, LIFEBOAT, startLifeboat } from '../support/lifeboat.ts';
import { lockLine } from '../support/lock-line.ts';
import { missing } from '../support/tools.ts';

const MIB = 2 ** 20;
const root = { skip: NEEDS_ROOT };

/** A read-only device, and the two programs of the live image, which take their time, with a note of who called them. */
async function lockedTarget(bench: Bench, content: number | Uint8Array, seconds = 0) {
  const file = await bench.file('target', content);
  const device = await bench.loop(file);
  await bench.run('blockdev', '--setro', device);
  const locks = bench.path('locks');
  await mkdir(locks);
  for (const [name, option] of [
    ['unlock', '--setrw'],
    ['lock', '--setro'],
  ] as const) {
    const script = `#!/bin/sh\necho "${name} $1" >> ${bench.path('calls')}\nsleep ${seconds}\nexec blockdev ${option} "$1"\n`;
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

test('clones, restores and the drop-in unlock their target for themselves, however they end', {
  skip: NEEDS_ROOT || missing({ tools: ['mkntfs'] }),
}, async (t) => {
  const bench = await makeBench(t);
  const volume = await bench.file('volume', 8 * MIB);
  await bench.run('mkntfs', '-F', '-q', '-Q', volume);
  const { device, env, calls, isLocked } = await lockedTarget(bench, 8 * MIB);
  const image = bench.path('image');
  assert.equal((await startLifeboat(['image', 'save', volume, image]).ended).code, 0);
  const both = `unlock ${device}\nlock ${device}\n`;
  let due = '';
  for (const words of [
    ['clone', volume, device],
    ['image', 'restore', image, device],
    ['metadata', '--raw', '--force', volume, device],
    ['ntfsclone', '-q', '-O', device, volume],
    ['ntfsclone', '-q', '-r', '-O', device, image],
  ]) {
    const own = words[0] === 'ntfsclone' ? [] : ['--yes'];
    const refused = await startLifeboat([...words, ...own]).ended;
    assert.notEqual(refused.code, 0, `${words.join(' ')} has written to a read-only disk`);
    assert.equal(await calls(), due, 'it was unlocked without the programs for it');
    const ran = await startLifeboat([...words, ...own], { env }).ended;
    assert.equal(ran.code, 0, `${words.join(' ')}: ${ran.stderr}`);
    due += both;
    assert.equal(await calls(), due, words.join(' '));
    assert.equal(await isLocked(), true);
  }
  // One that fails on the way: the image is cut.
  await bench.run('truncate', '-s', '-40000', image);
  const plain = await bench.file('plain', 0);
  const saved = await startLifeboat(['ntfsclone', '-q', '-s', '-O', plain, volume]).ended;
  assert.equal(saved.code, 0, saved.stderr);
  await bench.run('truncate', '-s', '-9000', plain);
  for (const words of [
    ['image', 'restore', plain, device, '--yes'],
    ['ntfsclone', '-q', '-r', '-O', device, plain],
  ]) {
    assert.equal((await startLifeboat(words, { env }).ended).code, 1, words.join(' '));
    due += both;
    assert.equal(await calls(), due, words.join(' '));
    assert.equal(await isLocked(), true);
  }
  // Nobody has confirmed it.
  assert.equal((await startLifeboat(['clone', volume, device], { env }).ended).code, 3);
  assert.equal(await calls(), due);
});

for (const [moment, seconds] of [
  ['in the midst of a restore', 0],
  // It reaches all that was started at this terminal, so the two programs too.
  ['while the target is being unlocked', 1],
] as const) {
  test(`Ctrl-C ${moment} leaves it locked`, {
    skip: NEEDS_ROOT || missing({ tools: ['mkntfs'] }),
  }, async (t) => {
    await interruptedRestore(await makeBench(t), seconds);
  });
}

async function interruptedRestore(bench: Bench, seconds: number): Promise<void> {
  const volume = await bench.file('volume', 8 * MIB);
  await bench.run('mkntfs', '-F', '-q', '-Q', volume);
  const { device, env, calls, isLocked } = await lockedTarget(bench, 8 * MIB, seconds);
  const image = bench.path('image');
  const saved = await startLifeboat(['ntfsclone', '-q', '-s', '-O', image, volume]).ended;
  assert.equal(saved.code, 0, saved.stderr);
  for (const program of [
    ['image', 'restore', '-', device, '--yes'],
    ['ntfsclone', '-r', '-O', device, '-'],
  ]) {
    const before = (await calls()).length;
    // Half of the image comes in, the rest never does.
    const half = bench.path('half');
    await bench.run('sh', '-c', `head -c 1500000 ${image} > ${half}`);
    const command = `{ cat ${half}; exec sleep 60; } | exec "$0" "$@"`;
    const child = spawn('bash', ['-c', command, LIFEBOAT, ...program], {
      env: { ...process.env, ...env },
      detached: true,
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    while ((await calls()).length === before) await sleep(50);
    await sleep(300);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await ended;
    const told = (await calls()).slice(before);
    assert.equal(told, `unlock ${device}\nlock ${device}\n`, program.join(' '));
    assert.equal(await isLocked(), true, program.join(' '));
  }
}

test('a rescue that is stopped while it is being prepared leaves the target locked', root, async (t) => {
  const bench = await makeBench(t);
  const source = await bench.loop(await bench.file('source', 4 * MIB), '--read-only');
  const { device, env, calls, isLocked } = await lockedTarget(bench, 4 * MIB);
  // Somebody looks at the target: the rescue has it open, and waits.
  const other = spawn('flock', ['--shared', device, 'sleep', '60'], { stdio: 'ignore', detached: true });
  try {
    const [, , , , , place = ''] = await lockLine((words) => words[4] === String(other.pid));
    const words = ['rescue', source, device, '--all-sectors', '--yes', '--map', bench.path('map')];
    const run = startLifeboat(words, { env });
    await lockLine((words) => words[1] === '->' && words[6] === place);
    run.child.kill('SIGINT');
    const { code, stderr } = await run.ended;
    assert.match(stderr, /Stopped before anything was read/);
    assert.notEqual(code, 0);
    assert.equal(await calls(), `unlock ${device}\nlock ${device}\n`);
    assert.equal(await isLocked(), true);
  } finally {
    process.kill(-(other.pid ?? 0), 'SIGKILL');
  }
});
