import assert from 'node:assert/strict';
import { copyFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RangeSet } from '../../src/block/range-set.ts';
import { surveyVolume, type VolumeSurvey } from '../../src/ntfs/survey.ts';
import { clustersOf, healthyRecord, openVolume, recordPlace } from '../support/ntfs-places.ts';
import { populate, shatter, writeCompressed } from '../support/ntfs-population.ts';
import { fileReader } from '../support/ntfs-reader.ts';
import {
  clonedBytes,
  makeVolume,
  missingNtfsTools,
  scratchFolder,
  type VolumeShape,
  withMounted,
} from '../support/ntfs-volume.ts';

const skip = missingNtfsTools() ?? false;
const scratch = scratchFolder();
after(scratch.remove);

const MIB = 2 ** 20;

async function survey(path: string, holes = RangeSet.EMPTY): Promise<VolumeSurvey> {
  const reader = fileReader(path, { holes });
  try {
    const found = await surveyVolume(reader);
    assert.ok(found, 'nothing of NTFS was found');
    return found;
  } finally {
    reader.close();
  }
}

/** The volume's clusters without what lies behind them. */
function clusters(found: VolumeSurvey, set: RangeSet): RangeSet {
  return set.intersect(RangeSet.single(0, found.boot.clusterCount * found.boot.clusterBytes));
}

function assertCovers(set: RangeSet, truth: RangeSet, what: string): void {
  assert.equal(truth.subtract(set).totalBytes, 0, `${what}: used clusters are missing`);
}

const SHAPES: (VolumeShape & { files: number })[] = [
  { clusterBytes: 512, sizeBytes: 24 * MIB, files: 300 },
  { clusterBytes: 1024, sizeBytes: 24 * MIB + 1536, files: 200 },
  { clusterBytes: 4096, sizeBytes: 48 * MIB, files: 300, label: 'Gerät ☃' },
  { clusterBytes: 4096, sectorBytes: 4096, sizeBytes: 48 * MIB, files: 200 },
  { clusterBytes: 65536, sizeBytes: 128 * MIB + 5 * 512, files: 100 },
  { clusterBytes: 2 * MIB, sizeBytes: 512 * MIB, files: 20 },
];

for (const shape of SHAPES) {
  const { clusterBytes, sectorBytes = 512 } = shape;
  const name = `${clusterBytes}-byte clusters of ${sectorBytes}-byte sectors`;
  test(`the clusters in use are those of ntfsclone, whatever structure is lost: ${name}`, {
    skip,
  }, async () => {
    const path = join(scratch.path, `shape-${clusterBytes}-${sectorBytes}`);
    makeVolume(path, shape);
    withMounted(path, (folder) => {
      populate(folder, shape.files);
      if (clusterBytes <= 4096) writeCompressed(folder);
    });
    const truth = clonedBytes(path, `${path}.clone`);
    const whole = await survey(path);
    assert.ok(clusters(whole, whole.used).equals(clusters(whole, truth)), 'healthy');
    assertCovers(whole.used, truth, 'healthy');
    assertCovers(whole.used, whole.metadata, 'metadata');
    assert.deepEqual(
      [whole.label, whole.version, whole.dirty, whole.hibernated, whole.notes, whole.ownedButFree.count],
      [shape.label ?? '', '3.1', false, false, [], 0],
    );

    const reader = fileReader(path);
    const volume = await openVolume(reader);
    const bitmap = clustersOf(volume, await healthyRecord(volume, 6), 0x80);
    const mft = clustersOf(volume, await healthyRecord(volume, 0), 0x80);
    const mirror = clustersOf(volume, await healthyRecord(volume, 1), 0x80);
    const lastSector = RangeSet.single(whole.boot.volumeBytes, whole.boot.volumeBytes + sectorBytes);
    const record = async (number: number): Promise<RangeSet> =>
      RangeSet.of([await recordPlace(volume, number)]);
    const firstRecords = RangeSet.single(mft.startOf(0), mft.startOf(0) + 4 * whole.boot.recordBytes);
    const half = bitmap.startOf(0) + Math.floor((bitmap.endOf(0) - bitmap.startOf(0)) / 2);

    // Holes that leave $Bitmap alone must not make the plan any larger; the others may, by what is not known.
    const exact: [string, RangeSet][] = [
      ['boot sector', RangeSet.single(0, 512)],
      ['boot area', RangeSet.single(0, 8192)],
      ['backup boot sector', lastSector],
      ['$MFTMirr', mirror],
      ['record 0', await record(0)],
      ['record 5', await record(5)],
      ['records 0 to 3', firstRecords],
      ['root index', clustersOf(volume, await healthyRecord(volume, 5), 0xa0)],
    ];
    for (const [what, holes] of exact) {
      const found = await survey(path, holes);
      assertCovers(found.used, truth, what);
      assert.equal(clusters(found, found.used).totalBytes, clusters(found, truth).totalBytes, what);
    }
    const wider: [string, RangeSet][] = [
      ['record 6', await record(6)],
      ['first sector of $Bitmap', RangeSet.single(bitmap.startOf(0), bitmap.startOf(0) + 512)],
      ['half of $Bitmap', RangeSet.single(half, bitmap.endOf(0))],
      ['all of $Bitmap', bitmap],
      ['records 0 and their mirror', firstRecords.union(mirror)],
      ['all of $MFT', mft],
      ['all of $MFT but a record', mft.subtract(await record(64))],
      [
        'boot sector, record 0 and half of $Bitmap',
        RangeSet.of([
          { start: 0, end: 512 },
          { start: half, end: bitmap.endOf(0) },
          { start: mft.startOf(0), end: mft.startOf(0) + 512 },
        ]),
      ],
    ];
    for (const [what, holes] of wider) assertCovers((await survey(path, holes)).used, truth, what);

    const blind = fileReader(path, { holes: RangeSet.of([...mft, ...mirror]) });
    assert.equal(await surveyVolume(blind), undefined);
    blind.close();
    reader.close();
  });
}

