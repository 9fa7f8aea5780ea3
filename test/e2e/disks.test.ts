import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { copyFile, open, truncate } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { RangeSet } from '../../src/block/range-set.ts';
import type { DoneEvent, JobEvent } from '../../src/jobs/job-events.ts';
import type { PlanEvent } from '../../src/rescue/events.ts';
import {
  DISK_TOOLS,
  type DiskImage,
  judgePart,
  makeDisk,
  smallGaps,
  wrongSectors,
} from '../support/disk-image.ts';
import { badRules, scatter } from '../support/e2e-bad-sectors.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { eventsOf, type LifeboatRun, lifeboat } from '../support/lifeboat.ts';
import { toldTable } from '../support/partition-tables.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';

const SECTOR = 512;
const MIB = 2 ** 20;

const skip = missing({ tools: [...FAILING_DISK_NEEDS.tools, ...DISK_TOOLS], root: true });

const planOf = (events: readonly JobEvent[]): PlanEvent =>
  events.findLast((event): event is PlanEvent => event.event === 'plan') ?? assert.fail('no plan');
const doneOf = (result: LifeboatRun): DoneEvent =>
  eventsOf(result).find((event): event is DoneEvent => event.event === 'done') ?? assert.fail(result.stderr);

const usedOf = (disk: DiskImage): RangeSet =>
  disk.parts.reduce((all, { used }) => all.union(used), smallGaps(disk));

/** Every partition of a rescued disk, held against the checker of its file system. */
async function assertHealthy(disk: DiskImage, target: string, own: Scratch): Promise<void> {
  for (const part of disk.parts)
    assert.equal(await judgePart(target, part, own.path('judged.img')), '', part.kind);
}

