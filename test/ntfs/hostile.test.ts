import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { RangeSet } from '../../src/block/range-set.ts';
import { traceOwners } from '../../src/ntfs/owners.ts';
import { surveyVolume } from '../../src/ntfs/survey.ts';
import { openVolume } from '../support/ntfs-places.ts';
import { shatter } from '../support/ntfs-population.ts';
import { memoryReader } from '../support/ntfs-reader.ts';
import { makeVolume, missingNtfsTools, scratchFolder, withMounted } from '../support/ntfs-volume.ts';
import { type SeededRandom, seededRandom } from '../support/random.ts';

const skip = missingNtfsTools() ?? false;
const scratch = scratchFolder();
after(scratch.remove);

const CASES = 2000;
const NASTY = [0, 1, 0x7f, 0x80, 0xff];

/** A byte that programs stumble over, or any. */
function nastyByte(random: SeededRandom): number {
  return random.integer(2) === 0 ? (NASTY[random.integer(NASTY.length)] ?? 0) : random.integer(256);
}

/** Where structures lie, and their fields with them: each a start and a length to damage within. */
async function structures(volume: Uint8Array): Promise<{ name: string; start: number; length: number }[]> {
  const opened = await openVolume(memoryReader(volume));
  const { clusterBytes, recordBytes } = opened.boot;
  const found = [{ name: 'boot', start: 0x0b, length: 0x45 }];
  for await (const [, state] of opened.mft.records()) {
    if (state.state !== 'in-use') continue;
    const { record } = state;
    // System files and files in many pieces are worth more blows than the thousand files of ten bytes.
    const isPlain = record.number > 100 && record.attributes.every((one) => one.resident);
    if (isPlain && record.number % 50 !== 0) continue;
    found.push({ name: `record ${record.number}`, start: record.position, length: recordBytes - 2 });
    for (const one of record.attributes) {
      const lcn = one.resident ? undefined : one.runList.runs[0]?.lcn;
      if (lcn === undefined || (one.type === 0x80 && record.number !== 6)) continue;
      found.push({ name: `attribute ${one.type}`, start: lcn * clusterBytes, length: 2048 });
    }
  }
  return found;
}

test(`${CASES} damaged volumes: no crash, no hang, no answer that contradicts itself`, { skip }, async () => {
  const path = join(scratch.path, 'hostile');
  makeVolume(path, { clusterBytes: 512, sizeBytes: 6 * 2 ** 20 });
  withMounted(path, (folder) => {
    shatter(folder, 2 ** 20);
  });
  const volume = new Uint8Array(readFileSync(path));
  const places = await structures(volume);
  assert.ok(places.length > 30, `${places.length} places`);
  const random = seededRandom(2026);
  let surveyed = 0;
  for (let number = 0; number < CASES; number++) {
    const undo: [number, number][] = [];
    const names: string[] = [];
    for (let blows = 1 + random.integer(4); blows > 0; blows--) {
      const place = places[random.integer(places.length)];
      if (place === undefined) break;
      names.push(place.name);
      const at = place.start + random.integer(place.length);
      const count = 1 + random.integer(random.integer(3) === 0 ? 8 : 1);
      for (let i = 0; i < count && at + i < volume.length; i++) {
        undo.push([at + i, volume[at + i] ?? 0]);
        volume[at + i] = nastyByte(random);
      }
    }
    const hit = places[random.integer(places.length)];
    const holes =
      random.integer(3) === 0 && hit ? RangeSet.single(hit.start, hit.start + 512) : RangeSet.EMPTY;
    const size = random.integer(8) === 0 ? 1 + random.integer(volume.length) : volume.length;
    const reader = memoryReader(volume.subarray(0, size), holes);
    const lostAt = random.integer(size);
    const lost = holes.union(RangeSet.single(lostAt, lostAt + 512 * (1 + random.integer(200))));
    const label = `case ${number}: ${names.join(', ')}`;
    const before = performance.now();
    const survey = await surveyVolume(reader).catch((error: unknown) => assert.fail(`${label}: ${error}`));
    const report = await traceOwners(reader, lost).catch((error: unknown) =>
      assert.fail(`${label}: ${error}`),
    );
    const took = performance.now() - before;
    assert.ok(took < 3000, `${label}: ${Math.round(took)} ms`);
    if (survey !== undefined) {
      surveyed++;
      assert.ok(survey.used.isEmpty || survey.used.endOf(survey.used.count - 1) <= size, label);
      assert.equal(
        survey.bitmapUsed.union(survey.owned).subtract(survey.used.union(survey.badClusters)).totalBytes,
        0,
        label,
      );
    }
    const told = report.files.reduce(
      (sum, file) => sum + file.diskBytes,
      report.freeBytes + report.unknownBytes,
    );
    assert.ok(told >= lost.totalBytes, `${label}: ${told} of ${lost.totalBytes} lost bytes have an owner`);
    for (const [at, byte] of undo.reverse()) volume[at] = byte;
  }
  assert.ok(surveyed > CASES * 0.8, `only ${surveyed} volumes were understood`);
  // Not the resident size: that is mostly how lazily the collector gives back what 4000 walks used in turn.
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  assert.ok(heapUsed + arrayBuffers < 250 * 2 ** 20, `${heapUsed} + ${arrayBuffers} bytes of memory`);
});
