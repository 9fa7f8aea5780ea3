import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CloneError } from '../../src/clone/clone-error.ts';
import { openImageOutput, planOutput } from '../../src/clone/output.ts';

test('where nothing can be locked an output is refused in one line', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-output-'));
  const { PATH } = process.env;
  t.after(async () => {
    process.env.PATH = PATH;
    await rm(folder, { recursive: true });
  });
  // As on a file system without locks: `flock` cannot do it.
  process.env.PATH = folder;
  const refused = (error: unknown): boolean => {
    assert.ok(error instanceof CloneError, String(error));
    assert.equal(error.fault, 'refused');
    assert.match(error.message, /^[^\n]*Cannot lock \S+ against a second run[^\n]*$/);
    return true;
  };
  const path = join(folder, 'image');
  await assert.rejects(openImageOutput(await planOutput(path, undefined, false)), refused);
  await writeFile(path, 'old');
  await assert.rejects(openImageOutput(await planOutput(path, undefined, true)), refused);
});
