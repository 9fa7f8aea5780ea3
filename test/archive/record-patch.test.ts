import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { patchRecord, patchVersion, standardPatches } from '../../src/archive/mend/record-patch.ts';
import { openNtfsVolume } from '../../src/archive/open-volume.ts';
import { openTargetFile } from '../../src/block/target-device.ts';
import { missing, runOrThrow } from '../support/tools.ts';

const ROOT_RECORD = 5;
const skip = missing({ tools: ['mkntfs', 'ntfsinfo', 'ntfscat'] });

describe('changing values in records', { skip }, () => {
  let folder: string;
  let image: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-patch-'));
    image = join(folder, 'volume.img');
    await writeFile(image, '');
    await truncate(image, 20 * 2 ** 20);
    await runOrThrow('mkntfs', ['-F', '-q', '-Q', image]);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What ntfsinfo tells of a record, which also checks its update sequence. */
  const told = (record: number): Promise<string> =>
    runOrThrow('ntfsinfo', ['-v', '-i', String(record), image]);

  test('times, attributes and versions of a record are set, and nothing else', async () => {
    const before = await told(ROOT_RECORD);
    const volume = await openNtfsVolume(image);
    const target = await openTargetFile(image);
    const ntfs = volume.inventory.tree.volume;
    const times = ['01d0000000000001', '01d1000000000002', '01d2000000000003', '01d3000000000004'] as const;
    const patches = standardPatches(times, 0x22, [0, 1, 0]);
    assert.ok(await patchRecord(target, ntfs, ROOT_RECORD, patches));
    // Twice is once.
    assert.ok(await patchRecord(target, ntfs, ROOT_RECORD, patches));
    assert.equal(
      await patchRecord(target, ntfs, ROOT_RECORD, [{ type: 0x10, offset: 70, bytes: new Uint8Array(8) }]),
      false,
    );
    assert.equal(
      await patchRecord(target, ntfs, ROOT_RECORD, [{ type: 0x80, offset: 0, bytes: new Uint8Array(1) }]),
      false,
    );
    assert.equal(await patchRecord(target, ntfs, 1_000_000, patches), false);
    await target.flush();
    await target.close();
    await volume.close();
    const after = await told(ROOT_RECORD);
    const changed = after.split('\n').filter((line, i) => line !== before.split('\n')[i]);
    const names = [...new Set(changed.map((line) => line.trim().split(':')[0]))];
    const expected = [
      ...['File Altered Time', 'File Creation Time', 'File attributes', 'Last Accessed Time'],
      ...['MFT Changed Time', 'Upd. Seq. Number'],
    ];
    assert.deepEqual(names.sort(), expected);
    const again = await openNtfsVolume(image);
    const root = await again.inventory.describe(await again.inventory.tree.root());
    assert.deepEqual(root?.described.times, times);
    assert.deepEqual(root?.described.versions, [0, 1, 0]);
    await again.close();
  });

  test('the version of the volume, in $MFT and in its mirror', async () => {
    const volume = await openNtfsVolume(image);
    const target = await openTargetFile(image);
    assert.ok(await patchVersion(target, volume.inventory.tree.volume, '3.0'));
    await target.flush();
    await target.close();
    await volume.close();
    assert.match(await runOrThrow('ntfsinfo', ['-m', image]), /Volume Version: 3\.0/);
    // Record 3 of the table and of the mirror are the same bytes.
    const [table, mirror] = [
      await runOrThrow('sh', ['-c', `ntfscat -i 0 ${image} | tail -c +3073 | head -c 1024 | sha1sum`]),
      await runOrThrow('sh', ['-c', `ntfscat -i 1 ${image} | tail -c +3073 | head -c 1024 | sha1sum`]),
    ];
    assert.equal(table, mirror);
  });
});
