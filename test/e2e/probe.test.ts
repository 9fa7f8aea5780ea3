import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { EXIT } from '../../src/cli/exit-codes.ts';
import type { Disk, Partition } from '../../src/probe/machine.ts';
import { makeBench } from '../support/block-bench.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { lifeboat } from '../support/lifeboat.ts';
import { fsarchiverProbe, loopOf, probed } from '../support/probe-bench.ts';
import { FAILING_DISK_NEEDS, missing, runOrThrow } from '../support/tools.ts';

const MIB = 2 ** 20;

const only = (disks: readonly Disk[]): Disk => {
  const [disk] = disks;
  assert.ok(disk !== undefined && disks.length === 1, `${disks.length} disks instead of one`);
  return disk;
};

const briefly = ({ number, name, startBytes, sizeBytes, extended, active, content }: Partition) => ({
  number,
  name,
  startBytes,
  sizeBytes,
  extended,
  active,
  kind: content?.kind,
  label: content?.label,
});

describe('partitions', {
  skip: missing({ tools: ['sfdisk', 'partx', 'mkntfs', 'mkfs.vfat'], root: true }),
}, () => {
  test('the table, the kernel and the contents are put together, also where the kernel knows no partition', async (t) => {
    const bench = await makeBench(t);
    const file = await bench.file('disk', 80 * MIB);
    const table =
      'label: dos\nsize=20M,type=7,bootable\nsize=8M,type=c\ntype=5\nsize=16M,type=83\nsize=4M,type=82\n';
    const script = await bench.file('script', table);
    await bench.run('sh', '-c', `sfdisk --quiet '${file}' < '${script}'`);
    const disk = await bench.loop(file);
    await bench.run('partx', '--add', disk);
    bench.after(() => bench.run('partx', '--delete', disk));
    await bench.run('mkntfs', '-FQq', '-L', 'System', `${disk}p1`);
    await bench.run('mkfs.vfat', '-n', 'STICK', `${disk}p2`);
    await bench.run('mkfs.ext4', '-q', '-L', 'home', `${disk}p5`);
    await bench.run('mkswap', '-L', 'swap', `${disk}p6`);
    // From here on the kernel knows only a part of the table.
    await bench.run('partx', '--delete', '--nr', '2', disk);
    await bench.run('partx', '--delete', '--nr', '5', disk);

    const { disks, run } = await probed([disk]);
    assert.equal(run.code, EXIT.saved, run.stderr);
    const found = only(disks);
    assert.equal(found.content, undefined);
    assert.equal(found.table?.kind, 'mbr');
    const sfdisk = JSON.parse(await runOrThrow('sfdisk', ['--json', disk])) as {
      partitiontable: {
        id: string;
        partitions: { node: string; start: number; size: number; bootable?: boolean }[];
      };
    };
    assert.equal(found.table.id, sfdisk.partitiontable.id.replace('0x', ''));
    const inKernel = new Set([1, 3, 6]);
    const contents: Readonly<Record<number, readonly [string, string]>> = {
      1: ['ntfs', 'System'],
      2: ['fat12', 'STICK'],
      5: ['ext4', 'home'],
      6: ['swap', 'swap'],
    };
    const expected = sfdisk.partitiontable.partitions.map(({ node, start, size, bootable }) => {
      const number = Number(/p(\d+)$/.exec(node)?.[1]);
      const [kind, label] = contents[number] ?? [];
      return {
        number,
        name: inKernel.has(number) ? basename(node) : undefined,
        startBytes: start * 512,
        sizeBytes: size * 512,
        extended: number === 3,
        active: bootable ?? false,
        kind,
        label,
      };
    });
    assert.deepEqual(found.partitions.map(briefly), expected);
    assert.equal(found.partitions[0]?.content?.usedBytes, await usedByNtfsinfo(`${disk}p1`));
    assert.ok(found.settled);
    assert.ok(found.touched.bytes < 2 * MIB, `${found.touched.bytes} bytes were read`);
  });

  /** Used clusters by $Bitmap, as ntfsresize counts them. */
  async function usedByNtfsinfo(device: string): Promise<number> {
    const text = await runOrThrow('ntfsinfo', ['-m', device]);
    const clusters = Number(/Volume Size in Clusters: (\d+)/.exec(text)?.[1]);
    const free = Number(/Free Clusters: (\d+)/.exec(text)?.[1]);
    return (clusters - free) * Number(/Cluster Size: (\d+)/.exec(text)?.[1]);
  }
});

