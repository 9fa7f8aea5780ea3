import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ArchivedObject, readContents } from '../../src/archive/fsa/fsa-contents.ts';
import { FsaError } from '../../src/archive/fsa/fsa-error.ts';
import { readItems } from '../../src/archive/fsa/fsa-items.ts';
import { forgeHeader, sampleArchive } from '../support/archive-sample.ts';
import { seededRandom } from '../support/random.ts';
import { missing } from '../support/tools.ts';

const skip = missing({ tools: ['fsarchiver'] });

interface Reading {
  readonly objects: readonly ArchivedObject[];
  readonly damage: readonly string[];
  readonly isComplete: boolean;
}

async function reading(path: string, checkBlocks = true): Promise<Reading> {
  const objects: ArchivedObject[] = [];
  const damage: string[] = [];
  const { isComplete } = await readContents(
    path,
    { checkBlocks },
    {
      object: (object) => objects.push(object),
      damage: (error) => damage.push(error.message),
    },
  );
  return { objects, damage, isComplete };
}

describe('reading archives of FSArchiver', { skip }, () => {
  let folder: string;
  let archive: string;
  let bytes: Buffer;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-fsa-'));
    archive = await sampleArchive(folder, 'sample');
    bytes = await readFile(archive);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  test('every object of a sound archive is whole', async () => {
    const { objects, damage, isComplete } = await reading(archive);
    assert.ok(isComplete);
    assert.deepEqual(damage, []);
    assert.equal(objects.filter(({ type }) => type === 'small-file').length, 12);
    assert.equal(objects.find(({ path }) => path.endsWith('large.bin'))?.sizeBytes, 700_000);
    assert.deepEqual([...new Set(objects.map(({ state }) => state))], ['whole']);
  });

  test('one flipped bit anywhere is noticed', async () => {
    const random = seededRandom(11);
    const path = join(folder, 'flipped.fsa');
    const unnoticed: number[] = [];
    // The number of a file system in a header is under no checksum, and means nothing where there is only one.
    const idle = await fileSystemNumbers(archive);
    for (let i = 0; i < 250; i++) {
      const at = i < 120 ? random.integer(2000) : random.integer(bytes.length);
      if (idle.has(at)) continue;
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ (1 << random.integer(8));
      await writeFile(path, changed);
      try {
        const { objects, damage, isComplete } = await reading(path);
        const isSound = isComplete && damage.length === 0 && objects.every(({ state }) => state === 'whole');
        if (isSound) unnoticed.push(at);
      } catch (error) {
        assert.ok(error instanceof FsaError, String(error));
      }
    }
    assert.deepEqual(unnoticed, []);
  });

  async function fileSystemNumbers(path: string): Promise<Set<number>> {
    const places = new Set<number>();
    for await (const item of readItems(path, { checkBlocks: false })) {
      if (item.kind === 'damage') continue;
      places.add(item.place.position + 8).add(item.place.position + 9);
    }
    return places;
  }

  test('an archive that is cut anywhere does not count as complete', async () => {
    const random = seededRandom(12);
    const path = join(folder, 'cut.fsa');
    for (let i = 0; i < 60; i++) {
      await writeFile(path, bytes);
      await truncate(path, 64 + random.integer(bytes.length - 65));
      assert.equal((await reading(path)).isComplete, false);
    }
  });

  test('whatever stands in it, reading ends soon and throws nothing of its own', async () => {
    const random = seededRandom(13);
    const path = join(folder, 'wild.fsa');
    for (let i = 0; i < 120; i++) {
      const changed = Buffer.from(bytes);
      for (let hit = 0; hit < 1 + random.integer(40); hit++) {
        const at = 64 + random.integer(changed.length - 400);
        const how = random.integer(4);
        if (how === 0) changed[at] = random.integer(256);
        else if (how === 1)
          changed.write(['ObJt', 'BlKh', 'FiLf', 'FsAE', 'FsA0'][random.integer(5)] ?? '', at, 'latin1');
        else if (how === 2) changed.writeUInt32LE(0xffffffff, at);
        else changed.copyWithin(at, random.integer(changed.length - 400), random.integer(changed.length));
      }
      await writeFile(path, changed);
      try {
        await reading(path, i % 2 === 0);
      } catch (error) {
        assert.ok(error instanceof FsaError, String(error));
      }
    }
    // Nothing but broken headers: each search for the next one must not read the rest again.
    await writeFile(path, Buffer.concat([bytes.subarray(0, 4000), Buffer.alloc(3_000_000, 'ObJt')]));
    await reading(path).catch((error) => assert.ok(error instanceof FsaError));
  });

  test('a path that leads out of its file system is damage', async () => {
    const path = join(folder, 'hostile.fsa');
    await writeFile(path, bytes);
    await forgeHeader(path, 'ObJt', '/sub/small 7.txt', '/../small 77.txt');
    const { damage, isComplete } = await reading(path);
    assert.match(damage.join(), /stays in its file system/);
    assert.equal(isComplete, false);
  });

  test('a path that goes through a link is damage: it would lead wherever the link does', async () => {
    const path = join(folder, 'through.fsa');
    await writeFile(path, bytes);
    await forgeHeader(path, 'ObJt', '/sub/small 7.txt', '/lnk/small 7.txt');
    const { damage, isComplete } = await reading(path);
    assert.match(damage.join(), /does not go through a link/);
    assert.equal(isComplete, false);
  });
});
