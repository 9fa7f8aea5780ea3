import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { after, test } from 'node:test';
import { RangeSet } from '../../src/block/range-set.ts';
import { traceOwners } from '../../src/ntfs/owners.ts';
import { surveyVolume } from '../../src/ntfs/survey.ts';
import { damagedNames, missingFixtures, unpackDamaged, unpackVolumes } from '../support/ntfs-fixtures.ts';
import { fileReader } from '../support/ntfs-reader.ts';
import { clonedBytes, missingNtfsTools, scratchFolder } from '../support/ntfs-volume.ts';

const skip = missingFixtures() ?? missingNtfsTools() ?? false;
const scratch = scratchFolder();
after(scratch.remove);

/** Asks for everything that can be asked of a volume, against the clock. */
async function examine(path: string, start: number, sizeBytes?: number) {
  const reader = fileReader(path, sizeBytes === undefined ? { start } : { start, sizeBytes });
  const before = performance.now();
  const survey = await surveyVolume(reader);
  assert.ok(survey, 'nothing of NTFS was found');
  const used = survey.used.intersect(RangeSet.single(0, reader.sizeBytes));
  const lost = RangeSet.of(
    [0, 1, 2].map((i) => {
      const at = used.startOf(Math.floor((i * (used.count - 1)) / 2));
      return { start: at, end: at + 4096 };
    }),
  ).intersect(used);
  const report = await traceOwners(reader, lost);
  const seconds = (performance.now() - before) / 1000;
  assert.ok(seconds < 10, `${seconds} s`);
  assert.ok(process.memoryUsage().rss < 300 * 2 ** 20, `${process.memoryUsage().rss} bytes of memory`);
  const told = report.files.reduce(
    (sum, file) => sum + file.diskBytes,
    report.freeBytes + report.unknownBytes,
  );
  assert.ok(told >= lost.totalBytes, `${told} of ${lost.totalBytes} lost bytes have an owner`);
  reader.close();
  return survey;
}

test('volumes made by Windows and others: the clusters in use are those of ntfsclone', {
  skip,
}, async (t) => {
  for (const { name, path, start, sizeBytes } of unpackVolumes(scratch.path)) {
    await t.test(name, async () => {
      const survey = await examine(path, start, sizeBytes);
      const part = `${path}.part`;
      const words = [`if=${path}`, `of=${part}`, 'bs=65536', `skip=${start / 65536}`, 'conv=sparse'];
      execFileSync('dd', [...words, 'status=none', `count=${sizeBytes}`, 'iflag=count_bytes']);
      execFileSync('truncate', ['-s', `${sizeBytes}`, part]);
      const clusters = RangeSet.single(0, survey.boot.clusterCount * survey.boot.clusterBytes);
      const truth = clonedBytes(part, `${path}.clone`);
      assert.ok(survey.used.intersect(clusters).equals(truth.intersect(clusters)));
      assert.equal(truth.subtract(survey.used).totalBytes, 0);
      assert.deepEqual([survey.notes, survey.recordsCorrupt, survey.recordsUnreadable], [[], 0, 0]);
      rmSync(part);
    });
  }
});

/** Clusters that ntfsclone finds in use on damaged volumes, where it gets that far. */
const CLONEABLE = new Set(['mft_file_corrupt_attrlist.tar.xz', 'mft_record_bad_fields.tar.xz']);

test('damaged volumes are surveyed quickly and in little memory', { skip }, async (t) => {
  for (const name of damagedNames()) {
    await t.test(name, async () => {
      const path = unpackDamaged(name, scratch.path);
      const survey = await examine(path, 0);
      assert.ok(survey.recordsInUse > 15, `${survey.recordsInUse} records in use`);
      if (CLONEABLE.has(name)) {
        assert.equal(clonedBytes(path, `${path}.clone`).subtract(survey.used).totalBytes, 0);
      }
      rmSync(path);
    });
  }
});
