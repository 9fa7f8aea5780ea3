import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BlockMap } from '../../src/rescue/block-map.ts';
import { formatMapfile, MapfileError, parseMapfile } from '../../src/rescue/mapfile.ts';
import { STATUSES } from '../../src/rescue/status.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { randomMap } from '../support/random-map.ts';
import { missing, runOrThrow } from '../support/tools.ts';

const skip = missing({ tools: ['ddrescuelog'] });

describe('maps, judged by ddrescuelog', { skip }, () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-e2e-'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  test('every status of every sector means the same to both', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const map = randomMap(seed);
      const file = join(folder, `${seed}.map`);
      await writeFile(file, formatMapfile(map, { offset: 0, phase: '*', pass: 1 }, ['a comment']));
      for (const status of STATUSES) {
        const listed = await runOrThrow('ddrescuelog', ['-b', '512', `--list-blocks=${status}`, file]);
        const sectors: number[] = [];
        for (const { start, end } of map.bytesWith(status)) {
          for (let at = start; at < end; at += 512) sectors.push(at / 512);
        }
        assert.deepEqual(listed.split('\n').filter(Boolean).map(Number), sectors, `seed ${seed}, ${status}`);
      }
      // What ddrescuelog writes reads back as the same map.
      const inverted = await runOrThrow('ddrescuelog', ['--change-types=?*/-+,?*/-+', file]);
      const again = parseMapfile(inverted, map.sizeBytes).map;
      assert.deepEqual([...again.runs()], [...map.runs()]);
      const { code, stdout } = await lifeboat(['map', file, '--list']);
      assert.equal(code, 0);
      const bad = await runOrThrow('ddrescuelog', ['-b', '512', '--list-blocks=-', file]);
      assert.ok(stdout === bad, `the lists of bad sectors differ for seed ${seed}`);
    }
  });

  test('the summary and the differences are shown, damaged maps are named in one line', async () => {
    const map = new BlockMap(1 << 20);
    map.set(0, 1 << 19, '+');
    const [a, b] = [join(folder, 'a.map'), join(folder, 'b.map')];
    const text = (): string => formatMapfile(map, { offset: 0, phase: '+', pass: 1 }, []);
    await writeFile(a, text());
    map.set(4096, 8192, '-');
    await writeFile(b, text());
    const shown = await lifeboat(['map', b, '--width', '40']);
    assert.match(shown.stdout, /\+ {2}saved .*508\.0 KiB .*49\.6 % {2}in 2 areas/);
    assert.match(shown.stdout, /- {2}bad .*4\.0 KiB/);
    const compared = await lifeboat(['map', a, '--diff', b]);
    assert.match(compared.stdout, /^0x00001000 {2}4096 {2}\+ -> -$/m);
    assert.match((await lifeboat(['map', a, '--diff', a])).stdout, /The maps agree/);
    // Copies, whose names differ from their maps' by an ending: a boot sector, and text beside text.
    const [copy, notes] = [join(folder, 'copy.img'), join(folder, 'notes')];
    const sector = Buffer.alloc(512);
    sector.write('\xebR\x90NTFS    ', 'latin1');
    await writeFile(copy, sector);
    await runOrThrow('truncate', ['-s', '5G', copy]);
    await writeFile(notes, 'no map');
    const unlucky = await lifeboat(['map', copy]);
    assert.match(unlucky.stderr, /copy\.img is no map: it is no text, as maps are\.\n$/);
    for (const path of [copy, notes]) await writeFile(`${path}.map`, text());
    for (const [words, said] of [
      [['map', join(folder, 'none.map')], /cannot be read \(ENOENT\)/],
      [['map', '/dev/null'], /is no map/],
      [
        ['map', copy],
        /copy\.img is no map: it is no text, as maps are\. Did you mean \S+copy\.img\.map\?\n$/,
      ],
      [['map', notes], /found "no map"\. Did you mean \S+notes\.map\?\n$/],
      [['map', a, '--diff', copy], /Did you mean/],
      [['ls', copy, '--map', copy], /cannot be used: it is no text, as maps are\. Did you mean/],
    ] as const) {
      const { code, stderr } = await lifeboat(words);
      assert.equal(code, 3);
      assert.match(stderr, said);
      assert.equal(stderr.trim().split('\n').length, 1);
    }
  });

  test('a map that contradicts itself is refused with its line', async () => {
    const good = await readFile(join(folder, 'a.map'), 'utf8');
    const damaged: [string, RegExp][] = [
      [good.replace(/\+\n/, '!\n'), /status/],
      [good.replace('0x00080000  0x00080000', '0x00080200  0x00080000'), /starts at/],
      [good.replace('0x00080000  0x00080000', '0x00080000  0x0'), /size/],
      [good.replace('0x00080000  0x00080000', '0x00080000  0xFFFFFFFFFFFFFFFF'), /number/],
      [good.split('\n').slice(0, 3).join('\n'), /block/],
      ['', /status line/],
    ];
    for (const [text, said] of damaged) {
      assert.throws(
        () => parseMapfile(text, 1 << 20),
        (error) => error instanceof MapfileError && said.test(error.message),
        text,
      );
    }
  });
});
