import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { keyPage } from '../scripts/docs/key-table.ts';
import { terminalPicture } from '../scripts/docs/terminal-picture.ts';
import { ITEM_IDS } from '../src/boot/items.ts';
import { EXIT } from '../src/cli/exit-codes.ts';
import { COMMANDS, helpFor } from '../src/cli/help.ts';
import { VERSION } from '../src/text/version.ts';
import { failingDisk } from './support/failing-disk.ts';
import { LIFEBOAT, lifeboat } from './support/lifeboat.ts';
import { startOfAttribute } from './support/structures.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from './support/tools.ts';
import { makeVolume } from './support/volume.ts';
import { everyKind } from './support/volume-populations.ts';
import { usedRanges } from './support/volume-used.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SECTOR = 512;
const MIB = 2 ** 20;
const WIDEST = 110;

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** The words that a document sets as code, one by one: `a`, `b` and `a: b` all count. */
function codeWords(markdown: string): Set<string> {
  return new Set([...markdown.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => code.split(/[^\w$-]+/)));
}

/** The options of a help page: `--map`, `-m`. */
function options(page: string): string[] {
  const names = page
    .split('\n')
    .filter((line) => /^ {2,6}-/.test(line))
    .flatMap((line) => line.match(/(?<=^|[ ,])--?[a-z][a-z-]*/g) ?? []);
  return [...new Set(names)];
}

/** `0: everything is saved` and so on, from lines that a pattern finds. */
const meanings = (text: string, line: RegExp): Record<string, string> =>
  Object.fromEntries([...text.matchAll(line)].map(([, code = '', words = '']) => [code, words.trim()]));

describe('manual and program say the same', () => {
  test('every option of every command is in the manual and in the man page', () => {
    const pages = [
      ...['rescue', 'files', 'ntfsclone', 'images', 'metadata', 'map', 'probe', 'jobs', 'archive', 'boot'],
    ];
    const manual = pages.map((name) => textOf(`docs/${name}.md`)).join('\n');
    const man = textOf('docs/lifeboat.1')
      .replaceAll(/Fl -/g, 'Fl --')
      .replaceAll(/Fl (\w)\b/g, 'Fl -$1');
    for (const command of COMMANDS) {
      const found = options(helpFor(command) ?? '');
      assert.ok(found.length > 2, `no options were found in the help of ${command}: the scan is broken`);
      for (const option of found) {
        assert.ok(codeWords(manual).has(option), `docs/rescue.md does not know ${command} ${option}`);
        const inMan = new RegExp(`(Fl|,) ${option}(?![\\w-])`);
        assert.match(man.replaceAll(' , -', ' , --'), inMan, `docs/lifeboat.1: ${command} ${option}`);
      }
    }
  });

  test('every item of bootcheck is in the manual', () => {
    const manual = textOf('docs/boot.md');
    assert.ok(ITEM_IDS.length > 25, 'the scan is broken');
    for (const item of ITEM_IDS) assert.match(manual, new RegExp(`^- \\*\\*${item}\\*\\*: .*`, 'm'), item);
  });

  test('the page of keys is made from the table of keys', () => {
    assert.equal(textOf('docs/keys.md'), keyPage());
  });

  test('exit codes are those of the program, in the same words everywhere', () => {
    const codes = Object.values(EXIT).map(String).sort();
    const help = meanings(helpFor('rescue') ?? '', /^ {2}(\d) {2}(.+)$/gm);
    assert.deepEqual(Object.keys(help).sort(), codes);
    for (const path of ['README.md', 'docs/rescue.md']) {
      assert.deepEqual(meanings(textOf(path), /^\| (\d) \| (.+) \|$/gm), help, path);
    }
    assert.deepEqual(meanings(textOf('docs/lifeboat.1'), /^\.It (\d)\n(.+)$/gm), help, 'docs/lifeboat.1');
  });

  test('every refusal in the sources is in the table of the manual', () => {
    const known = codeWords(textOf('docs/rescue.md') + textOf('docs/jobs.md'));
    const sources = [
      'src/block/source-guard.ts',
      'src/block/target-guard.ts',
      'src/jobs/prepare.ts',
      'src/jobs/job-claim.ts',
      'src/jobs/resume.ts',
    ];
    const code = /'((?:source|target|wrong|not|bad|job|unsure|damaged|map)-[a-z-]+|no-space)'/g;
    const used = [...sources, 'src/jobs/engine.ts'].flatMap((path) => [...textOf(path).matchAll(code)]);
    assert.ok(used.length > 15, 'the scan is broken');
    // Never refused: how much a sparse file takes is not known beforehand.
    const unreachable = new Set(['no-space', 'source-gone']);
    for (const [, word = ''] of used) {
      assert.ok(known.has(word) || unreachable.has(word), `docs/rescue.md does not know ${word}`);
    }
  });
});

