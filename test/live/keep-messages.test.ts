import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type LivePrograms, livePrograms } from '../support/live-programs.ts';

/** A line as the kernel writes it, so many of which its memory holds. */
const message = (number: number): string =>
  `[${(100 + number / 10).toFixed(6).padStart(12)}] critical medium error, dev sda, sector ${number * 8} op 0x0:(READ)`;
const RING = 1500;

/** A kernel that has said `count` messages since it was started, and remembers the last ones. */
async function kernelSays(live: LivePrograms, count: number): Promise<void> {
  const lines = Array.from({ length: Math.min(count, RING) }, (_, i) =>
    message(Math.max(0, count - RING) + i),
  );
  await live.write({ ring: lines.join('\n') });
  await live.stub('dmesg', `cat ${live.root}/ring`);
  await live.run('keep-messages', ['once']);
}

test('the first messages of the kernel stay on the stick for hours, and the newest ones are there too', async () => {
  await using live = await livePrograms();
  const logs = join(live.root, 'run/lifeboat/stick/logs');
  await live.write({
    'run/lifeboat/stick-device': 'sdb',
    'run/lifeboat/stick/logs/kernel.txt': 'the start before',
  });
  const kept = async (name: string): Promise<string[]> =>
    (await readFile(join(logs, name), 'utf8')).trimEnd().split('\n');
  for (const count of [200, 200, 1100, 2400]) await kernelSays(live, count);
  assert.deepEqual(
    await kept('kernel.txt'),
    Array.from({ length: 2400 }, (_, i) => message(i)),
  );
  assert.deepEqual(await kept('kernel-1.txt'), ['the start before']);
  assert.deepEqual((await readdir(logs)).sort(), ['kernel-1.txt', 'kernel.txt']);

  // More in a minute than the kernel remembers: that something is missing is said.
  await kernelSays(live, 5000);
  const lines = await kept('kernel.txt');
  assert.deepEqual(
    [lines[2400], lines[2401], lines.at(-1)],
    ['... messages are missing here ...', message(3500), message(4999)],
  );

  for (let count = 6000; count <= 60_000; count += 1000) await kernelSays(live, count);
  const first = await readFile(join(logs, 'kernel.txt'), 'utf8');
  assert.ok(first.startsWith(`${message(0)}\n`));
  assert.ok(first.length < 1.3 * 2 ** 20, `${first.length}`);
  assert.equal((await kept('kernel-newest.txt')).at(-1), message(59_999));
});

test('of older starts five are kept', async () => {
  await using live = await livePrograms();
  const logs = join(live.root, 'run/lifeboat/stick/logs');
  await mkdir(logs, { recursive: true });
  const older = ['kernel.txt', 'kernel-newest.txt', ...[1, 2, 3, 4, 5].map((age) => `kernel-${age}.txt`)];
  await live.write({ 'run/lifeboat/stick-device': 'sdb' });
  for (const name of older) await live.write({ [`run/lifeboat/stick/logs/${name}`]: name });
  await kernelSays(live, 10);
  const found = await Promise.all(
    (await readdir(logs)).sort().map((name) => readFile(join(logs, name), 'utf8')),
  );
  assert.deepEqual(found.map((text) => text.trim()).slice(0, 5), [
    'kernel.txt',
    ...[1, 2, 3, 4].map((age) => `kernel-${age}.txt`),
  ]);
  assert.equal(found.length, 7);
});
