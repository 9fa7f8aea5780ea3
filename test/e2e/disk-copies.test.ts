import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { extentsOf } from '../support/e2e-places.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { type LifeboatRun, lifeboat } from '../support/lifeboat.ts';
import { writeTable } from '../support/partition-tables.ts';
import { person } from '../support/person.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
/** A primary and a logical partition with NTFS, and one without. */
const TABLE = [
  'label: dos',
  'start=1MiB,size=32MiB,type=7',
  'start=33MiB,size=4MiB,type=83',
  'start=37MiB,size=36MiB,type=5',
  'start=38MiB,size=34MiB,type=7',
];
const PLACES = [
  { number: 1, startBytes: MIB, label: 'System' },
  { number: 5, startBytes: 38 * MIB, label: 'Photos' },
] as const;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'sfdisk', 'mkntfs', 'ntfs-3g', 'ntfscluster', 'tmux'],
  root: true,
});

describe('copies of whole disks, and their files', { skip }, () => {
  let own: Scratch;
  let volumes: Volume[];
  let disk: string;
  let copy: string;
  /** A file of the second volume, and the sector of it that cannot be read. */
  const HURT = 'Data/large.bin';
  let hurtAt: number;
  let env: { XDG_STATE_HOME: string };

  before(async () => {
    own = await scratch();
    disk = own.path('disk.img');
    copy = own.path('copy.img');
    env = { XDG_STATE_HOME: own.path('state') };
    writeFileSync(disk, '');
    writeTable(disk, `${TABLE.join('\n')}\n`, 74 * MIB);
    volumes = [];
    for (const [i, { startBytes, label }] of PLACES.entries()) {
      const sizeBytes = (i === 0 ? 32 : 34) * MIB;
      const volume = await makeVolume({ sizeBytes, label, seed: 70 + i, populate: everyKind(4) });
      volumes.push(volume);
      const to = [`of=${disk}`, `seek=${startBytes}`, 'oflag=seek_bytes', 'conv=notrunc,sparse', 'bs=1M'];
      await runOrThrow('dd', [`if=${volume.image}`, ...to, 'status=none']);
    }
    const [first] = (await extentsOf(volumes[1]?.image ?? '', 4096, HURT)).get('80') ?? [];
    assert.ok(first, 'the file has no clusters of its own');
    hurtAt = first.place.start + 3 * SECTOR;
    const bad = (PLACES[1].startBytes + hurtAt) / SECTOR;
    await using failing = await failingDisk({ image: disk, faults: [`bad ${bad} 1`] });
    const rescued = await lifeboat(['rescue', failing.device, copy], { env });
    assert.equal(rescued.code, 4, rescued.stderr);
  });

  after(async () => {
    for (const volume of volumes) await volume[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  const oneLine = ({ stderr }: LifeboatRun): string => {
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    return stderr;
  };
  const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

  test('cp --partition: every file of the volume that is meant, what is lost of it by its place', async () => {
    for (const [i, { number }] of PLACES.entries()) {
      const to = own.path(`all-${number}`);
      const words = ['cp', '-r', '--streams', copy, '/', to, '--partition', String(number)];
      const copied = await lifeboat(words);
      assert.equal(copied.code, i === 0 ? 0 : 4, copied.stderr);
      const truth = volumes[i]?.truth ?? new Map();
      const wrong = [...truth].filter(
        ([path, { sha256: wanted }]) => sha256(`${to}/${path.replace(':', '%')}`) !== wanted,
      );
      assert.ok(truth.size > 50);
      assert.deepEqual(
        wrong.map(([path]) => path),
        i === 0 ? [] : [HURT],
      );
      if (i === 1) assert.match(copied.stderr, /Data\/large\.bin: 512 bytes missing: 512 at byte 1536/);
    }
  });

  test('ls: which partitions there are, in the copy and on the disk itself', async () => {
    await using loop = await loopDevice(disk);
    for (const source of [copy, loop.device]) {
      const which = await lifeboat(['ls', source]);
      assert.equal(which.code, 3);
      assert.match(
        oneLine(which),
        /is divided into partitions\. Say which one with --partition: 1 \(32\.0 MiB "System"\), 5 \(34\.0 MiB "Photos"\)\.\n/,
      );
      const listed = await lifeboat(['ls', source, 'Data', '-p', '5']);
      assert.equal(listed.code, source === copy ? 4 : 0, listed.stderr);
      assert.match(listed.stdout, source === copy ? /large\.bin {2}\[512 bytes missing\]/ : /large\.bin\n/);
      const none = await lifeboat(['ls', source, '--partition', '2']);
      assert.equal(none.code, 3);
      assert.match(oneLine(none), /Partition 2 of \S+ is not there, or holds no NTFS\. .* 1 \(.*5 \(/);
    }
    assert.equal((await lifeboat(['ls', copy, '-p', '0'])).code, 2);
  });

  test('the only volume of a disk is taken, and said; a volume has no partitions', async () => {
    const single = own.path('single.img');
    await runOrThrow('cp', ['--sparse=always', copy, single]);
    // Its first volume is no NTFS any more, at either end.
    for (const at of [MIB, 33 * MIB - SECTOR]) {
      const to = [`of=${single}`, `seek=${at / SECTOR}`, 'bs=512', 'count=1', 'conv=notrunc', 'status=none'];
      await runOrThrow('dd', ['if=/dev/zero', ...to]);
    }
    const listed = await lifeboat(['ls', single]);
    assert.equal(listed.code, 0, listed.stderr);
    assert.match(listed.stdout, /^d.* Users\/$/m);
    assert.match(oneLine(listed), /note: Partition 5 is taken: no other one holds an NTFS volume/);
    const image = volumes[0]?.image ?? '';
    for (const words of [
      ['ls', image],
      ['cp', image, 'Data/large.bin', own.path('x')],
      ['mount', image, own.path('mp')],
    ]) {
      const refused = await lifeboat([...words, '--partition', '2']);
      assert.equal(refused.code, 3);
      assert.match(oneLine(refused), /is not divided into partitions: there is no partition 2 in it\./);
      assert.equal(refused.stdout, '');
    }
    assert.equal((await run('mountpoint', ['-q', own.path('mp')])).code === 0, false);
  });

  test('in the dashboard: f in the report asks for the partition, and shows its files', async () => {
    await using user = await person(['--disk', '/dev/null'], {
      columns: 110,
      rows: 30,
      patienceMs: 40_000,
      env,
    });
    await user.seesIn('Begun', /copy/);
    await user.presses('r');
    await user.takes(/copy\.img .*finished with losses/);
    await user.sees('Report: ');
    await user.presses('f');
    await user.seesIn('Partitions with NTFS', /partition 1 +32\.0 MiB {2}"System"/);
    await user.takes(/partition 5 .*Photos/);
    await user.seesIn(`${copy}, partition 5`, /Users\//);
    await user.takes(/Data\//);
    await user.seesIn(`${copy}, partition 5`, /large\.bin +512 B missing/);
    await user.leaves();
  });
});
