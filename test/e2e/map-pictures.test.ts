import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { safeText } from '../../src/text/safe.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { seededRandom } from '../support/random.ts';
import { randomMapText } from '../support/random-map.ts';
import { missing, runOrThrow } from '../support/tools.ts';

const skip = missing({ tools: ['ddrescuelog'] });
const CELLS = 64 * 24;
const EVIL =
  '</script><script>document.title="owned"</script>"\'&<img src=x onerror=alert(1)>\u202Egpj.exe\u0007.txt';

interface PageData {
  readonly size: number;
  readonly lengths: readonly number[];
  readonly statuses: string;
  readonly files: readonly { readonly name: string; readonly pieces: readonly number[][] }[];
}

/** Sectors by status, as ddrescuelog tells them. */
async function sectorsOf(map: string, statuses: string): Promise<number[]> {
  const listed = await runOrThrow('ddrescuelog', ['-b', '512', `--list-blocks=${statuses}`, map]);
  return listed.split('\n').filter(Boolean).map(Number);
}

function reportText(sizeBytes: number, files: readonly object[]): string {
  const source = { path: '/dev/<sdb2>', kind: 'block', sizeBytes, model: 'A & B' };
  return JSON.stringify({ format: 1, verdict: 'losses', source, damage: { files, omittedFiles: 3 } });
}

const damagedFile = (path: string, start: number) => ({
  ...{ record: 77, path, stream: '', attribute: '$DATA', kind: 'file', sizeBytes: 4096, lostBytes: 512 },
  ...{ pieces: [{ volumeOffset: start, fileOffset: 1024, length: 512 }], pieceCount: 1 },
});

