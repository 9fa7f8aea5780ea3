import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { deviceRefs, nestedPath } from '../../src/boot/bcd-device.ts';
import { parseBootIni, withNumbers } from '../../src/boot/boot-ini.ts';
import { parseLoadOption } from '../../src/boot/load-option.ts';
import { type CheckInput, runChecks } from '../../src/boot/run-checks.ts';
import {
  BOOT_TOOLS,
  type BootDiskImage,
  type Layout,
  MBR_CODE,
  makeBootDisk,
} from '../support/boot-disks.ts';
import { storeBytes, systemBytes } from '../support/boot-hives.ts';
import { memoryReader } from '../support/ntfs-reader.ts';
import { type SeededRandom, seededRandom } from '../support/random.ts';
import { missing } from '../support/tools.ts';

const skip = missing({ tools: BOOT_TOOLS, files: [MBR_CODE], root: true });
const LAYOUTS: readonly Layout[] = ['xp', 'mbr', 'logical', 'late', 'gpt'];

const SURROUNDINGS: Omit<CheckInput, 'reader' | 'deviceSectorBytes'> = {
  others: { disks: [{ path: '/dev/other', diskId: '12345678', partitionIds: [] }], silent: [] },
  firmware: { kind: 'uefi', entries: [] },
  attachment: { transport: 'sata', isImage: false },
  supplies: {
    mbrCode: { bytes: new Uint8Array(440).fill(0x90), from: 'a test' },
    donors: [],
    random: (bytes) => new Uint8Array(bytes).fill(7),
    now: () => 0,
  },
};

/** Byte ranges of a disk in which damage tells. */
function tenderSpots({ parts, sizeBytes }: BootDiskImage, bytes: Uint8Array): [number, number][] {
  const spots: [number, number][] = [
    [440, 512],
    [512, 512 + 34 * 512],
    [sizeBytes - 33 * 512, sizeBytes],
  ];
  const image = Buffer.from(bytes.buffer);
  for (const { start, sectors } of Object.values(parts)) {
    const at = start * 512;
    spots.push([at, at + 0x54], [Math.max(0, at - 512), at]);
    const end = at + sectors * 512;
    // Hives, boot.ini, records of the file table, the root folder of a FAT.
    for (const [mark, length] of [
      ['regf', 12_288],
      ['[boot loader]', 300],
      ['FILE0', 60_000],
      ['MICROS~1', 600],
    ] as const) {
      for (
        let found = image.indexOf(mark, at);
        found >= 0 && found < end;
        found = image.indexOf(mark, found + length)
      ) {
        spots.push([found, found + length]);
        if (spots.length > 200) break;
      }
    }
  }
  return spots.filter(([from, to]) => from < to && to <= bytes.length);
}

/** Damages `bytes` in a few places; returns how to mend them. */
function damage(bytes: Uint8Array, spots: readonly [number, number][], random: SeededRandom): () => void {
  const old: [number, Uint8Array][] = [];
  for (let blow = 0; blow <= random.integer(12); blow++) {
    const [from, to] = spots[random.integer(spots.length)] ?? [0, 512];
    const at = from + random.integer(to - from);
    const length = Math.min([1, 2, 4, 8, 512][random.integer(5)] ?? 1, bytes.length - at);
    old.push([at, bytes.slice(at, at + length)]);
    const how = random.integer(4);
    for (let i = 0; i < length; i++) {
      bytes[at + i] =
        how === 0
          ? 0xff
          : how === 1
            ? 0
            : how === 2
              ? random.integer(256)
              : (bytes[at + i] ?? 0) ^ (1 << random.integer(8));
    }
  }
  return () => {
    for (const [at, before] of old.reverse()) bytes.set(before, at);
  };
}

describe('damaged and hostile disks', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-hostile-'));
  const disks = new Map<Layout, BootDiskImage>();
  before(async () => {
    for (const layout of LAYOUTS) disks.set(layout, await makeBootDisk(folder, layout));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const layout of LAYOUTS) {
    test(`${layout}: every check ends in findings, and every fix knows the bytes that it changes`, async () => {
      const disk = disks.get(layout);
      assert.ok(disk);
      const bytes = new Uint8Array(readFileSync(disk.path));
      const spots = tenderSpots(disk, bytes);
      assert.ok(spots.length > 8);
      const random = seededRandom(LAYOUTS.indexOf(layout) + 500);
      let wrong = 0;
      for (let i = 0; i < 90; i++) {
        const mend = damage(bytes, spots, random);
        const input = { ...SURROUNDINGS, reader: memoryReader(bytes), deviceSectorBytes: 512 };
        const { findings } = await runChecks(input);
        for (const { fix, state, name } of findings.map((one) => ({ ...one, name: one.item }))) {
          if (state === 'failing') wrong++;
          if (fix?.change.kind !== 'bytes') continue;
          for (const { start, before: told, after: wanted } of fix.change.pieces) {
            assert.equal(told.length, wanted.length, `${name}, round ${i}`);
            assert.ok(
              start >= 0 && start + told.length <= bytes.length,
              `${name}, round ${i}: byte ${start}`,
            );
            assert.deepEqual(
              told,
              bytes.slice(start, start + told.length),
              `${name}, round ${i}: byte ${start}`,
            );
          }
        }
        mend();
      }
      assert.ok(wrong > 20, 'nothing was hit: the test is too kind');
    });
  }
});

