import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeImageHeader } from '../../src/clone/image-header.ts';
import { lookForImages } from '../../src/jobs/image-folder.ts';

test('a folder with too many files to look into says how many were not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lifeboat-folder-'));
  t.after(() => rm(folder, { recursive: true }));
  const image = encodeImageHeader({ clusterBytes: 512, clusterCount: 1, deviceBytes: 512 }, 1);
  await writeFile(join(folder, '000'), image);
  for (let i = 1; i <= 500; i++) await writeFile(join(folder, String(i).padStart(3, '0')), 'text');
  // Those that come first by name were looked into.
  await writeFile(join(folder, '999'), image);
  const found = await lookForImages(folder);
  assert.ok(found.kind === 'folder');
  assert.deepEqual(
    { images: found.images.map(({ name }) => name), others: found.others, unseen: found.unseen },
    { images: ['000'], others: 499, unseen: 2 },
  );
});