describe('whole disks with a GPT', { skip }, () => {
  let own: Scratch;
  let disk: DiskImage;

  before(async () => {
    own = await scratch();
    const script = [
      'label: gpt',
      'start=1MiB,size=34MiB,type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B,name="EFI system partition"',
      'start=35MiB,size=2MiB,type=E3C9E316-0B5C-4DB8-817D-F92DF00215AE',
      'start=37MiB,size=48MiB,type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7,name="Basic data partition"',
      // A large gap, which is free space.
      'start=100MiB,size=40MiB',
      'start=140MiB,size=300MiB',
      'start=440MiB,size=120MiB',
      'start=560MiB,size=24MiB',
      'start=584MiB,size=24MiB,type=48465300-0000-11AA-AA11-00306543ECAC',
    ].join('\n');
    disk = await makeDisk(own.path('.'), `${script}\n`, 610, [
      { kind: 'fat', startMib: 1, sizeMib: 34 },
      { kind: 'noise', startMib: 35, sizeMib: 2 },
      { kind: 'ntfs', startMib: 37, sizeMib: 48 },
      { kind: 'ext4', startMib: 100, sizeMib: 40 },
      { kind: 'xfs', startMib: 140, sizeMib: 300 },
      { kind: 'btrfs', startMib: 440, sizeMib: 120 },
      { kind: 'exfat', startMib: 560, sizeMib: 24 },
      { kind: 'hfsplus', startMib: 584, sizeMib: 24 },
    ]);
    const gap = await open(disk.image, 'r+');
    await gap.write(Buffer.alloc(MIB, 'gap'), 0, MIB, 90 * MIB);
    await gap.close();
  });
  after(() => own[Symbol.asyncDispose]());

  test('healthy: everything in use is saved, free space is not, every checker is content', async () => {
    const target = own.path('healthy.img');
    const result = await lifeboat(['rescue', disk.image, target, '--json']);
    assert.equal(result.code, 0, result.stderr);
    const { partitions, domainBytes, notes } = planOf(eventsOf(result));
    assert.deepEqual(
      partitions.map(({ number, fileSystem, label }) => [number, fileSystem, label]),
      [
        [1, 'fat16', 'FAT'],
        [2, 'unknown', undefined],
        [3, 'ntfs', 'Volume 3'],
        [4, 'ext4', 'Linux'],
        [5, 'xfs', 'Xfs'],
        [6, 'btrfs', 'Butter'],
        [7, 'exfat', 'Stick'],
        [8, 'hfsplus', undefined],
      ],
    );
    assert.deepEqual(notes, []);
    const used = usedOf(disk);
    assert.ok(domainBytes < used.totalBytes + 2 * MIB, `${domainBytes} bytes for ${used.totalBytes} in use`);
    assert.deepEqual(await wrongSectors(disk, target, used), []);
    assert.deepEqual(toldTable(target), toldTable(disk.image));
    await runOrThrow('sfdisk', ['--verify', target]);
    assert.match(await runOrThrow('sgdisk', ['-v', target]), /No problems found/);
    await assertHealthy(disk, target, own);
    const told = await lifeboat(['map', `${target}.map`]);
    assert.match(told.stdout, /^partition 3 \(NTFS "Volume 3"\), 48\.0 MiB: saved /m);
  });

  test('failing: single sectors are lost, told by partition and file', async () => {
    const target = own.path('failing.img');
    const bad = RangeSet.of(
      disk.parts.flatMap(({ used }, index) => [
        ...scatter({
          among: [...used],
          spared: [],
          unitBytes: SECTOR,
          count: 4,
          longest: 3,
          seed: 40 + index,
        }),
      ]),
    );
    await using device = await failingDisk({ image: disk.image, faults: badRules(bad), exposeWrites: true });
    const report = own.path('failing.json');
    const result = await lifeboat(['rescue', device.device, target, '--json', '--report', report]);
    assert.equal(result.code, 4, result.stderr);
    assert.deepEqual(await wrongSectors(disk, target, usedOf(disk), bad), []);
    const { damage, badBytes } = doneOf(result);
    const lostIn = disk.parts.map(
      ({ startBytes, sizeBytes, used }) =>
        bad.intersect(used).intersect(RangeSet.single(startBytes, startBytes + sizeBytes)).totalBytes,
    );
    const told = damage?.partitions?.map(({ lostBytes }) => lostBytes) ?? [];
    assert.equal(told.length, disk.parts.length);
    // A volume in doubt is saved whole, so more of its bad sectors are met.
    for (const [index, lost] of lostIn.entries())
      assert.ok((told[index] ?? 0) >= lost, `partition ${index + 1}`);
    assert.equal(
      badBytes,
      told.reduce((sum, lost) => sum + lost, 0),
    );
    const files = JSON.parse(readFileSync(report, 'utf8')).damage.files as { partition: number }[];
    assert.ok(files.length > 0 && files.every(({ partition }) => partition === 3));
    assert.equal((await device.stats()).writes, 0, 'the source was written to');
  });

  test('an unreadable allocation bitmap leaves nothing out', async () => {
    const target = own.path('bitmap.img');
    const ext4 = disk.parts[3] ?? assert.fail();
    const copy = own.path('ext4.img');
    const file = await open(disk.image);
    const bytes = Buffer.alloc(ext4.sizeBytes);
    await file.read(bytes, 0, bytes.length, ext4.startBytes);
    await file.close();
    writeFileSync(copy, bytes);
    const facts = await runOrThrow('dumpe2fs', [copy]);
    const block = Number(/Block bitmap at (\d+)/.exec(facts)?.[1]);
    const blockBytes = Number(/^Block size:\s+(\d+)/m.exec(facts)?.[1]);
    const start = ext4.startBytes + block * blockBytes;
    const bad = [{ start, end: start + SECTOR }];
    await using device = await failingDisk({ image: disk.image, faults: badRules(bad) });
    const result = await lifeboat(['rescue', device.device, target, '--json']);
    assert.equal(result.code, 4, result.stderr);
    const whole = RangeSet.single(ext4.startBytes, ext4.startBytes + ext4.sizeBytes);
    assert.deepEqual(await wrongSectors(disk, target, usedOf(disk).union(whole), bad), []);
    assert.match(planOf(eventsOf(result)).notes.join('\n'), /^Partition 4: ext4: .*cannot be read/m);
  });

  test('a larger target gets its GPT made right, once asked for, and can be gone on with', async () => {
    const backing = own.path('larger.img');
    writeFileSync(backing, '');
    await truncate(backing, disk.sizeBytes + 24 * MIB);
    // The primary header of the source is unreadable too.
    const bad = [{ start: SECTOR, end: 2 * SECTOR }];
    await using device = await failingDisk({ image: disk.image, faults: badRules(bad) });
    await using target = await loopDevice(backing);
    const report = own.path('larger.json');
    const args = ['rescue', device.device, target.device, '--map', own.path('larger.map'), '--json'];
    const left = await lifeboat(args);
    assert.equal(left.code, 4, left.stderr);
    assert.match(left.stdout, /--fix-gpt yes/);
    assert.deepEqual(await wrongSectors(disk, backing, usedOf(disk), bad), [], 'nothing is fixed unasked');
    for (let round = 1; round <= 2; round++) {
      const fixed = await lifeboat([...args, '--fix-gpt', 'yes', '--report', report]);
      assert.equal(fixed.code, 4, fixed.stdout + fixed.stderr);
      await runOrThrow('sfdisk', ['--verify', target.device]);
      assert.match(await runOrThrow('sgdisk', ['-v', target.device]), /No problems found/);
      assert.deepEqual(
        toldTable(target.device)?.map(({ number, startBytes, sizeBytes, guid }) => [
          number,
          startBytes,
          sizeBytes,
          guid,
        ]),
        toldTable(disk.image)?.map(({ number, startBytes, sizeBytes, guid }) => [
          number,
          startBytes,
          sizeBytes,
          guid,
        ]),
      );
    }
    const { gptFix } = JSON.parse(readFileSync(report, 'utf8'));
    assert.equal(gptFix.done, true);
    const file = await open(backing, 'r+');
    for (const { start, before: old } of gptFix.pieces) {
      const bytes = Buffer.from(old, 'base64');
      await file.write(bytes, 0, bytes.length, start);
    }
    await file.close();
    assert.deepEqual(await wrongSectors(disk, backing, usedOf(disk), bad), [], 'the report undoes it');
  });

  test('damaged tables: one copy, both copies in part', async () => {
    const last = disk.sizeBytes - SECTOR;
    const sector = (number: number, count = 1) => ({
      start: number * SECTOR,
      end: (number + count) * SECTOR,
    });
    const cases = [
      { name: 'primary', bad: [sector(0), sector(1)] },
      { name: 'both in part', bad: [sector(2), { start: last - 31 * SECTOR, end: last - SECTOR }] },
    ];
    for (const { name, bad } of cases) {
      const target = own.path(`table ${name}.img`);
      await using device = await failingDisk({ image: disk.image, faults: badRules(bad) });
      const result = await lifeboat(['rescue', device.device, target, '--json']);
      assert.equal(result.code, 4, result.stderr);
      assert.equal(planOf(eventsOf(result)).partitions.length, 8, name);
      assert.deepEqual(await wrongSectors(disk, target, usedOf(disk), bad), [], name);
      assert.equal(doneOf(result).damage?.outsideBytes, RangeSet.of(bad).totalBytes, name);
      await run('rm', [target]);
    }
  });
});

