import assert from 'node:assert/strict';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { machineLines } from '../../src/cli/probe-lines.ts';
import { countHiddenDisks } from '../../src/probe/hidden-disks.ts';
import { scratch } from '../support/e2e-scratch.ts';
import { fakeSysfs } from '../support/fake-sysfs.ts';
import { madeUpMachine } from '../support/made-up-machine.ts';

/** A SATA controller as the kernel shows it: the file is there where the driver has looked for hidden disks. */
const controller = (slot: string, hidden: string | undefined) => ({
  place: `pci0000:00/0000:00:${slot}`,
  files: { class: '0x010400', ...(hidden !== undefined && { remapped_nvme: hidden }) },
});

test('NVMe disks behind the controllers of Intel RST are counted, and told with what to switch', async () => {
  await using place = await scratch();
  const controllers = [controller('17.0', '2'), controller('18.0', '0'), controller('19.0', undefined)];
  const sys = await fakeSysfs(place.path('fake'), controllers);
  assert.equal(await countHiddenDisks(sys), 0);
  const driver = join(sys, 'bus/pci/drivers/ahci');
  await mkdir(driver, { recursive: true });
  for (const { place: at } of controllers)
    await symlink(join(sys, 'devices', at), join(driver, at.slice(12)));
  await symlink('../../../module/ahci', join(driver, 'module'));
  assert.equal(await countHiddenDisks(sys), 2);
});

test('lifeboat probe tells of them after the disks', () => {
  const { host, ...machine } = madeUpMachine(0);
  assert.ok(host);
  const told = machineLines({ ...machine, host: { ...host, hiddenDisks: 1 } }, 0).join(' ');
  assert.match(told, /hides 1 NVMe disk \("RAID On", Intel RST\)\. To see it, .* from RAID to AHCI/);
  assert.doesNotMatch(machineLines({ ...machine, host }, 0).join(' '), /AHCI/);
});
