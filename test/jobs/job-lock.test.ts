import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { JobLock, readHolder } from '../../src/jobs/job-lock.ts';
import { runOrThrow } from '../support/tools.ts';

const MODULE = resolve(import.meta.dirname, '../../src/jobs/job-lock.ts');

/** What another process gets that wants the job. */
async function takenByAnother(path: string): Promise<string> {
  const words = `import { JobLock } from '${MODULE}'; console.log(await JobLock.take('${path}') ? 'got it' : 'busy')`;
  return (await runOrThrow(process.execPath, ['--input-type=module', '-e', words])).trim();
}

test('a job whose folder is pulled with its stick stays held: in the folder that takes its place, and on the stick that is back', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'lifeboat-lock-'));
  t.after(() => rm(home, { recursive: true }));
  const [folder, pulled, memory] = ['job', 'pulled', 'memory'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  const path = join(folder, 'lock');
  await mkdir(folder);
  const lock = await JobLock.take(path);
  await lock?.sign('/run/lifeboat/job.sock');
  const signed = await readHolder(path);
  assert.equal(signed?.pid, process.pid);
  await lock?.renew();
  assert.equal(await takenByAnother(path), 'busy');

  await rename(folder, pulled);
  await lock?.renew();
  assert.equal(await readHolder(path), undefined, 'there is no folder');
  await mkdir(folder);
  await lock?.renew();
  assert.deepEqual(await readHolder(path), signed);
  assert.equal(await takenByAnother(path), 'busy');

  await rename(folder, memory);
  await rename(pulled, folder);
  // Nobody holds this file any more, but it still says who is at work.
  assert.equal(await takenByAnother(path), 'busy');
  await lock?.renew();
  assert.deepEqual(await readHolder(path), signed);
  await lock?.release();
  assert.equal(await readHolder(path), undefined);
  assert.equal(await takenByAnother(path), 'got it');
});