describe('maps as pictures, pages and lists, judged by ddrescuelog', { skip }, () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const done = async (words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await lifeboat(words);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-e2e-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('lists of sectors become maps and lists again', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const { text, sizeBytes } = randomMapText(seed);
      const [map, list, ours, theirs] = [at('a.map'), at('list'), at(`${seed}.ours`), at(`${seed}.theirs`)];
      await writeFile(map, text);
      const listed = await done(['map', map, '--list', '--status', '*/-']);
      assert.deepEqual(listed.split('\n').filter(Boolean).map(Number), await sectorsOf(map, '*/-'));
      await writeFile(list, `# shuffled\n\n${listed.split('\n').reverse().join('\n')}`);
      await done(['map', ours, '--from-list', list, '--size', String(sizeBytes), '--others', '+']);
      const size = `--size=${sizeBytes}`;
      await writeFile(`${list}.plain`, listed);
      await runOrThrow('sh', ['-c', `ddrescuelog -b512 -c-+ ${size} '${theirs}' < '${list}.plain'`]);
      await runOrThrow('ddrescuelog', ['-p', theirs, ours]);
    }
  });

  test('a list that cannot be meant is refused with its line, and nothing is written', async () => {
    const list = at('bad-list');
    for (const [text, said] of [
      ['1\n2\nthree\n', /line 3.*"three"/],
      ['1\n2048\n', /line 2: sector 2048 is behind the last one, 2047/],
      ['-1\n', /line 1/],
      ['99999999999999999999\n', /line 1/],
    ] as const) {
      await writeFile(list, text);
      const { code, stderr } = await lifeboat(['map', at('no.map'), '--from-list', list, '--size', '1MiB']);
      assert.equal(code, 3);
      assert.match(stderr, said);
      assert.equal(stderr.trim().split('\n').length, 1);
    }
    for (const words of [['--size', '0'], ['--size', 'much'], [], ['--size', '1MiB', '--others', '+-']]) {
      assert.equal(
        (await lifeboat(['map', at('no.map'), '--from-list', list, ...words])).code,
        2,
        words.join(' '),
      );
    }
    assert.ok(!(await readdir(folder)).some((name) => name.startsWith('no.map')));
  });

  test('a picture has the width that was asked for, and says the same without colours', async () => {
    const map = at('wide.map');
    await writeFile(map, randomMapText(9).text);
    for (const width of [20, 33, 78, 211, 1000]) {
      const plain = await done(['map', map, '--width', String(width), '--colour', 'never']);
      const coloured = await done(['map', map, '--width', String(width), '--colour', 'always']);
      assert.notEqual(coloured, plain);
      assert.equal(stripVTControlCharacters(coloured), plain);
      const picture = plain.split('\n\n')[1]?.split('\n').slice(0, 12) ?? [];
      assert.deepEqual(
        picture.map((line) => [...line].length),
        Array.from({ length: 12 }, () => width),
      );
    }
  });

  test('the picture shows in each cell the worst that it holds, and is XML', async () => {
    for (let seed = 20; seed < 24; seed++) {
      const { text, sizeBytes } = randomMapText(seed);
      const [map, picture] = [at('picture.map'), at(`${seed}.svg`)];
      await writeFile(map, text);
      await done(['map', map, '--svg', picture]);
      const svg = await readFile(picture, 'utf8');
      assertNested(svg);
      const cell = (sector: number): number[] => {
        const width = sizeBytes / CELLS;
        const [first, last] = [Math.floor((sector * 512) / width), Math.ceil(((sector + 1) * 512) / width)];
        return Array.from({ length: last - first }, (_, i) => first + i);
      };
      const bad = new Set((await sectorsOf(map, '-')).flatMap(cell));
      const failed = new Set((await sectorsOf(map, '*/')).flatMap(cell).filter((i) => !bad.has(i)));
      const cellsFilled = (fill: string): number =>
        new RegExp(`<path fill="${fill}" d="([^"]*)"`).exec(svg)?.[1]?.split('z').filter(Boolean).length ?? 0;
      assert.deepEqual(
        [cellsFilled('#b3173a'), cellsFilled('#f0a92e')],
        [bad.size, failed.size],
        `seed ${seed}`,
      );
    }
  });

  test('the page holds the whole map and the files, as text and nothing else', async () => {
    const random = seededRandom(3);
    const { text, sizeBytes } = randomMapText(30);
    const [map, page, report] = [at('page.map'), at('page.html'), at('page.json')];
    await writeFile(map, text);
    const files = [EVIL, 'Users/Ann/letter.txt', `Users/${'deep/'.repeat(80)}end`].map((path) =>
      damagedFile(path, 512 * random.integer(sizeBytes / 512)),
    );
    await writeFile(report, reportText(sizeBytes, files));
    await done(['map', map, '--html', page, '--report', report]);
    const html = await readFile(page, 'utf8');
    const [, json = ''] = /<script id="data" type="application\/json">([\s\S]*?)<\/script>/.exec(html) ?? [];
    const data = JSON.parse(json) as PageData;
    assert.equal(data.size, sizeBytes);
    let sector = 0;
    const found: Record<string, number[]> = {};
    data.lengths.forEach((length, i) => {
      const list = found[data.statuses[i] ?? ''] ?? [];
      found[data.statuses[i] ?? ''] = list;
      for (const end = sector + length / 512; sector < end; sector++) list.push(sector);
    });
    for (const status of '?*/-+') assert.deepEqual(found[status] ?? [], await sectorsOf(map, status), status);
    assert.deepEqual(
      new Set(data.files.map(({ name }) => name)),
      new Set(files.map(({ path }) => safeText(path))),
    );
    // The two scripts of the page and none of a file's; nothing that a browser would fetch.
    assert.equal(html.match(/<script/g)?.length, 2);
    for (const bad of ['<img', '\u202e', '\u0007']) assert.ok(!html.includes(bad), bad);
    assert.deepEqual(
      [...html.matchAll(/\b(?:https?:)?\/\/[\w.]+[\w/.]*/g)]
        .map(([url]) => url)
        .filter((url) => url.includes('.')),
      ['http://www.w3.org/2000/svg'],
    );
    assert.ok(!/<[a-z][^>]*\s(?:src|href|xlink:href|srcset|on\w+)\s*=|@import|url\((?!#bar\))/.test(html));
    assert.match(html, /Content-Security-Policy" content="default-src 'none'/);
  });

  test('nothing is overwritten without a word, and never what it is made of', async () => {
    const { text, sizeBytes } = randomMapText(40);
    const [map, report, there] = [at('guard.map'), at('guard.json'), at('there')];
    await writeFile(map, text);
    await writeFile(report, reportText(sizeBytes, []));
    await writeFile(there, 'precious');
    for (const words of [
      [map, '--svg', there],
      [map, '--html', there],
      [there, '--from-list', '/dev/null', '--size', '1MiB'],
    ]) {
      const { code, stderr } = await lifeboat(['map', ...words]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /is there already; name another file, or overwrite it with --force/);
    }
    for (const words of [
      ['--svg', map],
      ['--html', report],
      ['--svg', at('x'), '--html', at('x')],
      ['--svg', folder],
    ]) {
      const { code } = await lifeboat(['map', map, '--report', report, '--force', ...words]);
      assert.equal(code, 3, words.join(' '));
    }
    assert.deepEqual([await readFile(there, 'utf8'), await readFile(map, 'utf8')], ['precious', text]);
    await done(['map', map, '--svg', there, '--force']);
    assert.match(await readFile(there, 'utf8'), /^<svg/);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.new')),
      [],
    );
    assert.equal((await lifeboat(['map', map, '--svg', '/nowhere/at/all.svg'])).code, 3);
    await assert.rejects(stat('/nowhere'));
  });

  test('a report that is none, or of another source, is refused in one line', async () => {
    const { text, sizeBytes } = randomMapText(41);
    const [map, report] = [at('report.map'), at('report.json')];
    await writeFile(map, text);
    for (const content of [
      '',
      '[]',
      '{}',
      'null',
      '{"format":2,"source":{}}',
      reportText(sizeBytes + 512, []),
    ]) {
      await writeFile(report, content);
      const { code, stderr } = await lifeboat(['map', map, '--html', at('never.html'), '--report', report]);
      assert.equal(code, 3, content);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
    await writeFile(
      report,
      reportText(sizeBytes, [{ path: 7, pieces: [null, { volumeOffset: -1 }] }, 'x'] as object[]),
    );
    await done(['map', map, '--html', at('strange.html'), '--report', report]);
  });

  const noBrowser = missing({ tools: ['chromium'] });
  test('in a browser: zoom to a file, to sectors, by keys', { skip: noBrowser }, async () => {
    const { text, sizeBytes } = randomMapText(50);
    const [map, page, report, driven] = [at('b.map'), at('b.html'), at('b.json'), at('driven.html')];
    await writeFile(map, text);
    const [sector = 0] = await sectorsOf(map, '-');
    await writeFile(report, reportText(sizeBytes, [damagedFile(EVIL, sector * 512)]));
    await done(['map', map, '--html', page, '--report', report]);
    // What a person does, done by a script at the end of the page.
    const act = `<script>
      const said = [], where = () => said.push(document.getElementById('where').textContent + ' | ' +
        document.getElementById('tell').textContent);
      const key = (name) => document.getElementById('grid').dispatchEvent(new KeyboardEvent('keydown', { key: name }));
      where();
      document.querySelector('#files tbody button').click(); where();
      for (let i = 0; i < 9; i++) key('Enter'); where();
      key('Home'); where();
      document.documentElement.dataset.said = JSON.stringify(said);
    </script></body>`;
    await writeFile(driven, (await readFile(page, 'utf8')).replace('</body>', act));
    const profile = `--user-data-dir=${at('profile')}`;
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', profile];
    const dom = await runOrThrow('chromium', [
      ...flags,
      '--virtual-time-budget=5000',
      '--dump-dom',
      `file://${driven}`,
    ]);
    const [, encoded = ''] = /data-said="([^"]*)"/.exec(dom) ?? [];
    const said = JSON.parse(encoded.replaceAll('&quot;', '"').replaceAll('&amp;', '&')) as string[];
    assert.equal(said.length, 4);
    assert.notEqual(said[1], said[0]);
    assert.match(
      said[2] ?? '',
      new RegExp(`one cell is one sector of 512 bytes.*sector ${grouped(sector)}bad: 512 B`),
    );
    assert.ok((said[2] ?? '').includes('letter') || (said[2] ?? '').includes('owned'), 'the file is named');
    assert.match(said[3] ?? '', /^0 B to|^Bytes 0 to/);
    assert.doesNotMatch(dom, /<title>owned/);
  });
});

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');

/** Every element is closed in its turn, every attribute quoted: what XML asks for. */
function assertNested(xml: string): void {
  const open: string[] = [];
  const rest = xml.replace(
    /<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/g,
    (_, end, name, _attributes, alone) => {
      if (end === '/') assert.equal(open.pop(), name);
      else if (alone !== '/') open.push(name as string);
      return '';
    },
  );
  assert.deepEqual(open, []);
  assert.ok(!/[<>]/.test(rest), rest.slice(0, 200));
  assert.ok(!/&(?!#\d+;)/.test(rest));
}
