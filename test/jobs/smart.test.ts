import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readSmart } from '../../src/jobs/smart.ts';

describe('the health of a disk', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-smart-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function tool(script: string): Promise<string> {
    const path = join(folder, `tool${script.length}`);
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
    return path;
  }

  test('is kept as smartctl tells it, its exit status too', async () => {
    const answer = `echo '{"smart_status":{"passed":false},"asked":"'$*'"}'; exit 8`;
    const { smartctl, exitStatus, problem } = await readSmart('/dev/sdx', await tool(answer));
    assert.deepEqual(smartctl, { smart_status: { passed: false }, asked: '--json -x /dev/sdx' });
    assert.equal(exitStatus, 8);
    assert.equal(problem, undefined);
  });

  test('is not waited for, and its absence is recorded', async () => {
    const begun = performance.now();
    const silent = await readSmart('/dev/sdx', await tool('trap "" TERM; exec sleep 60'), 300);
    assert.equal(silent.problem, 'no answer within 0 s');
    assert.ok(performance.now() - begun < 20_000, 'it was waited for');
    const none = await readSmart('/dev/sdx', join(folder, 'nowhere'));
    assert.match(none.problem ?? '', /is not installed$/);
    const garbage = await readSmart('/dev/sdx', await tool('echo Segmentation fault; exit 1'));
    assert.match(garbage.problem ?? '', /printed no JSON$/);
    assert.equal(garbage.exitStatus, 1);
  });
});
