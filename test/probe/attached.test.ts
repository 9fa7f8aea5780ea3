import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { type AttachedDisk, describeAttached, diskNames } from '../../src/probe/attached.ts';
import { scratch } from '../support/e2e-scratch.ts';
import { type FakeDisk, fakeSysfs } from '../support/fake-sysfs.ts';

const GIB = 2 ** 21;

const NVME: FakeDisk = {
  place: 'pci0000:00/0000:00:1d.0/0000:3c:00.0/nvme/nvme0/nvme0n1',
  files: {
    dev: '259:0',
    size: String(4 * GIB),
    ro: '0',
    removable: '0',
    diskseq: '7',
    stat: '10 0 80 5 20 0 160 9 1 40 14',
    'queue/logical_block_size': '512',
    'queue/physical_block_size': '4096',
    'queue/rotational': '0',
    'device/model': 'Samsung SSD 980 PRO 2TB                 ',
    'device/serial': 'S5GXNX0R51422       ',
    'device/firmware_rev': '5B2QGXA7',
    'nvme0n1p1/dev': '259:1',
    'nvme0n1p1/partition': '1',
    'nvme0n1p1/start': '2048',
    'nvme0n1p1/size': '1024',
    'nvme0n1p1/ro': '1',
    'nvme0n1p12/dev': '259:2',
    'nvme0n1p12/partition': '12',
    'nvme0n1p12/start': '4096',
    'nvme0n1p12/size': '2048',
    'nvme0n1p12/ro': '0',
  },
};

const USB: FakeDisk = {
  place: 'pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host4/target4:0:0/4:0:0:0/block/sdb',
  files: {
    dev: '8:16',
    size: String(GIB),
    ro: '1',
    removable: '1',
    'queue/rotational': '1',
    'device/scsi_level': '7',
    'device/model': 'Elements 25A2   ',
    'device/rev': '1021',
    '../../../../../../idVendor': '1058',
    '../../../../../../serial': '575855314137',
  },
};

const SATA: FakeDisk = {
  place: 'pci0000:00/0000:00:17.0/ata3/host2/target2:0:0/2:0:0:0/block/sda',
  files: {
    dev: '8:0',
    size: String(2 * GIB),
    removable: '0',
    'queue/rotational': '1',
    'device/scsi_level': '6',
    'device/model': 'WDC WD10EZEX-08W',
    'device/vpd_pg80': Buffer.concat([Buffer.from([0, 0x80, 0, 15]), Buffer.from('WD-WCC6Y7T2K9P1')]),
  },
};

const SILENT: FakeDisk = {
  place: 'pci0000:00/0000:00:17.0/ata4/host3/target3:0:0/3:0:0:0/block/sdc',
  files: { dev: '8:32', size: '0', removable: '0', 'device/scsi_level': '6', 'device/model': 'ST500LM012' },
};

const CARD_READER: FakeDisk = {
  place: 'pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host5/target5:0:0/5:0:0:0/block/sdd',
  files: { dev: '8:48', size: '0', removable: '1', 'device/scsi_level': '1' },
};

const SMART_ARRAY: FakeDisk = {
  place: 'pci0000:00/0000:06:00.0/cciss0/c0d0/block/cciss!c0d0',
  files: {
    dev: '104:0',
    size: String(GIB),
    'cciss!c0d0p1/dev': '104:1',
    'cciss!c0d0p1/partition': '1',
    'cciss!c0d0p1/start': '63',
    'cciss!c0d0p1/size': '999',
  },
};

const MMC: FakeDisk = {
  place: 'platform/sdhci/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0',
  files: {
    dev: '179:0',
    size: String(GIB),
    removable: '0',
    'device/name': 'SL32G',
    'device/serial': '0x1fe3c1a0',
  },
};

const OTHERS: readonly FakeDisk[] = [
  { place: 'virtual/block/ram0', files: { dev: '1:0', size: '8192' } },
  { place: 'virtual/block/zram0', files: { dev: '253:0', size: '8192' } },
  { place: 'virtual/block/loop0', files: { dev: '7:0', size: '0' } },
  { place: 'virtual/block/loop10', files: { dev: '7:10', size: '99', 'loop/backing_file': '/a file' } },
  { place: 'virtual/block/dm-0', files: { dev: '252:0', size: '99' } },
];

