import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { readDiskIdentity } from '../../src/block/disk-identity.ts';
import { makeBench } from '../support/block-bench.ts';

/** Attributes by path below the directory of the disk; `udev` is the database entry of the disk. */
const cases: Array<{
  what: string;
  disk: string;
  files: Record<string, string>;
  udev?: string;
  expected: { model?: string; serial?: string };
}> = [
  {
    what: 'an NVMe disk, padded with spaces',
    disk: 'nvme0n1',
    files: { 'device/model': 'WD Blue SN570 1TB      \n', 'device/serial': '  21370X801234\n' },
    expected: { model: 'WD Blue SN570 1TB', serial: '21370X801234' },
  },
  {
    what: 'a SATA disk: serial from its vital product data, full model from udev',
    disk: 'sda',
    files: { 'device/model': 'WDC WD10EZEX-08W\n', 'device/vpd_pg80': '\0\x80\0\x14     WD-WCC6Y3AAAAAA' },
    udev: 'S:disk/by-id/x\nE:ID_MODEL=WDC_WD10EZEX-08WN4A0\nE:ID_SERIAL_SHORT=other\n',
    expected: { model: 'WDC WD10EZEX-08WN4A0', serial: 'WD-WCC6Y3AAAAAA' },
  },
  {
    what: 'a virtual disk, which keeps its serial at the disk',
    disk: 'vda',
    files: { serial: 'abc' },
    expected: { serial: 'abc' },
  },
  {
    what: 'a memory card, whose model is called name',
    disk: 'mmcblk0',
    files: { 'device/name': 'SD32G\n', 'device/serial': '0x1234abcd\n' },
    expected: { model: 'SD32G', serial: '0x1234abcd' },
  },
  {
    what: 'a USB stick without udev: the serial of the USB device',
    disk: 'usb1/1-2/1-2:1.0/host3/block/sdb',
    files: { '../../../../idVendor': '0781\n', '../../../../serial': '4C53\n', 'device/model': 'Ultra\n' },
    expected: { model: 'Ultra', serial: '4C53' },
  },
  {
    what: 'a disk that only udev knows',
    disk: 'sdc',
    files: {},
    udev: 'E:ID_MODEL=Old_Disk\nE:ID_SERIAL_SHORT=S1\n',
    expected: { model: 'Old Disk', serial: 'S1' },
  },
  {
    what: 'a disk with nothing but a world wide name',
    disk: 'sdd',
    files: { 'device/wwid': 'naa.5\n' },
    expected: { serial: 'naa.5' },
  },
  { what: 'a disk that says nothing', disk: 'loop0', files: { 'device/model': '   \n' }, expected: {} },
];

for (const { what, disk, files, udev, expected } of cases) {
  test(`identity of ${what}`, async (t) => {
    const bench = await makeBench(t);
    const directory = join(bench.folder, 'devices', disk);
    await mkdir(directory, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      const path = join(directory, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, 'latin1');
    }
    if (udev !== undefined) await bench.file('b8:0', udev);
    assert.deepEqual(await readDiskIdentity(directory, '8:0', bench.folder), expected);
  });
}
