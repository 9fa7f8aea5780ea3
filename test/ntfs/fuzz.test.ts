import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { RangeSet } from '../../src/block/range-set.ts';
import { fileDetails } from '../../src/ntfs/file-details.ts';
import { openNtfs } from '../../src/ntfs/open-ntfs.ts';
import { surveyVolume } from '../../src/ntfs/survey.ts';
import { volumeTree } from '../../src/ntfs/volume-tree.ts';
import { type FuzzBase, loadFuzzBase, makeFuzzBase } from '../support/fuzz-bases.ts';
import { DamagedVolume } from '../support/fuzz-damage.ts';
import type { LayoutAttribute, LayoutRecord } from '../support/fuzz-layout.ts';
import { mappingPairs, wordOf } from '../support/fuzz-values.ts';
import { memoryReader } from '../support/ntfs-reader.ts';
import { missingNtfsTools, scratchFolder } from '../support/ntfs-volume.ts';

const skip = missingNtfsTools() ?? false;
const CASES = 2000;
const FUZZ = join(import.meta.dirname, '../../bench/fuzz.ts');

test(`${CASES} wounded volumes are rescued whole, listed and read: make fuzz plays more`, {
  skip,
}, async () => {
  const played = await promisify(execFile)(process.execPath, [FUZZ, String(CASES), '1']).catch(
    (error: { stdout?: string; message: string }) => assert.fail(`${error.stdout}\n${error.message}`),
  );
  const [, done, failed] = /: (\d+) played, (\d+) failed;/.exec(played.stdout) ?? [];
  assert.deepEqual([Number(done), Number(failed)], [CASES, 0], played.stdout);
});

