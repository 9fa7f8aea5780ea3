import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isBuiltIn } from '../../scripts/built-in.ts';
import { scratch } from '../support/e2e-scratch.ts';
import { fakeSysfs } from '../support/fake-sysfs.ts';

test('eMMC and SATA are built in; USB, SD cards and what can be taken out are not', async () => {
  await using place = await scratch();
  const sys = await fakeSysfs(place.path('fake'), [
    {
      place: 'pci0/sdhci/mmc_host/mmc0/mmc0:0001/block/mmcblk0',
      files: { removable: '0', 'device/type': 'MMC' },
    },
    {
      place: 'pci0/sdhci/mmc_host/mmc1/mmc1:aaaa/block/mmcblk1',
      files: { removable: '0', 'device/type': 'SD' },
    },
    { place: 'pci0/usb1/1-3/host6/target6:0:0/6:0:0:0/block/sdb', files: { removable: '0' } },
    { place: 'pci0/ata1/host0/target0:0:0/0:0:0:0/block/sda', files: { removable: '0' } },
    { place: 'pci0/ata2/host1/target1:0:0/1:0:0:0/block/sdc', files: { removable: '1' } },
  ]);
  // `class/block` has all of them too.
  await symlink('.', join(sys, 'class'));
  const builtIn = async (name: string): Promise<boolean> => isBuiltIn(name, sys);
  assert.deepEqual(await Promise.all(['mmcblk0', 'mmcblk1', 'sdb', 'sda', 'sdc'].map(builtIn)), [
    true,
    false,
    false,
    true,
    false,
  ]);
});
