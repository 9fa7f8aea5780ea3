import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { LiveDisk } from '../../scripts/machine/disk-words.ts';
import type { Firmware } from '../../scripts/machine/live-words.ts';
import { IMAGE, record, skipLong } from '../support/live-image.ts';
import { biosDisk, efiDisk } from '../support/live-loaders.ts';
import { type LiveMachine, startLive } from '../support/live-machine.ts';
import { stickOf } from '../support/live-rig.ts';
import { choose, fromTheEnd } from '../support/live-story.ts';
import { untilMemoryTest } from '../support/memory-test.ts';

const OWN = 'THIS IS THE OWN DISK';
const TEST_MS = 300_000;
/** The memory test has begun; it is at its third test or behind, after a while. */
const RUNS = /Memtest86\+[\s\S]*Status: Testing/;
const AT_WORK = /Test #[3-9][\s\S]*Time: +0:0[0-9]:[0-9]*[1-9]/;

describe('the entries of the menu that do not rescue', { skip: skipLong }, () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-entries-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function start(firmware: Firmware, disks: readonly LiveDisk[] = []): Promise<LiveMachine> {
    const image = await stickOf(IMAGE, join(folder, 'stick.img'));
    return startLive({ image, medium: 'usb', firmware, disks, memoryMegabytes: 512 }, folder);
  }

  for (const firmware of ['bios', 'uefi'] as const) {
    test(`the memory test, ${firmware}`, async () => {
      await using machine = await start(firmware);
      await choose(machine, 'm');
      // It has begun, and goes on.
      const early = await untilMemoryTest(machine, firmware, RUNS, TEST_MS);
      assert.match(early, /Errors: 0/);
      await untilMemoryTest(machine, firmware, AT_WORK, TEST_MS);
      record('menu', `${firmware}: test the memory`, 'begins, and goes on');
    });
  }

  test('the own disk, BIOS: it is started, and believes that it is the first one', async () => {
    const disk = await biosDisk(folder, OWN);
    await using machine = await start('bios', [disk]);
    await choose(machine, ...fromTheEnd(1));
    await machine.terminal.until(new RegExp(OWN));
    assert.equal((await machine.counts()).get(disk.serial)?.writes, 0);
    record('menu', "BIOS: the computer's own disk", 'started, as the first disk; 0 writes to it');
  });

  test('the own disk, UEFI: Windows is found on it, and started', async () => {
    const disk = await efiDisk(folder, 'EFI/Microsoft/Boot/bootmgfw.efi', OWN);
    await using machine = await start('uefi', [disk]);
    await choose(machine, ...fromTheEnd(2));
    await machine.terminal.until(new RegExp(OWN));
    record('menu', "UEFI: the computer's own disk with Windows", 'its loader is started');
  });

  test('the own disk, UEFI: another system is found on it, and started', async () => {
    const disk = await efiDisk(folder, 'EFI/BOOT/BOOTX64.EFI', OWN);
    await using machine = await start('uefi', [disk]);
    await choose(machine, ...fromTheEnd(2));
    await machine.terminal.until(new RegExp(OWN));
    record('menu', "UEFI: the computer's own disk without Windows", 'what it has in EFI/BOOT is started');
  });

  test('the settings of the firmware', async () => {
    await using machine = await start('uefi');
    await choose(machine, 'f');
    await machine.terminal.until(/Boot Maintenance Manager/);
    record('menu', 'UEFI: settings of the firmware', 'open');
  });

  for (const firmware of ['bios', 'uefi'] as const) {
    test(`power off, ${firmware}`, async () => {
      await using machine = await start(firmware);
      await choose(machine, ...fromTheEnd(0));
      await machine.switchedOff();
      record('menu', `${firmware}: power off`, 'off');
    });
  }
});