const ALL = [NVME, USB, SATA, SILENT, CARD_READER, SMART_ARRAY, MMC, ...OTHERS];

describe('disks as sysfs and udev show them', () => {
  async function described(): Promise<Map<string, AttachedDisk>> {
    await using place = await scratch();
    const sys = await fakeSysfs(place.path('fake'), ALL);
    await mkdir(place.path('udev'));
    await writeFile(place.path('udev/b8:0'), 'E:ID_MODEL=WDC_WD10EZEX-08WN4A0\nE:ID_SERIAL_SHORT=other\n');
    const found = new Map<string, AttachedDisk>();
    for (const name of await diskNames(sys)) {
      const disk = await describeAttached(name, undefined, sys, place.path('udev'));
      if (disk !== undefined) found.set(disk.name, disk);
    }
    return found;
  }

  test('all that may hold data are there, in the order of their names; memory disks and empty readers are not', async () => {
    assert.deepEqual(
      [...(await described()).keys()],
      ['cciss/c0d0', 'dm-0', 'loop10', 'mmcblk0', 'nvme0n1', 'sda', 'sdb', 'sdc'],
    );
  });

  test('an NVMe disk with its partitions and counters', async () => {
    const disk = (await described()).get('nvme0n1');
    assert.ok(disk);
    assert.equal(disk.model, 'Samsung SSD 980 PRO 2TB');
    assert.equal(disk.serial, 'S5GXNX0R51422');
    assert.equal(disk.firmware, '5B2QGXA7');
    assert.equal(disk.transport, 'nvme');
    assert.equal(disk.sizeBytes, 4 * 2 ** 30);
    assert.deepEqual([disk.logicalSectorBytes, disk.physicalSectorBytes], [512, 4096]);
    assert.deepEqual([disk.rotational, disk.removable, disk.readOnly], [false, false, false]);
    assert.deepEqual(disk.traffic, {
      reads: 10,
      readBytes: 80 * 512,
      writes: 20,
      writtenBytes: 160 * 512,
      inFlight: 1,
      busyMs: 40,
    });
    assert.deepEqual(
      disk.partitions.map(({ number, path, startBytes, sizeBytes, readOnly }) => [
        number,
        path,
        startBytes,
        sizeBytes,
        readOnly,
      ]),
      [
        [1, '/dev/nvme0n1p1', 2 ** 20, 2 ** 19, true],
        [12, '/dev/nvme0n1p12', 2 ** 21, 2 ** 20, false],
      ],
    );
  });

  test('a disk in a USB case is a USB disk with the serial of the case', async () => {
    const disk = (await described()).get('sdb');
    assert.deepEqual(
      [disk?.transport, disk?.serial, disk?.firmware, disk?.readOnly, disk?.removable],
      ['usb', '575855314137', '1021', true, true],
    );
  });

  test("a SATA disk has udev's long model, and the serial that the kernel has read", async () => {
    const disk = (await described()).get('sda');
    assert.deepEqual(
      [disk?.transport, disk?.model, disk?.serial],
      ['sata', 'WDC WD10EZEX-08WN4A0', 'WD-WCC6Y7T2K9P1'],
    );
  });

  test('a disk that does not tell its size is listed all the same', async () => {
    const disk = (await described()).get('sdc');
    assert.deepEqual([disk?.sizeBytes, disk?.model], [0, 'ST500LM012']);
  });

  test('names with a slash, cards, and what is made of other disks', async () => {
    const all = await described();
    assert.equal(all.get('cciss/c0d0')?.partitions[0]?.path, '/dev/cciss/c0d0p1');
    assert.deepEqual([all.get('mmcblk0')?.transport, all.get('mmcblk0')?.model], ['mmc', 'SL32G']);
    assert.deepEqual([all.get('loop10')?.kind, all.get('loop10')?.backingFile], ['loop', '/a file']);
    assert.equal(all.get('dm-0')?.kind, 'mapped');
  });
});
