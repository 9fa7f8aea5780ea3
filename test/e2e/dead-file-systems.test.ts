import assert from 'node:assert/strict';
import { readdir, readFile, readlink, truncate, writeFile } from 'node:fs/promises';
import { describe, type TestContext, test } from 'node:test';
import type { DoneEvent } from '../../src/jobs/job-events.ts';
import { parseMapfile } from '../../src/rescue/mapfile.ts';
import type { VerifyResult } from '../../src/rescue/verify.ts';
import { makeBench } from '../support/block-bench.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { eventsOf, lifeboat, startLifeboat } from '../support/lifeboat.ts';
import { seededRandom } from '../support/random.ts';
import { FAILING_DISK_NEEDS, missing, runOrThrow } from '../support/tools.ts';

const MIB = 2 ** 20;
const SIZE = 32 * MIB;

const skip = missing({ tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g'], root: true });

/** An NTFS drive whose driver can be killed, as it dies when its disk drops out. */
async function mortalDrive(t: TestContext, sizeBytes: number) {
  const bench = await makeBench(t);
  const image = await bench.file('drive.img', sizeBytes);
  await runOrThrow('mkntfs', ['-FQq', image]);
  let place = '';
  return {
    bench,
    /** Mounts it where it was. */
    async mount(): Promise<string> {
      if (place === '') place = await bench.mount('-t', 'ntfs-3g', image);
      else await runOrThrow('mount', ['-t', 'ntfs-3g', image, place]);
      return place;
    },
    async kill(): Promise<void> {
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
        const program = await readlink(`/proc/${pid}/exe`).catch(() => '');
        const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        if (/ntfs-3g$/.test(program) && words.includes(place)) process.kill(Number(pid), 'SIGKILL');
      }
    },
    async clear(): Promise<void> {
      await runOrThrow('umount', ['--lazy', place]);
    },
  };
}

describe('a file system that dies', { skip }, () => {
  for (const isStopped of [false, true]) {
    const how = isStopped ? 'and the run is stopped' : 'and is not waited for';
    test(`under the map ${how}: a verdict, and what was saved is true`, async (t) => {
      const { bench, mount, kill, clear } = await mortalDrive(t, 16 * MIB);
      const place = await mount();
      const image = await bench.file('source.img', seededRandom(4).fill(new Uint8Array(SIZE)));
      await using source = await failingDisk({ image, faults: [`slow 0 ${SIZE / 512} 60`], timescale: 1 });
      const [target, map] = [bench.path('copy.img'), `${place}/rescue.map`];
      const job = bench.path('job');
      const words = ['rescue', source.device, target, '--map', map, '--job', job, '--json'];
      const rescue = startLifeboat([...words, '--wait', isStopped ? 'forever' : '1']);
      await rescue.event((event) => event.event === 'progress' && event.savedBytes > 4 * MIB);
      await kill();
      if (isStopped) {
        await rescue.event((event) => event.event === 'note' && /cannot be saved/.test(event.message));
        rescue.child.kill('SIGINT');
      }
      const ended = await rescue.ended;
      assert.equal(ended.stderr, '');
      assert.equal(ended.code, 1);
      const done = eventsOf(ended).at(-1) as DoneEvent;
      assert.equal(done.event, 'done');
      assert.equal(done.interruption?.kind, 'map-failed');
      assert.equal(JSON.parse(await readFile(`${job}/job.json`, 'utf8')).state, 'failed');

      await clear();
      await mount();
      const saved = parseMapfile(await readFile(map, 'utf8')).map.bytesWith('+');
      const [truth, copy] = [await readFile(image), await readFile(target)];
      for (const { start, end } of saved) {
        assert.ok(truth.subarray(start, end).equals(copy.subarray(start, end)), `bytes ${start} to ${end}`);
      }
      await source.setFaults([]);
      const again = await lifeboat(words);
      assert.equal(again.code, 0, again.stderr);
      await runOrThrow('cmp', [image, target]);
    });
  }

  test('under a target that is compared: the comparison ends, and the map stays as it is', async (t) => {
    const { bench, mount, kill, clear } = await mortalDrive(t, 400 * MIB);
    const place = await mount();
    const source = bench.path('source.img');
    await writeFile(source, seededRandom(4).fill(new Uint8Array(MIB)));
    await truncate(source, 300 * MIB);
    const [job, map] = [bench.path('job'), bench.path('rescue.map')];
    const first = await lifeboat(['rescue', source, `${place}/copy.img`, '--job', job, '--map', map]);
    assert.equal(first.code, 0, first.stderr);
    const before = await readFile(map, 'utf8');
    const compare = startLifeboat(['verify', job, '--json']);
    await compare.event((event) => event.event === 'verify');
    await kill();
    const { code, stdout, stderr } = await compare.ended;
    assert.equal(code, 1, stderr);
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as VerifyResult;
    assert.equal(result.differentBytes, 0);
    assert.ok(result.failure !== undefined && result.uncheckedBytes > 0, 'it dropped out before the end');
    assert.equal(await readFile(map, 'utf8'), before);
    await clear();
    await mount();
    const whole = await lifeboat(['verify', job]);
    assert.equal(whole.code, 0, whole.stdout + whole.stderr);
  });
});
