import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CloneEvent } from '../../src/jobs/clone-events.ts';
import { runCloneJob } from '../../src/jobs/clone-job.ts';
import { CloneTeller } from '../../src/jobs/clone-teller.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';

const MIB = 2 ** 20;
const READING = { rescue: false, ignoreFsCheck: false, force: false, keepTimeouts: true };

async function makeEmptyVolume(path: string): Promise<void> {
  await writeFile(path, '');
  await truncate(path, 8 * MIB);
  await runOrThrow('mkntfs', ['-F', '-q', '-Q', path]);
}

test('metadata that is stopped while it is written: the target is called incomplete', {
  skip: missing({ tools: ['mkntfs'] }),
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-stop-'));
  t.after(() => rm(folder, { recursive: true }));
  const [source, target] = [join(folder, 'volume'), join(folder, 'target')];
  await makeEmptyVolume(source);
  let scans = 0;
  let stop: () => void = () => undefined;
  let last: CloneEvent | undefined;
  const rules = { form: 'image', strict: false, keepTimes: false, fullLog: false } as const;
  await runCloneJob(
    { task: 'metadata', source, target, overwrite: false, ...READING, ...rules },
    {
      emit: (event) => {
        last = event;
        // The first scan is that of the checks.
        if (event.event === 'phase' && event.phase === 'scanning' && ++scans === 2) stop();
      },
      confirmed: () => Promise.resolve(),
      onStop: (listener) => {
        stop = listener;
      },
    },
  );
  assert.ok(last?.event === 'done' && last.verdict === 'stopped');
  assert.match(last.failure?.message ?? '', /target is incomplete/);
  await stat(target);
});

test('clusters of two files are told one by one as long as they are few, and then counted', () => {
  const notes: string[] = [];
  const teller = new CloneTeller(
    (event) => void (event.event === 'note' && notes.push(event.message)),
    false,
  );
  teller.phase('scanning');
  for (let cluster = 0; cluster < 1_000_000; cluster++) teller.referencedTwice(cluster);
  teller.phase('accounting');
  assert.equal(notes.length, 11);
  assert.equal(notes.at(-1), '1000000 clusters in all belong to two files.');
  teller.phase('saving');
  assert.equal(notes.length, 11);
});

test('a save to a named pipe that ends early does not go on', {
  skip: missing({ tools: ['mkntfs', 'mkfifo'] }),
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-pipe-'));
  t.after(() => rm(folder, { recursive: true }));
  const [source, target] = [join(folder, 'volume'), join(folder, 'pipe')];
  await makeEmptyVolume(source);
  await runOrThrow('mkfifo', [target]);
  let last: CloneEvent | undefined;
  const [reader] = await Promise.all([
    run('head', ['-c', '100', target]),
    runCloneJob(
      { task: 'save', source, target, overwrite: true, form: 'zstd', level: 1, ...READING },
      {
        emit: (event) => {
          last = event;
        },
        confirmed: () => Promise.resolve(),
        onStop: () => undefined,
      },
    ),
  ]);
  assert.equal(reader.code, 0);
  assert.ok(last?.event === 'done' && last.verdict === 'failed');
  assert.match(last.failure?.message ?? '', /pipe is incomplete/);
  assert.ok(!last.isResumable);
  assert.doesNotMatch(last.failure?.advice ?? '', /goes on/);
});
