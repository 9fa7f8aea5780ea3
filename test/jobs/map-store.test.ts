import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MapStore } from '../../src/jobs/map-store.ts';
import { randomMapText } from '../support/random-map.ts';

const folder = await mkdtemp(join(tmpdir(), 'lifeboat-map-'));
after(() => rm(folder, { recursive: true }));

test('a map that a power cut has spoilt is read from its copy; without one it is what it is', async () => {
  const path = join(folder, 'spoilt.map');
  const [old, other] = [randomMapText(1).text, randomMapText(2).text];
  const store = new MapStore(path);
  assert.equal(await store.load(), undefined);
  await writeFile(`${path}.copy`, old);
  // A map that was removed on purpose is not brought back.
  assert.equal(await store.load(), undefined);
  for (const spoilt of ['', '\0'.repeat(4096), other.slice(0, -40)]) {
    await writeFile(path, spoilt);
    assert.equal(await store.load(), old);
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
