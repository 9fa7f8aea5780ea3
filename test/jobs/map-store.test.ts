import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MapStore } from '../../src/jobs/map-store.ts';
import { randomMapText } from '../support/random-map.ts';
import { missing, runOrThrow } from '../support/tools.ts';

const folder = await mkdtemp(join(tmpdir(), 'lifeboat-map-'));
after(() => rm(folder, { recursive: true }));

test('a map that a power cut has spoilt or taken away is read from its copy; without one it is what it is', async () => {
  const path = join(folder, 'spoilt.map');
  const [old, other] = [randomMapText(1).text, randomMapText(2).text];
  const store = new MapStore(path);
  assert.equal(await store.load(), undefined);
  for (const spoilt of [undefined, '', '\0'.repeat(4096), other.slice(0, -40)]) {
    if (spoilt !== undefined) await writeFile(path, spoilt);
    await writeFile(`${path}.copy`, old);
    assert.deepEqual(await store.find(), { path: `${path}.copy`, text: old });
    await writeFile(`${path}.copy`, '');
    assert.equal(await store.load(), spoilt);
    await writeFile(`${path}.copy`, old);
    // A run that could save nothing leaves it, for the next one.
    await store.close();
    assert.equal(await store.load(), old);
  }
  await writeFile(path, other);
  assert.equal(await store.load(), other);
});

test('a map that was cut at the end of a line is told from a whole one by its copy', async () => {
  const path = join(folder, 'cut.map');
  const lines = randomMapText(8).text.trimEnd().split('\n');
  const whole = `${lines.join('\n')}\n`;
  const store = new MapStore(path);
  await writeFile(`${path}.copy`, whole);
  for (let kept = 0; kept < lines.length; kept++) {
    await writeFile(
      path,
      lines
        .slice(0, kept)
        .map((line) => `${line}\n`)
        .join(''),
    );
    assert.deepEqual(await store.find(), { path: `${path}.copy`, text: whole }, `${kept} lines`);
  }
  await writeFile(path, whole);
  assert.equal((await store.find())?.path, path);
});

test('a map that was taken away while it was replaced is put back before anything is written over what is left', async () => {
  for (const left of ['copy', 'new']) {
    const path = join(folder, `taken-by-${left}.map`);
    const [old, next] = [randomMapText(5).text, randomMapText(6).text];
    await writeFile(`${path}.${left}`, old);
    const store = new MapStore(path);
    assert.deepEqual(await store.find(), { path: `${path}.${left}`, text: old });
    await store.putAside();
    assert.equal(await readFile(`${path}.untrusted`, 'utf8'), old);
    await store.close();
    assert.equal(await store.load(), old);
    await store.save(next);
    assert.equal(await readFile(path, 'utf8'), next);
  }
});

test('a map that is removed after an orderly end stays removed', async () => {
  const path = join(folder, 'removed.map');
  const store = new MapStore(path);
  await store.save(randomMapText(7).text);
  await store.close();
  await rm(path);
  assert.equal(await store.load(), undefined);
});

test('saving leaves one map, and room for the next until it is closed', async () => {
  const path = join(folder, 'saved.map');
  const store = new MapStore(path);
  for (const seed of [3, 4]) {
    const { text } = randomMapText(seed);
    await store.save(text);
    assert.equal(await readFile(path, 'utf8'), text);
  }
  await store.close();
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('saved.map')),
    ['saved.map'],
  );
});

test('a save that has failed is no reason for the next one to fail', async () => {
  const place = join(folder, 'away');
  const path = join(place, 'later.map');
  const store = new MapStore(path);
  const { text } = randomMapText(9);
  await assert.rejects(store.save(text), { code: 'ENOENT' });
  await mkdir(place);
  await store.save(text);
  assert.equal(await readFile(path, 'utf8'), text);
});

const skip = missing({ tools: ['mkntfs', 'ntfs-3g', 'fusermount3'], root: true });

test('a copy is kept from then on where a drive without a journal is mounted over the folder', {
  skip,
}, async () => {
  const place = join(folder, 'mounted');
  const path = join(place, 'own.map');
  const image = join(folder, 'drive.img');
  await mkdir(place);
  await writeFile(image, '');
  await truncate(image, 8 << 20);
  await runOrThrow('mkntfs', ['-q', '-F', '-Q', image]);
  const store = new MapStore(path);
  const { text } = randomMapText(10);
  await store.save(text);
  assert.ok(!(await readdir(place)).includes('own.map.copy'));
  await runOrThrow('ntfs-3g', ['-o', 'nonempty', image, place]);
  try {
    await store.save(text);
    assert.equal(await readFile(`${path}.copy`, 'utf8'), text);
    await store.close();
    assert.deepEqual(await readdir(place), ['own.map']);
  } finally {
    await runOrThrow('fusermount3', ['-u', place]);
  }
});
