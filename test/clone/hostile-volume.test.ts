import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openImageFile } from '../../src/clone/image-file.ts';
import { type CloneVolume, openCloneVolume } from '../../src/clone/open-volume.ts';
import { walkClusters } from '../../src/clone/volume-walk.ts';
import { VolumeCraft } from '../support/ntfsclone-craft.ts';
import { SILENT } from '../support/silent-listener.ts';
import { missing, runOrThrow } from '../support/tools.ts';

const SIZE_BYTES = 64 * 2 ** 20;
const RECORD_BYTES = 1024;
const TIMES = 40;
const { signal } = new AbortController();

describe('a volume whose $MFT goes over the volume again and again', {
  skip: missing({ tools: ['mkntfs'] }),
}, () => {
  let folder: string;
  let clusterCount: number;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-hostile-'));
    const path = join(folder, 'volume');
    await writeFile(path, '');
    await truncate(path, SIZE_BYTES);
    await runOrThrow('mkntfs', ['-q', '-F', '-f', path]);
    using craft = new VolumeCraft(path);
    clusterCount = craft.clusterCount;
    craft.repeatMft(TIMES);
  });
  after(() => rm(folder, { recursive: true }));

  async function withVolume(work: (volume: CloneVolume) => Promise<void>, stop = signal): Promise<void> {
    await using file = await openImageFile(join(folder, 'volume'));
    const options = { path: 'volume', force: true, rescue: true, signal: stop };
    await work(await openCloneVolume(file.reader, options));
  }

  test('it has no more records than there is room for, each cluster is told once, and the walk ends', async () => {
    await withVolume(async (volume) => {
      let records = 0;
      for await (const chunk of volume.mft.recordChunks()) records += chunk.bytes.length / RECORD_BYTES;
      assert.ok(records <= SIZE_BYTES / RECORD_BYTES, `${records} records`);
      let told = 0;
      const listener = { ...SILENT, referencedTwice: () => void told++ };
      const walked = await walkClusters(volume, true, listener, signal);
      assert.ok(told <= 2 * clusterCount, `${told} of ${clusterCount} clusters were told`);
      assert.equal(
        walked.owned.bytes.every((byte) => byte === 0xff),
        false,
        'free clusters before the $MFT',
      );
    });
  });

  test('who wants to stop is heard while the volume is opened, and between two records', async () => {
    const reason = new Error('stopped');
    await assert.rejects(
      withVolume(async () => undefined, AbortSignal.abort(reason)),
      reason,
    );
    await withVolume(async (volume) => {
      const stop = new AbortController();
      let records = 0;
      const listener = {
        ...SILENT,
        progress: () => {
          records++;
          // As a signal of the system comes: when the process has a turn for it.
          if (records === 2) setImmediate(() => stop.abort(reason));
          const until = performance.now() + (records < 100 ? 2 : 0);
          while (performance.now() < until);
        },
      };
      await assert.rejects(walkClusters(volume, true, listener, stop.signal), reason);
      assert.ok(records < 1000, `${records} records were still gone through`);
    });
  });
});