describe('tables in the form of FSArchiver', () => {
  const forms = [
    'ntfs',
    'ext2',
    'ext3',
    'ext4',
    'fat16',
    'fat32',
    'exfat',
    'xfs',
    'btrfs',
    'swap',
    'jfs',
    'luks2',
  ];
  const tools = [
    'fsarchiver',
    'unshare',
    'mkfs.exfat',
    'mkfs.xfs',
    'mkfs.btrfs',
    'mkfs.jfs',
    'cryptsetup',
    'partx',
  ];

  test('simple and detailed say what the real one says of the same devices', {
    skip: missing({ tools, root: true }),
  }, async (t) => {
    const bench = await makeBench(t);
    const { disk, first, second } = await bench.partitionedLoop('disk');
    await bench.run('mkntfs', '-FQq', '-L', 'A label that is long', first);
    const loops: string[] = [];
    for (const form of forms) loops.push(await loopOf(bench, form));
    loops.push(
      await bench.loop(await bench.file('empty', 3 * MIB)),
      await bench.loop(await bench.file('odd', 5_000_192)),
    );
    const devices = [disk, ...loops];
    for (const mode of ['simple', 'detailed'] as const) {
      const theirs = await fsarchiverProbe(bench, mode, [...devices, first, second]);
      const { code, stdout } = await lifeboat(['probe', mode, ...devices]);
      assert.equal(code, EXIT.saved);
      assert.equal(stdout, theirs, mode);
      assert.equal(theirs.trim().split('\n').length, devices.length + 4);
    }
  });

  test("--classic has every column of the form of FSArchiver's own page on NTFS", {
    skip: missing({ tools: ['pvcreate'], root: true }),
  }, async (t) => {
    const bench = await makeBench(t);
    const disk = await bench.loop(await bench.file('lvm', 16 * MIB));
    // Without a list of devices LVM reads all there are, those of other tests too.
    await bench.run('pvcreate', '--devices', disk, '-qq', '-ff', '--yes', disk);
    await bench.run('vgcreate', '--autobackup', 'n', '--devices', disk, '-qq', 'lifeboat_group', disk);
    const { stdout } = await lifeboat(['probe', 'simple', '--classic', disk]);
    const [heading, row] = stdout.trimEnd().split('\n').slice(-2);
    assert.equal(heading, '[=====DEVICE=====] [==FILESYS==] [=====LABEL=====] [====SIZE====] [MAJ] [MIN]');
    const minor = basename(disk).slice(4).padStart(3);
    assert.equal(row, `[${disk.padEnd(16)}] [lvm2pv     ] [<unknown>      ] [    16.00 MB] [  7] [${minor}]`);
    const { disks } = await probed([disk]);
    assert.equal(only(disks).content?.group, 'volume group lifeboat_group');
  });
});

describe('what a disk is used for', { skip: missing({ tools: ['mkfs.ext4', 'partx'], root: true }) }, () => {
  test('mounted, held and read-only devices say so, and what stands against them', async (t) => {
    const bench = await makeBench(t);
    const { disk, first, second } = await bench.partitionedLoop('disk');
    await bench.run('mkfs.ext4', '-q', first);
    const mountPoint = await bench.mount(first);
    const holder = await bench.loop(second);
    const locked = await bench.loop(await bench.file('locked', MIB), '--read-only');
    const { disks } = await probed([disk, locked]);
    const found = disks.find(({ path }) => path === disk);
    assert.ok(found);
    assert.deepEqual(found.use.mountPoints, [mountPoint]);
    assert.deepEqual(found.use.holders, [basename(holder)]);
    assert.equal(found.use.notTarget?.code, 'target-mounted');
    assert.equal(found.use.notSource?.code, 'source-mounted');
    assert.deepEqual(
      found.partitions.map(({ use }) => [use.notSource?.code, use.notTarget?.code]),
      [
        ['source-mounted', 'target-mounted'],
        [undefined, 'target-in-loop'],
      ],
    );
    const other = disks.find(({ path }) => path === locked);
    assert.deepEqual([other?.readOnly, other?.use.notTarget?.code], [true, 'target-read-only']);
  });
});

