import assert from 'node:assert/strict';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { lookAtTargetFile, namesIn } from '../../src/jobs/target-file-state.ts';
import { fileText, isDoubted } from '../../src/tui/rescue/file-words.ts';
import { scratch } from '../support/e2e-scratch.ts';
import { LIFEBOAT } from '../support/lifeboat.ts';
import { missing, run } from '../support/tools.ts';

const MIB = 2 ** 20;

describe('what is in the place of a new file', {
  skip: missing({ tools: ['mkntfs', 'blkid', 'flock'] }),
}, () => {
  test('is nothing, no folder, something else, or the rescue of a disk that is told from another one', async () => {
    await using own = await scratch();
    const [source, other, target] = [own.path('source.img'), own.path('other.img'), own.path('copy.img')];
    for (const [path, label] of [
      [source, 'Holiday'],
      [other, 'Work'],
    ] as const) {
      await writeFile(path, '');
      await truncate(path, 16 * MIB);
      assert.equal((await run('mkntfs', ['-FQq', '-L', label, path])).code, 0);
    }
    const look = (path: string, from = source, label = 'Holiday') =>
      lookAtTargetFile({ source: from, label, target: path, on: undefined });
    assert.equal((await look(target)).kind, 'new');
    assert.deepEqual(await look(own.path('nowhere/copy.img')), {
      kind: 'no-folder',
      folder: own.path('nowhere'),
    });
    await mkdir(own.path('folder'));
    assert.deepEqual(await look(own.path('folder')), { kind: 'taken', what: 'a directory' });
    const foreign = await look(other, source);
    assert.equal(foreign.kind, 'taken');
    assert.match(foreign.kind === 'taken' ? foreign.what : '', /NTFS.*Work/);
    const image = { source: undefined, label: undefined, target: other, on: undefined };
    assert.equal((await lookAtTargetFile(image)).kind, 'there', 'it may be one that was interrupted');

    // A real rescue, by the executable.
    const env = { XDG_STATE_HOME: own.path('state') };
    const words = `XDG_STATE_HOME='${env.XDG_STATE_HOME}' '${LIFEBOAT}' rescue '${source}' '${target}'`;
    const { code, stderr } = await run('sh', ['-c', words]);
    assert.equal(code, 0, stderr);
    const same = await look(target);
    assert.equal(same.kind, 'begun');
    assert.deepEqual(same.kind === 'begun' && [same.isOther, same.source], [false, `"Holiday" of ${source}`]);
    assert.ok(same.kind === 'begun' && Math.abs(Date.now() - Date.parse(same.created ?? '')) < 600_000);
    // Of the same size and without a serial number: the label tells them apart.
    const wrong = await look(target, other, 'Work');
    assert.equal(wrong.kind === 'begun' && wrong.isOther, true);
    assert.deepEqual((await namesIn(own.path('.'), 'copy')).sort(), [
      'copy.img',
      'copy.img.lifeboat',
      'copy.img.map',
    ]);
  });

  test('is a file in memory where no drive is named, and said to be', async () => {
    const wanted = { source: undefined, label: undefined, on: undefined };
    const name = `lifeboat-new-${process.pid}.img`;
    const inMemory = await lookAtTargetFile({ ...wanted, target: `/dev/shm/${name}` });
    assert.deepEqual(inMemory, { kind: 'new', isInMemory: true });
    assert.match(fileText(inMemory), /IN MEMORY.*lost when the computer is switched off/);
    assert.ok(isDoubted(inMemory));
    const onDisk = await lookAtTargetFile({ ...wanted, target: join(import.meta.dirname, name) });
    assert.deepEqual(onDisk, { kind: 'new' });
    assert.ok(!isDoubted(onDisk));
  });
});