describe('documented forms', () => {
  /** Members and string literals of the types in these files. */
  function members(paths: readonly string[]): string[] {
    return paths.flatMap((path) => {
      const text = textOf(path).replaceAll(/\/\*[\s\S]*?\*\//g, '');
      const fields = [...text.matchAll(/readonly (\w+)\??:/g)].map(([, name = '']) => name);
      const literals = text.matchAll(/(?:[|:=]\s*|\|\s*)'([a-z-]+)'/g);
      return [...fields, ...[...literals].map(([, word = '']) => word)];
    });
  }

  test('every event, field and word of the types is in docs/events.md', () => {
    const known = codeWords(textOf('docs/events.md'));
    // Names of events are headings.
    for (const [, name = ''] of textOf('docs/events.md').matchAll(/^## (\w+)$/gm)) known.add(name);
    const types = ['src/rescue/events.ts', 'src/jobs/job-events.ts', 'src/rescue/interruption.ts'];
    const found = members([...types, 'src/rescue/pass.ts']);
    assert.ok(found.length > 60, 'the scan is broken');
    // Members of interfaces in the same files that are not events.
    const inner = new Set([
      'reason',
      'letter',
      'number',
      'decides',
      'depth',
      'map',
      'domain',
      'unit',
      'named',
    ]);
    const unknown = found.filter((word) => !known.has(word) && !inner.has(word));
    assert.deepEqual(unknown, []);
  });

  test('every event, field and word of clones is in docs/clone-events.md', () => {
    const known = codeWords(textOf('docs/clone-events.md'));
    for (const [, name = ''] of textOf('docs/clone-events.md').matchAll(/^## (\w+)$/gm)) known.add(name);
    const found = members(['src/jobs/clone-events.ts']);
    assert.ok(found.length > 60, 'the scan is broken');
    assert.deepEqual(
      found.filter((word) => !known.has(word) && word !== 'event'),
      [],
    );
  });

  test('every field of the report is in docs/report.md', () => {
    const known = codeWords(textOf('docs/report.md'));
    const text = textOf('src/ntfs/owner-report.ts').split('export interface OwnerReport')[0] ?? '';
    const fields = [...text.matchAll(/readonly (\w+)\??:/g)].map(([, name = '']) => name);
    assert.ok(fields.length > 10, 'the scan is broken');
    assert.deepEqual(
      fields.filter((name) => !known.has(name)),
      [],
    );
  });

  const skip = missing({
    tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsinfo', 'ntfsclone'],
    root: true,
  });

  describe('as they come out of the program', { skip }, () => {
    let folder: string;
    const lines: string[] = [];
    let report: string;

    before(async () => {
      assert.ok(existsSync(LIFEBOAT), 'make build first');
      folder = await mkdtemp(join(tmpdir(), 'lifeboat-docs-'));
      await using volume = await makeVolume({ sizeBytes: 48 * MIB, populate: everyKind(8), seed: 77 });
      const { ranges } = await usedRanges(volume.image);
      const largest = ranges.toSorted((a, b) => b.end - b.start - (a.end - a.start))[0];
      const mft = await startOfAttribute(volume.image, volume.clusterBytes, 0, '$DATA');
      await using disk = await failingDisk({
        image: volume.image,
        faults: [
          `bad ${(largest?.start ?? 0) / SECTOR + 64} 90`,
          `bad ${(mft + 70 * 1024) / SECTOR} 2`,
          `bad ${volume.sizeBytes / SECTOR - 1} 1`,
        ],
      });
      report = join(folder, 'report.json');
      const target = join(folder, 'copy.img');
      const rescue = ['rescue', disk.device, target, '--json'];
      for (const words of [rescue, [...rescue, '--retries', '1', '--report', report]]) {
        const { code, stdout, stderr } = await lifeboat(words);
        assert.equal(code, EXIT.losses, stderr);
        lines.push(...stdout.trim().split('\n'));
      }
      const { stdout } = await lifeboat([
        'rescue',
        disk.device,
        target,
        '--json',
        '--map',
        `${target}.other`,
      ]);
      lines.push(...stdout.trim().split('\n'));
      lines.push((await lifeboat(['rescue', folder, target, '--json'])).stdout.trim());
    });

    after(async () => {
      await rm(folder, { recursive: true, force: true });
    });

    /** All keys of a value, however deep. */
    function keys(value: unknown): string[] {
      if (Array.isArray(value)) return value.flatMap(keys);
      if (typeof value !== 'object' || value === null) return [];
      return Object.entries(value).flatMap(([key, inner]) => [key, ...keys(inner)]);
    }

    test('events: every key is documented, and null never comes', () => {
      const known = codeWords(textOf('docs/events.md'));
      const seen = new Set<string>();
      for (const line of lines) {
        const event = JSON.parse(line) as { event: string };
        seen.add(event.event);
        assert.doesNotMatch(line, /:null/);
        const unknown = keys(event).filter((key) => !known.has(key));
        assert.deepEqual(unknown, [], `docs/events.md does not have these of ${event.event}`);
      }
      for (const name of ['start', 'phase', 'plan', 'progress', 'fault', 'question', 'refused', 'done']) {
        assert.ok(seen.has(name), `the run has no event ${name}`);
      }
    });

    test('report: every key is documented', async () => {
      const known = codeWords(textOf('docs/report.md'));
      const text = await readFile(report, 'utf8');
      assert.doesNotMatch(text, /: null/);
      assert.deepEqual(
        keys(JSON.parse(text)).filter((key) => !known.has(key)),
        [],
      );
    });
  });
});

describe('documents', () => {
  test('the version is the same everywhere', () => {
    const { version } = JSON.parse(textOf('package.json')) as { version: string };
    assert.equal(VERSION, version);
    assert.match(textOf('CHANGELOG.md'), new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\]`, 'm'));
  });

  /** The anchor that a heading gets. */
  const anchor = (heading: string): string =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(/\s/g, '-');

  test('links lead somewhere', () => {
    assert.ok(documents.length >= 6, 'the scan is broken');
    for (const path of documents) {
      for (const [, target = ''] of textOf(path).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [file = '', fragment] = target.split('#');
        const to = file === '' ? join(ROOT, path) : resolve(ROOT, dirname(path), file);
        assert.ok(existsSync(to), `${path}: ${target} does not exist`);
        if (fragment === undefined) continue;
        const headings = [...textOf(relative(ROOT, to)).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);
        assert.ok(headings.map(anchor).includes(fragment), `${path}: ${target} has no such heading`);
      }
    }
  });

  test('lines fit a screen', () => {
    for (const path of documents) {
      for (const [index, line] of textOf(path).split('\n').entries()) {
        assert.ok(line.length <= WIDEST, `${path}:${index + 1} has ${line.length} columns`);
      }
    }
  });

  test('the man page has no mistakes', { skip: missing({ tools: ['man'] }) }, async () => {
    const page = join(ROOT, 'docs/lifeboat.1');
    const { code, stderr } = await run('man', ['--warnings', '-l', page]);
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    assert.match(await runOrThrow('man', ['-l', page]), /lifeboat/);
  });

  test('a picture of a terminal shows its text and its blocks', () => {
    const picture = terminalPicture('\u001b[32m██\u001b[31mX\u001b[39m <free>\n\n', 'A & B');
    assert.match(picture, /<title>A &amp; B<\/title>/);
    assert.match(picture, /<rect [^>]*width="16.8"[^>]*fill="#4ec27f"\/>/);
    assert.match(picture, /fill="#ff6b6b">X<\/text>/);
    assert.match(picture, /> &lt;free&gt;<\/text>/);
    assert.match(textOf('docs/pictures/rescue.svg'), /^<svg [\s\S]*<\/svg>\n$/);
  });
});