test('boot.ini of any sort: bounded, and other bytes than the numbers stay what they are', () => {
  const random = seededRandom(9);
  const pieces = [
    '[boot loader]',
    '[operating systems]',
    '\r\n',
    '\n',
    'default=',
    'multi(0)disk(0)rdisk(0)partition(1)\\WINDOWS',
    'signature(8b467c12)disk(1)rdisk(0)partition(2)\\WINNT',
    'scsi(0)disk(0)rdisk(1)partition(3)\\W',
    '="XP" /fastdetect',
    'partition(',
    '))))',
    '\u00e4\u00ff',
    ' ',
    '\0',
    'multi(',
    '99999999999',
    'C:\\="Old"',
    '[',
    ']',
    'timeout=30',
  ];
  let found = 0;
  for (let i = 0; i < 3000; i++) {
    const text = Array.from({ length: random.integer(40) }, () => pieces[random.integer(pieces.length)]).join(
      '',
    );
    const bytes = Uint8Array.from(Buffer.from(`[operating systems]\r\n${text}`, 'latin1'));
    const { paths } = parseBootIni(bytes);
    found += paths.length;
    for (const { digits, partition } of paths) {
      const shown = Buffer.from(bytes.subarray(digits.start, digits.end)).toString('latin1');
      assert.equal(Number(shown), partition, text);
    }
    const changed = Buffer.from(withNumbers(bytes, new Map(paths.map((path) => [path, 12])))).toString(
      'latin1',
    );
    assert.equal(
      changed.replaceAll(/\(12\)/g, '(*)').length,
      Buffer.from(bytes).toString('latin1').length -
        paths.reduce((sum, { digits }) => sum + digits.end - digits.start - 1, 0),
    );
  }
  assert.ok(found > 1000);
  const huge = new Uint8Array(2 ** 16).fill(0x0a);
  assert.deepEqual(parseBootIni(huge).paths, []);
});

test('device elements and entries of the firmware of any sort are bounded', () => {
  const random = seededRandom(10);
  const place = { signature: 1, offsetBytes: 512 };
  const sample = storeBytes({ home: place, windows: place, recovery: place, firmware: 'bios' });
  for (let i = 0; i < 3000; i++) {
    const length = random.integer(400);
    const at = random.integer(sample.length - length);
    const bytes = new Uint8Array(sample.subarray(at, at + length));
    for (let blow = 0; blow < 4; blow++) bytes[random.integer(bytes.length)] = random.integer(256);
    for (const { at: place } of deviceRefs(bytes)) assert.ok(place + 0x48 <= bytes.length);
    nestedPath(bytes);
    parseLoadOption('0001', bytes);
  }
});

test('a hive that leads back into itself costs no more than a moment', async () => {
  const place = { signature: 1, offsetBytes: 512 };
  for (const make of [
    () => storeBytes({ home: place, windows: place, firmware: 'bios' }),
    () => systemBytes({ c: place }),
  ]) {
    const hive = make();
    // Every list of subkeys leads to the root, as often as it has room for.
    const root = hive.readUInt32LE(36);
    for (let at = 4096; at + 8 < hive.length; at += 8) {
      const cell = at + 32;
      const kind = cell + 8 < hive.length ? hive.toString('latin1', cell + 4, cell + 6) : '';
      if (kind === 'nk') hive.writeUInt32LE(60_000, cell + 4 + 0x14);
      if (kind !== 'lf' && kind !== 'lh') continue;
      const room = Math.floor((-hive.readInt32LE(cell) - 8) / 8);
      hive.writeUInt16LE(room, cell + 6);
      for (let i = 0; i < room; i++) hive.writeUInt32LE(root, cell + 8 + 8 * i);
    }
    const { openHive } = await import('../../src/registry/hive.ts');
    const { readBcd } = await import('../../src/boot/bcd-store.ts');
    const begun = performance.now();
    const opened = await openHive(memoryReader(new Uint8Array(hive)));
    await readBcd(opened).catch((error: Error) => assert.equal(error.name, 'HiveError'));
    assert.ok(performance.now() - begun < 20_000);
  }
});