describe('whole disks with an MBR', { skip }, () => {
  let own: Scratch;
  let disk: DiskImage;

  before(async () => {
    own = await scratch();
    const script = [
      'label: dos',
      'start=1MiB,size=32MiB,type=7,bootable',
      'start=33MiB,size=120MiB,type=f',
      'start=153MiB,size=3MiB,type=da',
      'start=34MiB,size=32MiB,type=83',
      'start=67MiB,size=34MiB,type=e',
      'start=102MiB,size=40MiB,type=7',
    ].join('\n');
    disk = await makeDisk(own.path('.'), `${script}\n`, 158, [
      { kind: 'ntfs', startMib: 1, sizeMib: 32 },
      { kind: 'ext4', startMib: 34, sizeMib: 32 },
      { kind: 'fat', startMib: 67, sizeMib: 34 },
      { kind: 'ntfs', startMib: 102, sizeMib: 40 },
      { kind: 'noise', startMib: 153, sizeMib: 3 },
    ]);
  });
  after(() => own[Symbol.asyncDispose]());

  test('healthy, to a larger disk: tables, all volumes, and --first in every NTFS volume', async () => {
    const backing = own.path('larger.img');
    writeFileSync(backing, '');
    await truncate(backing, disk.sizeBytes + 16 * MIB);
    await using target = await loopDevice(backing);
    await using source = await loopDevice(disk.image, { readOnly: true });
    const args = ['rescue', source.device, target.device, '--map', own.path('larger.map'), '--json'];
    const result = await lifeboat([...args, '--first', '**/*.bin']);
    assert.equal(result.code, 0, result.stderr);
    const plan = planOf(eventsOf(result));
    assert.deepEqual(
      plan.partitions.map(({ number, fileSystem }) => [number, fileSystem]),
      [
        [1, 'ntfs'],
        [5, 'ext4'],
        [6, 'fat16'],
        [7, 'ntfs'],
        [3, 'unknown'],
      ],
    );
    assert.deepEqual(plan.notes, []);
    assert.ok(plan.firstBytes > MIB);
    assert.deepEqual(await wrongSectors(disk, backing, usedOf(disk)), []);
    assert.deepEqual(toldTable(backing), toldTable(disk.image));
    await assertHealthy(disk, backing, own);
  });

  test('a damaged MBR and a damaged EBR: the NTFS volumes are found, nothing is left out', async () => {
    const ebr = 101 * MIB;
    const cases = [
      { name: 'ebr', bad: [{ start: ebr, end: ebr + SECTOR }], found: [1, 5, 6, undefined, 3] },
      { name: 'mbr', bad: [{ start: 0, end: SECTOR }], found: [undefined, undefined, undefined, undefined] },
    ];
    for (const { name, bad, found } of cases) {
      const target = own.path(`${name}.img`);
      await using device = await failingDisk({ image: disk.image, faults: badRules(bad) });
      const result = await lifeboat(['rescue', device.device, target, '--json', '--hopeless', 'try']);
      assert.equal(result.code, 4, result.stderr);
      const { partitions, notes } = planOf(eventsOf(result));
      assert.deepEqual(
        partitions.map(({ number }) => number),
        found,
        `${name}: ${notes.join('\n')}`,
      );
      assert.equal(partitions.filter(({ fileSystem }) => fileSystem === 'ntfs').length, 2, name);
      assert.deepEqual(await wrongSectors(disk, target, usedOf(disk), bad), [], name);
      await assertHealthy(disk, target, own);
    }
  });

  test('a table that is rubbish', async () => {
    const image = own.path('rubbish.img');
    await copyFile(disk.image, image);
    const file = await open(image, 'r+');
    await file.write(Buffer.alloc(SECTOR, 0x5a), 0, SECTOR, 0);
    await file.close();
    const target = own.path('rubbish-copy.img');
    const result = await lifeboat(['rescue', image, target, '--json']);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(planOf(eventsOf(result)).partitions.length, 4);
    assert.deepEqual(await wrongSectors({ ...disk, image }, target, usedOf(disk)), []);
  });
});
