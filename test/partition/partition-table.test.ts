import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import type { PartitionTable, TableProblemCode } from '../../src/partition/partition.ts';
import { readPartitionTable } from '../../src/partition/partition-table.ts';
import { fileReader, memoryReader } from '../support/ntfs-reader.ts';
import { randomGpt, randomMbr, toldByUs, toldTable, writeTable } from '../support/partition-tables.ts';
import { seededRandom } from '../support/random.ts';
import { missing } from '../support/tools.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const folder = mkdtempSync(join(tmpdir(), 'lifeboat-partition-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const skip = missing({ tools: ['sfdisk', 'sgdisk'] });

const codesOf = (table: PartitionTable): TableProblemCode[] => table.problems.map(({ code }) => code);

/** A disk image with the table of a script, as bytes. */
function disk(name: string, script: string, sizeBytes = 64 * MIB): { path: string; bytes: Uint8Array } {
  const path = join(folder, name);
  writeFileSync(path, '');
  writeTable(path, script, sizeBytes);
  return { path, bytes: new Uint8Array(readFileSync(path)) };
}

describe('partition tables', { skip }, () => {
  test('random MBRs with logical partitions are read as sfdisk reads them', async () => {
    const random = seededRandom(11);
    let logicals = 0;
    for (let i = 0; i < 12; i++) {
      const { path, bytes } = disk('mbr.img', randomMbr(random, 131072));
      const table = await readPartitionTable(memoryReader(bytes));
      assert.deepEqual(toldByUs(table), toldTable(path));
      assert.equal(table.scheme, 'mbr');
      assert.deepEqual(codesOf(table), []);
      logicals += table.partitions.filter(({ kind }) => kind === 'logical').length;
      const chain = table.partitions.filter(({ kind }) => kind === 'logical').length;
      assert.equal(table.tableBytes.totalBytes, SECTOR * (1 + Math.max(1, chain)), 'MBR and one EBR each');
    }
    assert.ok(logicals > 12, `${logicals} logical partitions`);
  });

  test('random GPTs are read as sfdisk reads them, from either copy', async () => {
    const random = seededRandom(12);
    for (let i = 0; i < 10; i++) {
      const { path, bytes } = disk('gpt.img', randomGpt(random, 131072));
      const told = toldTable(path);
      const table = await readPartitionTable(memoryReader(bytes));
      assert.deepEqual(toldByUs(table), told);
      assert.deepEqual([table.scheme, table.gpt?.from, codesOf(table)], ['gpt', 'primary', []]);
      // A bit of the primary header turned over: sfdisk uses the backup too.
      bytes[SECTOR + 16 + random.integer(76)] = (bytes[SECTOR + 16 + random.integer(76)] ?? 0) ^ 0x5a;
      bytes[SECTOR + 60] = (bytes[SECTOR + 60] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      const damaged = await readPartitionTable(memoryReader(bytes));
      assert.deepEqual(toldByUs(damaged), toldTable(path));
      assert.deepEqual(toldByUs(damaged), told);
      assert.equal(damaged.gpt?.from, 'backup');
      assert.deepEqual(codesOf(damaged), ['gpt-primary-damaged']);
    }
  });

  const needsLoop = missing({ tools: ['losetup'], root: true });
  test('a GPT in sectors of 4096 bytes is found in an image too', { skip: needsLoop }, async () => {
    const path = join(folder, 'gpt-4k.img');
    writeFileSync(path, '');
    truncateSync(path, 64 * MIB);
    await using loop = await loopDevice(path, { sectorBytes: 4096 });
    writeTable(loop.device, randomGpt(seededRandom(13), 16384));
    const told = toldTable(loop.device);
    assert.ok(told && told.length > 0);
    for (const sectorBytes of [512, 4096]) {
      const table = await readPartitionTable(fileReader(path), { sectorBytes });
      assert.deepEqual(toldByUs(table), told);
      assert.equal(table.sectorBytes, 4096);
      assert.deepEqual(codesOf(table), []);
    }
    writeTable(
      loop.device,
      'label: dos\nstart=256,size=1024,type=7\nstart=2048,size=4096,type=f\nstart=2304,size=512\n',
    );
    const mbr = await readPartitionTable(fileReader(path), { sectorBytes: 4096 });
    assert.deepEqual(toldByUs(mbr), toldTable(loop.device));
  });

  test('a GPT is put together from what is readable of both copies', async () => {
    const script =
      'label: gpt\n' +
      Array.from({ length: 12 }, (_, i) => `start=${4096 * (i + 1)},size=2048,name="p${i}"\n`).join('');
    const { path, bytes } = disk('holes.img', script);
    const told = toldTable(path);
    const last = bytes.length - SECTOR;
    const cases: [string, [number, number][], string | undefined, TableProblemCode[]][] = [
      ['protective MBR', [[0, 1]], 'primary', ['unreadable']],
      ['primary header', [[1, 1]], 'backup', ['gpt-primary-damaged']],
      ['backup header', [[last / SECTOR, 1]], 'primary', ['gpt-backup-damaged']],
      [
        'a part of each array',
        [
          [2, 1],
          [last / SECTOR - 31, 31],
        ],
        'both',
        ['gpt-entries-damaged', 'gpt-entries-damaged'],
      ],
      [
        'both headers',
        [
          [1, 1],
          [last / SECTOR, 1],
        ],
        'primary',
        ['gpt-entries-damaged'],
      ],
      [
        'both headers and the first array',
        [
          [0, 34],
          [last / SECTOR, 1],
        ],
        'backup',
        ['unreadable', 'gpt-entries-damaged'],
      ],
    ];
    for (const [name, lost, from, codes] of cases) {
      const holes = RangeSet.of(
        lost.map(([start, count]) => ({ start: start * SECTOR, end: (start + count) * SECTOR })),
      );
      const table = await readPartitionTable(memoryReader(bytes, holes));
      assert.deepEqual(toldByUs(table), told, name);
      assert.equal(table.gpt?.from, from, name);
      assert.deepEqual(codesOf(table), codes, name);
    }
    const nothing = RangeSet.of([
      { start: 0, end: 34 * SECTOR },
      { start: last - 32 * SECTOR, end: last + SECTOR },
    ]);
    const lost = await readPartitionTable(memoryReader(bytes, nothing));
    assert.deepEqual([lost.scheme, lost.partitions.length], ['none', 0]);
    // A part of the array that can be read nowhere: the partitions in the rest are still found.
    const both = RangeSet.of([
      { start: 2 * SECTOR, end: 3 * SECTOR },
      { start: last - 32 * SECTOR, end: last - 31 * SECTOR },
    ]);
    const partly = await readPartitionTable(memoryReader(bytes, both));
    assert.deepEqual(toldByUs(partly), told?.slice(4));
    assert.equal(codesOf(partly).filter((code) => code === 'gpt-entries-damaged').length, 3);
  });

  test('a backup in the midst of a larger disk is found through the primary, and told', async () => {
    const { path, bytes } = disk('small.img', 'label: gpt\nsize=8192\n');
    const larger = new Uint8Array(80 * MIB);
    larger.set(bytes);
    const table = await readPartitionTable(memoryReader(larger));
    assert.deepEqual(toldByUs(table), toldTable(path));
    assert.deepEqual(codesOf(table), ['gpt-backup-misplaced']);
    assert.equal(table.gpt?.backupStartBytes, bytes.length - SECTOR);
    // A disk that is cut: the partition behind its end is still told.
    const cut = await readPartitionTable(memoryReader(bytes.slice(0, 3 * MIB)));
    assert.deepEqual(toldByUs(cut), toldTable(path));
    assert.deepEqual(codesOf(cut), ['gpt-backup-damaged', 'outside']);
  });

  test('a hybrid MBR does not hide the GPT, and a GPT left behind does not hide an MBR', async () => {
    const { path } = disk('hybrid.img', 'label: gpt\nsize=8192\nsize=16384\nsize=8192\n');
    execFileSync('sgdisk', ['--hybrid', '1:3', path], { stdio: 'ignore' });
    const hybrid = await readPartitionTable(memoryReader(new Uint8Array(readFileSync(path))));
    assert.deepEqual([hybrid.scheme, hybrid.gpt?.hybrid, hybrid.partitions.length], ['gpt', true, 3]);
    assert.deepEqual(codesOf(hybrid), []);

    const old = disk('old.img', 'label: gpt\nsize=8192\nsize=16384\n').bytes;
    const young = disk('young.img', 'label: dos\nsize=9000,type=7\n');
    old.set(young.bytes.subarray(0, SECTOR));
    writeFileSync(young.path, old);
    const mbr = await readPartitionTable(memoryReader(old));
    assert.equal(mbr.scheme, 'mbr');
    assert.deepEqual(toldByUs(mbr), toldTable(young.path));
  });

  test('broken chains of logical partitions end, with all that was found before', async () => {
    const script =
      'label: dos\nstart=2048,size=2048\nstart=8192,size=100000,type=5\n' +
      [10000, 20000, 30000].map((start) => `start=${start},size=4000\n`).join('');
    const { bytes } = disk('chain.img', script);
    const whole = await readPartitionTable(memoryReader(bytes));
    const ebrs = [...whole.tableBytes].map(({ start }) => start).slice(1);
    assert.equal(ebrs.length, 3);
    const [, second, third] = ebrs as [number, number, number];
    const numbers = (table: PartitionTable): number[] => table.partitions.map(({ number }) => number);

    const unreadable = await readPartitionTable(
      memoryReader(bytes, RangeSet.single(second, second + SECTOR)),
    );
    assert.deepEqual([numbers(unreadable), codesOf(unreadable)], [[1, 2, 5], ['unreadable']]);
    assert.ok(
      unreadable.tableBytes.covers(second, second + SECTOR),
      'what cannot be read belongs to the table too',
    );

    const change = async (at: number, value: number): Promise<PartitionTable> => {
      const changed = bytes.slice();
      new DataView(changed.buffer).setUint32(at, value, true);
      return readPartitionTable(memoryReader(changed));
    };
    const nextOf = (ebr: number): number => ebr + 446 + 16 + 8;
    // The link counts from the start of the container.
    const loop = await change(nextOf(third), second / SECTOR - 8192);
    assert.deepEqual([numbers(loop), codesOf(loop)], [[1, 2, 5, 6, 7], []], 'an unused link leads nowhere');
    const changed = bytes.slice();
    const view = new DataView(changed.buffer);
    view.setUint8(third + 446 + 16 + 4, 5);
    view.setUint32(nextOf(third), second / SECTOR - 8192, true);
    view.setUint32(nextOf(third) + 4, 5000, true);
    const looped = await readPartitionTable(memoryReader(changed));
    assert.deepEqual([numbers(looped), codesOf(looped)], [[1, 2, 5, 6, 7], ['extended-loop']]);
    const away = await change(nextOf(second), 0xfffffff0);
    assert.deepEqual(
      [numbers(away), codesOf(away).slice(0, 2)],
      [
        [1, 2, 5, 6],
        ['extended-damaged', 'extended-damaged'],
      ],
    );
    const elsewhere = await change(nextOf(second), 60000);
    assert.deepEqual([numbers(elsewhere), codesOf(elsewhere)], [[1, 2, 5, 6], ['extended-damaged']]);
  });

  test('volumes without a table are not taken for one', async () => {
    const path = join(folder, 'volume.img');
    const makers: [string, string[]][] = [
      ['mkntfs', ['-F', '-q', '-Q', path]],
      ['mkfs.vfat', [path]],
      ['mkfs.ext4', ['-q', '-F', path]],
    ];
    for (const [maker, args] of makers) {
      writeFileSync(path, '');
      truncateSync(path, 32 * MIB);
      execFileSync(maker, args, { stdio: 'ignore' });
      const table = await readPartitionTable(fileReader(path));
      assert.deepEqual([table.scheme, table.partitions, table.problems], ['none', [], []], maker);
    }
    const empty = await readPartitionTable(memoryReader(new Uint8Array(MIB)));
    assert.deepEqual([empty.scheme, empty.problems], ['none', []]);
    const tiny = await readPartitionTable(memoryReader(new Uint8Array(100)));
    assert.equal(tiny.scheme, 'none');
  });

  test('4000 hostile tables: no crash, bounded work, no partition that cannot be', async () => {
    const random = seededRandom(14);
    const images = [
      randomMbr(random, 16384),
      randomMbr(random, 16384),
      randomGpt(random, 16384),
      randomGpt(random, 16384),
    ].map((script, i) => disk(`hostile${i}.img`, script, 8 * MIB).bytes);
    let partitions = 0;
    for (let i = 0; i < 4000; i++) {
      const bytes = images[i % images.length] as Uint8Array;
      const { tableBytes } = await readPartitionTable(memoryReader(bytes));
      const areas = [...tableBytes];
      const undo: [number, number][] = [];
      for (let blow = 0; blow <= random.integer(4); blow++) {
        const area = areas[random.integer(areas.length)] ?? { start: 0, end: SECTOR };
        const isMbr = area.end - area.start === SECTOR && area.start !== SECTOR;
        const at =
          area.start +
          (isMbr ? 446 + random.integer(66) : random.integer(Math.min(1024, area.end - area.start)));
        undo.push([at, bytes[at] ?? 0]);
        bytes[at] = random.integer(2)
          ? random.integer(256)
          : ([0, 1, 0x7f, 0x80, 0xff][random.integer(5)] as number);
      }
      let reads = 0;
      const inner = memoryReader(bytes);
      const read = (at: number, length: number) => {
        reads++;
        return inner.read(at, length);
      };
      const table = await readPartitionTable({ ...inner, read });
      assert.ok(reads < 400, `${reads} reads`);
      assert.ok(table.tableBytes.within(bytes.length, Number.MAX_SAFE_INTEGER).next().done);
      for (const one of table.partitions) {
        partitions++;
        assert.ok(
          Number.isSafeInteger(one.startBytes + one.sizeBytes) && one.sizeBytes > 0 && one.startBytes >= 0,
        );
        const past = one.startBytes + one.sizeBytes > bytes.length;
        assert.ok(!past || codesOf(table).some((code) => code === 'outside' || code === 'limit'));
      }
      for (const [at, value] of undo.reverse()) bytes[at] = value;
    }
    assert.ok(partitions > 8000, `${partitions} partitions`);
  });
});
