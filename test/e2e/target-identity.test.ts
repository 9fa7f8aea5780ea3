import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { type Bench, makeBench } from '../support/block-bench.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { seededRandom } from '../support/random.ts';
import { missing, run, runOrThrow } from '../support/tools.ts';

const MIB = 2 ** 20;
const SIZE = 8 * MIB;

const skip = missing({ tools: ['sfdisk', 'sgdisk', 'losetup', 'blkid', 'cmp'], root: true });

const noise = (seed: number, bytes = SIZE): Uint8Array => seededRandom(seed).fill(new Uint8Array(bytes));

/** As a run leaves it that was stopped before anything was saved. */
const untried = `0x0 ? 1\n0x0 0x${SIZE.toString(16)} ?\n`;

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

  test('is not another one, which would be overwritten unasked, when nothing was saved yet', async (t) => {
    const bench = await makeBench(t);
    const source = await bench.file('source.img', noise(1));
    const right = await bench.loop(await bench.file('right.img', SIZE));
    const content = noise(2);
    const backing = await bench.file('wrong.img', content);
    const wrong = await bench.loop(backing);
    assert.equal((await rescue(bench, source, right, '--map', 'r.map')).code, 0);
    await writeFile(bench.path('r.map'), untried);
    const file = await bench.file('file.img', content);
    for (const [target, behind] of [
      [wrong, backing],
      [file, file],
    ] as const) {
      const { code, stdout, stderr } = await rescue(bench, source, target, '--map', 'r.map');
      assert.equal(code, 3, stdout);
      assert.match(stderr, /is not empty: it holds .* which would be lost/);
      await run('sync', ['-f', behind]);
      assert.ok((await readFile(behind)).equals(content), `${target} was written to`);
    }
    // The right one is known, although it is not empty either.
    assert.equal((await rescue(bench, source, right, '--map', 'r.map')).code, 0);
    // Who says so gets another one, which holds nothing else then; what was changed on the right one is not undone there.
    const changed = '# Target changed by bootcheck: {"undoFile":"/nowhere","pieces":[[0,512]]}\n';
    await writeFile(bench.path('r.map'), changed + untried);
    const said = await rescue(bench, source, wrong, '--map', 'r.map', '--yes');
    assert.equal(said.code, 0, said.stderr);
    await runOrThrow('cmp', [source, wrong]);
  });

  test('is not another one than the job has, whatever it holds; a copy of it goes on with the map alone', async (t) => {
    const bench = await makeBench(t);
    const source = await bench.file('source.img', noise(1));
    const right = await bench.loop(await bench.file('right.img', SIZE));
    assert.equal((await rescue(bench, source, right, '--map', 'r.map')).code, 0);
    const copy = await bench.loop(await bench.file('copy.img', Buffer.concat([noise(1), Buffer.alloc(MIB)])));
    const words = [source, copy, '--map', 'r.map', '--yes'];
    const other = await rescue(bench, ...words);
    assert.equal(other.code, 3, other.stdout);
    assert.match(other.stderr, /is not the target of the job in .*size: the job has 8388608 bytes/);
    assert.equal((await rescue(bench, ...words, '--job', 'copied')).code, 0);
  });

  test('is gone on with unasked: moved, under another name, or known by what it holds alone', async (t) => {
    const bench = await makeBench(t);
    const source = await bench.file('source.img', noise(1));
    const backing = await bench.file('right.img', SIZE);
    {
      await using right = await loopDevice(backing);
      assert.equal((await rescue(bench, source, right.device, '--map', 'r.map')).code, 0);
    }
    // As after a new start of the system: a disk without serial number has only its size left.
    const record = JSON.parse(await readFile(bench.path('r.lifeboat/job.json'), 'utf8'));
    delete record.target.attachment;
    delete record.target.backingFile;
    await writeFile(bench.path('r.lifeboat/job.json'), JSON.stringify(record));
    const place = await bench.file('place-holder.img', MIB);
    const [, again] = [await bench.loop(place), await bench.loop(backing)];
    const renamed = await rescue(bench, source, again, '--map', 'r.map');
    assert.equal(renamed.code, 0, renamed.stderr);
    await rm(bench.path('r.lifeboat'), { recursive: true });
    const alone = await rescue(bench, source, again, '--map', 'r.map');
    assert.equal(alone.code, 0, alone.stderr);

    assert.equal((await rescue(bench, source, 'copy.img')).code, 0);
    await mkdir(bench.path('elsewhere'));
    for (const name of ['copy.img', 'copy.img.map', 'copy.img.lifeboat']) {
      await rename(bench.path(name), bench.path(`elsewhere/${name}`));
    }
    const moved = await rescue(bench, source, 'elsewhere/copy.img');
    assert.equal(moved.code, 0, moved.stderr);
    await writeFile(bench.path('elsewhere/copy.img.map'), untried);
    const anew = await rescue(bench, source, 'elsewhere/copy.img');
    assert.equal(anew.code, 0, anew.stderr);
  });

  test('is read again where a file was cut, and the map as it was is kept; blanks are no proof', async (t) => {
    const bench = await makeBench(t);
    // The last saved sectors are blank: no sample tells that they are not there.
    const source = await bench.file('source.img', Buffer.concat([noise(1, SIZE / 2), noise(3, MIB)]));
    await truncate(source, SIZE);
    const command = [source, 'copy.img'];
    assert.equal((await rescue(bench, ...command)).code, 0);
    const map = await readFile(bench.path('copy.img.map'), 'utf8');
    const length = SIZE / 2 + 1000;
    await truncate(bench.path('copy.img'), length);
    const mended = await rescue(bench, ...command);
    assert.equal(mended.code, 0, mended.stderr);
    await runOrThrow('cmp', [source, bench.path('copy.img')]);
    assert.match(mended.stdout, /ends at byte 4195304: .* are not in it, and are read again/);
    assert.equal(await readFile(bench.path('copy.img.map.untrusted'), 'utf8'), map);

    // What holds nothing of it any more may be another file altogether.
    await truncate(bench.path('copy.img'), 0);
    const empty = await rescue(bench, ...command);
    assert.equal(empty.code, 3, empty.stdout);
    assert.match(empty.stderr, /ends at byte 0, but the map .* calls 8\.0 MiB .* behind that saved/);
    assert.equal((await stat(bench.path('copy.img'))).size, 0);
  });

  test('is not taken for another one that is named for comparing, and the map stays as it is', async (t) => {
    const bench = await makeBench(t);
    const source = await bench.file('source.img', noise(1));
    assert.equal((await rescue(bench, source, 'copy.img')).code, 0);
    const kept = ['copy.img.map', 'copy.img.lifeboat/job.json'].map(bench.path);
    const before = await Promise.all(kept.map((path) => readFile(path)));
    await bench.file('other.img', noise(2));
    const device = await bench.loop(await bench.file('device.img', SIZE));
    for (const [other, why] of [
      ['other.img', /does not hold the copy of this job: 8\.0 MiB of 8\.0 MiB differ/],
      [device, /is not the target of this job/],
    ] as const) {
      const { code, stdout, stderr } = await lifeboat(['verify', 'copy.img', '--target', other], {
        cwd: bench.folder,
      });
      assert.equal(code, 3, stdout);
      assert.match(stderr, why);
      assert.deepEqual(await Promise.all(kept.map((path) => readFile(path))), before);
    }
    await rename(bench.path('copy.img'), bench.path('moved.img'));
    const moved = await lifeboat(['verify', bench.path('copy.img.lifeboat'), '--target', 'moved.img'], {
      cwd: bench.folder,
    });
    assert.equal(moved.code, 0, moved.stdout + moved.stderr);
  });
});
