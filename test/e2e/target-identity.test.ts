import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { type Bench, makeBench } from '../support/block-bench.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { seededRandom } from '../support/random.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';

const MIB = 2 ** 20;
const SIZE = 8 * MIB;

const skip = missing({ tools: ['sfdisk', 'sgdisk', 'losetup', 'blkid', 'cmp'], root: true });

const noise = (seed: number, bytes = SIZE): Uint8Array => seededRandom(seed).fill(new Uint8Array(bytes));

/** Runs `lifeboat rescue` in the folder of the bench. */
const rescue = (bench: Bench, ...words: string[]) => lifeboat(['rescue', ...words], { cwd: bench.folder });

describe('the target of a rescue that goes on', { skip }, () => {
  test('is not written to before it is known to be the right one: not for a table that was fixed', async (t) => {
    const bench = await makeBench(t);
    const source = await bench.file('source.img', noise(1));
    const script = await bench.file('table', 'label: gpt\nsize=4M\nsize=1M\n');
    await runOrThrow('sh', ['-c', `sfdisk --quiet '${source}' < '${script}'`]);
    const right = await bench.loop(await bench.file('right.img', SIZE + 2 * MIB));
    const first = await rescue(bench, source, right, '--map', 'r.map', '--fix-gpt', 'yes');
    assert.equal(first.code, 0, first.stderr);
    assert.match(await runOrThrow('sgdisk', ['-v', right]), /No problems found/);
    assert.match(await readFile(bench.path('r.map'), 'utf8'), /GPT of the target before it was fixed/);

    const content = noise(2, SIZE + 2 * MIB);
    const backing = await bench.file('wrong.img', content);
    const wrong = await bench.loop(backing);
    const again = await rescue(bench, source, wrong, '--map', 'r.map', '--fix-gpt', 'yes', '--yes');
    assert.equal(again.code, 3, again.stdout);
    assert.match(again.stderr, /differ at byte/);
    await run('sync', ['-f', backing]);
    assert.ok((await readFile(backing)).equals(content), 'the wrong disk was written to');

    // The right one is still gone on with, and ends with a table that fits it.
    const mended = await rescue(bench, source, right, '--map', 'r.map', '--fix-gpt', 'yes');
    assert.equal(mended.code, 0, mended.stderr);
    assert.match(await runOrThrow('sgdisk', ['-v', right]), /No problems found/);
  });

  test('is not written to before it is known to be the right one: a file is not made longer', async (t) => {
    const bench = await makeBench(t);
    const source = await bench.file('source.img', noise(1));
    assert.equal((await rescue(bench, source, 'right.img', '--map', 'r.map')).code, 0);
    const content = noise(2, 3 * MIB);
    const wrong = await bench.file('wrong.img', content);
    const again = await rescue(bench, source, wrong, '--map', 'r.map', '--yes');
    assert.equal(again.code, 3, again.stdout);
    assert.equal((await stat(wrong)).size, content.length);
    assert.ok((await readFile(wrong)).equals(content), 'the wrong file was written to');
  });
});