test('reading for a survey asks for every structure that it can use', { skip }, async () => {
  const path = join(scratch.path, 'asked');
  makeVolume(path, { clusterBytes: 4096, sizeBytes: 32 * MIB });
  withMounted(path, (folder) => populate(folder, 50));
  const reader = fileReader(path);
  const volume = await openVolume(reader);
  assert.equal(volume.mft.runs.length, 1);
  const mft = await recordPlace(volume, 0);
  const bits = clustersOf(volume, await healthyRecord(volume, 6), 0x80).startOf(0);
  const places = RangeSet.of([
    { start: 0, end: 8192 },
    { start: 32 * MIB - 512, end: 32 * MIB },
    { start: mft.start, end: mft.start + volume.mft.recordCount * volume.boot.recordBytes },
    ...clustersOf(volume, await healthyRecord(volume, 1), 0x80),
    { start: bits, end: bits + volume.boot.clusterCount / 8 },
  ]);
  const fresh = fileReader(path);
  const done: number[] = [];
  const found = await surveyVolume(fresh, { onProgress: (records) => done.push(records) });
  assert.equal(places.subtract(fresh.asked()).totalBytes, 0);
  assert.equal(done.at(-1), found?.recordCount);
  // A rescue of a huge disk must not begin by reading the disk.
  assert.ok(fresh.asked().totalBytes < 2 * MIB);
  const stop = AbortSignal.abort(new Error('stopped by the person'));
  await assert.rejects(surveyVolume(fresh, { signal: stop }), /stopped by the person/);
  reader.close();
  fresh.close();
});

test('an $MFT in hundreds of pieces is found, and what is lost of it costs no cluster', {
  skip,
}, async () => {
  for (const [clusterBytes, sizeBytes, bigBytes] of [
    [512, 28 * MIB, 6 * MIB],
    [4096, 40 * MIB, 12 * MIB],
  ] as const) {
    const path = join(scratch.path, `pieces-${clusterBytes}`);
    makeVolume(path, { clusterBytes, sizeBytes });
    withMounted(path, (folder) => {
      shatter(folder, bigBytes);
    });
    const truth = clonedBytes(path, `${path}.clone`);
    const reader = fileReader(path);
    const volume = await openVolume(reader);
    assert.ok(volume.mft.runs.length > 300, `only ${volume.mft.runs.length} runs`);
    assert.ok(volume.mft.complete);
    const record0 = await healthyRecord(volume, 0);
    assert.ok(record0.attributes.some((one) => one.type === 0x20 && !one.resident));
    const list = clustersOf(volume, record0, 0x20);
    const mirror = clustersOf(volume, await healthyRecord(volume, 1), 0x80);
    const first = RangeSet.of([await recordPlace(volume, 0)]);
    const extension = RangeSet.of([await recordPlace(volume, 15)]);
    reader.close();

    const healthy = await survey(path);
    assert.ok(clusters(healthy, healthy.used).equals(clusters(healthy, truth)), 'healthy');
    const cases: [string, RangeSet, boolean][] = [
      ['record 0', first, true],
      ['the attribute list', list, true],
      ['record 0, its mirror', first.union(mirror), false],
      ['an extension record', extension, false],
    ];
    for (const [what, holes, complete] of cases) {
      const found = await survey(path, holes);
      assertCovers(found.used, truth, what);
      assert.equal(found.mftComplete, complete, what);
      assert.ok(found.recordsInUse > 1000, `${what}: ${found.recordsInUse} records`);
    }
  }
});

test('a volume longer or shorter than its file is surveyed as far as it goes', { skip }, async () => {
  const path = join(scratch.path, 'lengths');
  const sizeBytes = 32 * MIB;
  makeVolume(path, { clusterBytes: 4096, sizeBytes });
  withMounted(path, (folder) => populate(folder, 50));
  const whole = await survey(path);

  const longer = `${path}-longer`;
  copyFileSync(path, longer);
  truncateSync(longer, sizeBytes + 8192);
  const backup = await survey(longer, RangeSet.single(0, 512));
  assert.equal(backup.bootFrom, 'backup');
  assert.equal(backup.boot.serial, whole.boot.serial);
  assertCovers(
    backup.used,
    RangeSet.of([...whole.used, { start: sizeBytes, end: sizeBytes + 8192 }]),
    'longer',
  );

  const shorter = `${path}-shorter`;
  copyFileSync(path, shorter);
  truncateSync(shorter, sizeBytes / 2 + 512);
  const cut = await survey(shorter);
  assert.ok(cut.notes.some((note) => note.code === 'short-device'));
  assertCovers(cut.used, whole.used.intersect(RangeSet.single(0, sizeBytes / 2)), 'shorter');
  assert.ok(RangeSet.single(0, sizeBytes / 2 + 512).covers(0, cut.used.endOf(cut.used.count - 1)));
});