describe('what the fuzzer has found once', { skip }, () => {
  const scratch = scratchFolder();
  let base: FuzzBase;

  before(() => {
    makeFuzzBase(scratch.path, 'varied');
    base = loadFuzzBase(scratch.path, 'varied');
  });
  after(scratch.remove);

  const recordOf = (number: number): LayoutRecord =>
    base.layout.records.find((record) => record.number === number) ?? assert.fail(`no record ${number}`);
  const spreadIn = (record: LayoutRecord, type: number): LayoutAttribute =>
    record.attributes.find((one) => one.type === type && !one.resident) ??
    assert.fail(`no attribute ${type}`);
  const sizes = (volume: DamagedVolume, record: LayoutRecord, one: LayoutAttribute, bytes: bigint): void => {
    for (const field of [40, 48, 56]) volume.writeRecord(record, one.offset + field, wordOf(bytes, 8));
  };
  const runs = (
    volume: DamagedVolume,
    record: LayoutRecord,
    one: LayoutAttribute,
    ...list: Parameters<typeof mappingPairs>[0]
  ): void => {
    const at = one.offset + volume.readRecord(record).readUInt16LE(one.offset + 32);
    volume.writeRecord(record, at, mappingPairs(list, one.offset + one.length - at));
  };
  const wounded = async (
    wound: (volume: DamagedVolume) => void,
    check: (bytes: Uint8Array) => Promise<void>,
  ) => {
    const volume = new DamagedVolume(base.volume);
    try {
      wound(volume);
      await check(volume.bytes);
    } finally {
      volume.restore();
    }
  };
  const inflate = (volume: DamagedVolume, sectors: bigint): void => {
    volume.write(0x28, wordOf(sectors, 8));
    volume.write(base.layout.volumeBytes + 0x28, wordOf(sectors, 8));
  };
  const filesFound = async (bytes: Uint8Array, holes = RangeSet.EMPTY): Promise<number> => {
    const opened = (await openNtfs(memoryReader(bytes, holes))) ?? assert.fail('no volume was found');
    let found = 0;
    for (const record of base.files.keys()) {
      if ((await opened.volume.mft.record(record)).state === 'in-use') found++;
    }
    return found;
  };

  test('a record 0 that calls $MFT shorter than it is: its copy in $MFTMirr knows better', async () => {
    for (const bytes of [0n, 511n, 20n * 1024n, 2n ** 64n - 5n, 2n ** 53n - 1n]) {
      await wounded(
        (volume) => sizes(volume, recordOf(0), spreadIn(recordOf(0), 0x80), bytes),
        async (image) => assert.equal(await filesFound(image), base.files.size, `${bytes} bytes`),
      );
    }
  });

  test('a record 0 whose runs lead astray: those of its copy are followed', async () => {
    const table = spreadIn(recordOf(0), 0x80);
    const first = BigInt((table.runs[0]?.start ?? 0) / base.layout.clusterBytes);
    await wounded(
      (volume) => {
        runs(volume, recordOf(0), table, { length: 1n, change: first }, { length: 100n, change: 40n });
        volume.writeRecord(recordOf(0), table.offset + 24, wordOf(100n, 8));
      },
      async (image) => assert.equal(await filesFound(image), base.files.size),
    );
  });

  test('record 0 is lost and the boot sector names a wrong place for its copy: the backup is asked', async () => {
    const [place] = recordOf(0).places;
    assert.ok(place);
    await wounded(
      (volume) => volume.write(0x38, wordOf(2n ** 40n, 8)),
      async (image) => {
        const holes = RangeSet.single(place.start, place.end);
        const survey = await surveyVolume(memoryReader(image, holes));
        assert.equal(survey?.mftComplete, true);
        assert.equal(survey?.bootFrom, 'backup');
        assert.equal(await filesFound(image, holes), base.files.size);
      },
    );
  });

  test('a boot sector with a wrong size and a wrong number: the backup at the end is right', async () => {
    await wounded(
      (volume) => {
        volume.write(0x28, wordOf(1534n, 8));
        volume.write(0x48, wordOf(6291457n, 8));
      },
      async (image) => {
        const survey = await surveyVolume(memoryReader(image));
        assert.equal(survey?.bootFrom, 'backup');
        assert.equal(base.used.subtract(survey.used).totalBytes, 0);
      },
    );
  });

  test('a boot sector that calls the volume too small, and nothing readable there: the end is searched', async () => {
    const sectors = 73n;
    const expected =
      Number(sectors) * Buffer.from(base.volume.buffer, base.volume.byteOffset).readUInt16LE(11);
    await wounded(
      (volume) => volume.write(0x28, wordOf(sectors, 8)),
      async (image) => {
        const survey = await surveyVolume(memoryReader(image, RangeSet.single(expected, expected + 512)));
        assert.equal(survey?.bootFrom, 'backup');
      },
    );
  });

  test('a volume that calls itself, its $MFT and its $Bitmap endless is surveyed all the same', async () => {
    await wounded(
      (volume) => {
        inflate(volume, 2n ** 42n);
        for (const number of [0, 6]) {
          const one = spreadIn(recordOf(number), 0x80);
          const first = BigInt((one.runs[0]?.start ?? 0) / base.layout.clusterBytes);
          sizes(volume, recordOf(number), one, 2n ** 50n);
          runs(volume, recordOf(number), one, { length: 2n ** 38n, change: first });
        }
      },
      async (image) => {
        const survey = await surveyVolume(memoryReader(image));
        assert.ok(survey);
        assert.equal(base.used.subtract(survey.used).totalBytes, 0);
      },
    );
  });

  test('a folder whose index is said to go on for gigabytes behind the end of the device is listed', async () => {
    const folder = base.layout.records.find(
      ({ number, attributes }) => number > 24 && attributes.some((one) => one.type === 0xa0),
    );
    assert.ok(folder);
    const index = spreadIn(folder, 0xa0);
    await wounded(
      (volume) => {
        inflate(volume, 2n ** 42n);
        sizes(volume, folder, index, 2n ** 40n);
        const first = BigInt((index.runs[0]?.start ?? 0) / base.layout.clusterBytes);
        runs(volume, folder, index, { length: 2n ** 36n, change: first });
      },
      async (image) => {
        const reader = memoryReader(image);
        let bytesRead = 0;
        const opened = await openNtfs({
          sizeBytes: reader.sizeBytes,
          read: (offset, length) => {
            bytesRead += length;
            return reader.read(offset, length);
          },
        });
        const tree = volumeTree((opened ?? assert.fail('no volume was found')).volume);
        const inFolder = [...base.files.values()].filter(({ path }) => path.startsWith('many/')).length;
        const many = await tree.find('many');
        assert.ok('record' in many);
        assert.equal(many.record, folder.number);
        const { entries, damaged } = await tree.list(many);
        assert.deepEqual([entries.length >= inFolder, damaged], [true, true]);
        assert.ok(bytesRead < 20 * base.volume.length, `${bytesRead} bytes were read`);
      },
    );
  });

  test('the missing bytes of a compressed file are told, however many it claims', async () => {
    const file = base.layout.records.find(({ attributes }) =>
      attributes.some((one) => one.type === 0x80 && one.name === '' && one.runs.length > 1),
    );
    assert.ok(file);
    const one = spreadIn(file, 0x80);
    const first = BigInt((one.runs[0]?.start ?? 0) / base.layout.clusterBytes);
    await wounded(
      (volume) => {
        inflate(volume, 2n ** 42n);
        volume.writeRecord(file, one.offset + 12, wordOf(1n, 2));
        volume.writeRecord(file, one.offset + 34, wordOf(4n, 2));
        sizes(volume, file, one, 2n ** 50n);
        runs(volume, file, one, { length: 16n, change: first });
      },
      async (image) => {
        const opened = (await openNtfs(memoryReader(image))) ?? assert.fail('no volume was found');
        const state = await opened.volume.mft.record(file.number);
        assert.ok(state.state === 'in-use');
        const details = await fileDetails(opened.volume, state.record, 0);
        const content = details.streams.find(({ name }) => name === '')?.content;
        const missing = await content?.missingBytes(RangeSet.EMPTY);
        assert.equal(missing, 2 ** 50 - 16 * base.layout.clusterBytes);
      },
    );
  });
});