describe('disks that fail', {
  skip: missing({ tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs'], root: true }),
}, () => {
  /** Whether any byte was asked for twice. */
  function asksTwice(requests: readonly { readonly offset: number; readonly length: number }[]): boolean {
    const byPlace = requests.toSorted((one, other) => one.offset - other.offset);
    return byPlace.some((one, index) => {
      const next = byPlace[index + 1];
      return next !== undefined && next.offset < one.offset + one.length;
    });
  }

  test('a disk that hangs shows as not answering, and the program ends all the same', async (t) => {
    const bench = await makeBench(t);
    const image = await bench.file('hangs', 64 * MIB);
    await using disk = await failingDisk({ image, faults: ['hang 0 8 12'] });
    const { code, stdout, stderr } = await lifeboat(['probe', '--wait', '5', disk.device]);
    assert.equal(code, EXIT.losses);
    assert.match(stdout, /answers +does not answer, \d+ s/);
    assert.match(stderr, new RegExp(`waiting for ${disk.device} `));
    assert.equal((await disk.requests()).length, 0, 'the disk was to hang');
  });

  test('bad sectors cost one failing read each, nothing is read twice, and the rest is found', async (t) => {
    const bench = await makeBench(t);
    const image = await bench.file('disk', 48 * MIB);
    await bench.run('sh', '-c', `printf 'label: gpt\\nsize=20M\\nsize=20M\\n' | sfdisk --quiet '${image}'`);
    const whole = await bench.loop(image);
    await bench.run('partx', '--add', whole);
    await bench.run('mkntfs', '-FQq', '-L', 'Whole', `${whole}p2`);
    await bench.run('mkfs.ext4', '-q', '-L', 'hit', `${whole}p1`);
    await bench.run('partx', '--delete', whole);
    // The first boot sector of the first partition, and the primary header of the GPT.
    await using disk = await failingDisk({ image, faults: ['bad 2048 1', 'bad 1 1'] });
    const { disks, run } = await probed([disk.device]);
    assert.equal(run.code, EXIT.saved, run.stderr);
    const found = only(disks);
    assert.equal(found.table?.kind, 'gpt');
    assert.match(found.table.problems.join(' '), /cannot be read/);
    assert.deepEqual(
      found.partitions.map(({ content }) => [content?.kind, content?.label]),
      [
        ['unreadable', undefined],
        ['ntfs', 'Whole'],
      ],
    );
    const requests = await disk.requests();
    assert.equal(found.touched.failed, requests.filter(({ rc }) => rc !== 0).length);
    assert.equal(found.touched.failed, 2);
    assert.equal(found.touched.reads, requests.length);
    assert.ok(!asksTwice(requests));
    assert.equal(
      found.partitions[1]?.content?.usedBytes,
      undefined,
      'a disk in trouble was read for a mere figure',
    );
  });

  test('a disk that only fails is left alone after three reads', async (t) => {
    const bench = await makeBench(t);
    const image = await bench.file('disk', 48 * MIB);
    await using disk = await failingDisk({ image, faults: ['bad 0 98304'] });
    const { disks } = await probed([disk.device]);
    assert.equal(only(disks).content?.kind, 'unreadable');
    assert.equal((await disk.stats()).failing, 3);
    const { stdout } = await lifeboat(['probe', disk.device]);
    assert.match(stdout, /3 reads failed/);
  });
});

describe('the report', () => {
  test('every key of the JSON is in the manual, and null never comes', {
    skip: missing({ tools: ['mkntfs'], root: true }),
  }, async (t) => {
    const bench = await makeBench(t);
    const { disk, first } = await bench.partitionedLoop('disk');
    await bench.run('mkntfs', '-FQq', first);
    const { run } = await probed([disk]);
    assert.doesNotMatch(run.stdout, /:null/);
    const manual = await readFile('docs/probe.md', 'utf8');
    const keys = new Set([...run.stdout.matchAll(/"(\w+)":/g)].map(([, key = '']) => key));
    assert.ok(keys.size > 40, 'the scan is broken');
    assert.deepEqual(
      [...keys].filter((key) => !manual.includes(`\`${key}\``)),
      [],
    );
  });

  test('fits 80 columns, whatever is in a label', {
    skip: missing({ tools: ['mkntfs'], root: true }),
  }, async (t) => {
    const bench = await makeBench(t);
    const image = await bench.file(
      'a name that is so long that it must be broken into two lines at least once',
      8 * MIB,
    );
    const disk = await bench.loop(image);
    await bench.run('mkntfs', '-FQq', '-L', `a\u001b[31mred\u202ename ${'long '.repeat(15)}`, disk);
    const { stdout } = await lifeboat(['probe', disk]);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    assert.doesNotMatch(stdout, /\p{Cf}|\p{Cc}(?<!\n)/u);
    assert.match(stdout, /NTFS/);
  });

  test('what is no disk is refused, and nonsense is explained', async () => {
    for (const [words, code, text] of [
      [['/etc/passwd'], EXIT.refused, /is no disk or partition/],
      [['/dev/nothing'], EXIT.refused, /is no disk or partition/],
      [['--wait', '0', '/dev/null'], EXIT.usage, /--wait takes 1 to 3600 seconds/],
      [['simple', '--json', '/dev/null'], EXIT.usage, /exclude each other/],
      [['--classic', '/dev/null'], EXIT.usage, /--classic is for the tables/],
      [['--colour'], EXIT.usage, /colour/],
    ] as const) {
      const ended = await lifeboat(['probe', ...words]);
      assert.equal(ended.code, code, words.join(' '));
      assert.match(ended.stderr, text);
      assert.equal(ended.stdout, '');
    }
  });
});
