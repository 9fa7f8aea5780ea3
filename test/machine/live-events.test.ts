import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { IMAGE, record, skipLong } from '../support/live-image.ts';
import { startLive } from '../support/live-machine.ts';
import { assertCopy, assertMap, assertReport, liveRig, onlyJob, sums } from '../support/live-rig.ts';
import {
  atLine,
  atScreen,
  choose,
  FIRST_SCREEN,
  IN_MEMORY,
  KEPT,
  type Story,
  startRescue,
  switchOff,
  untilReport,
} from '../support/live-story.ts';
import { runOrThrow } from '../support/tools.ts';

const STORY: Story = { source: /sd[a-z] .*4711/, target: /nvme\dn1 .*ERASES/, proof: '0815' };
/** Requests a second, so that the rescue has a middle. */
const PACE = 10;
/** Something was saved, and the map says so. */
const UNDER_WAY = /saved [1-9][0-9.]* MiB of[\s\S]*map saved/;

describe('what happens to machines', { skip: skipLong }, () => {
  test('over the serial line: the stick is pulled while it rescues; the rescue ends in memory, and the stick gets it all', async () => {
    await using rig = await liveRig(IMAGE);
    const { scene, folder } = rig;
    const image = await rig.stick();
    const before = await sums([scene.source]);
    const disks = [{ ...scene.source, requestsPerSecond: PACE }, scene.target];
    await using machine = await startLive(
      { image, medium: 'usb', firmware: 'bios', disks, memoryMegabytes: 1024 },
      folder,
    );
    await choose(machine, 's');
    const seat = atLine(machine);
    await seat.until(FIRST_SCREEN);
    await seat.until(KEPT);
    await startRescue(seat, STORY);
    await seat.until(UNDER_WAY);
    await machine.pull('medium');
    await seat.until(IN_MEMORY);
    await untilReport(seat);
    await machine.plugStick();
    await seat.until(KEPT);
    await switchOff(machine, seat);
    const counts = await machine.counts();
    assert.equal(counts.get(scene.source.serial)?.writes, 0, 'the source was written to');
    assert.deepEqual(await sums([scene.source]), before);
    await assertCopy(scene, scene.target.file, folder);
    const job = await onlyJob(image, folder);
    await assertMap(scene, join(job, 'rescue.map'));
    const named = await assertReport(scene, join(job, 'report.json'), scene.target.file, folder);
    record(
      'events',
      'BIOS, serial line, 1 GB: stick pulled while it rescues, put in again after the report',
      `the same bytes; ${named} damaged files named; map and report on the stick`,
    );
  });

  test('the power is cut in the middle: the next start finds the job on the stick, and goes on with it', async () => {
    await using rig = await liveRig(IMAGE);
    const { scene, folder } = rig;
    const image = await rig.stick();
    const before = await sums([scene.source]);
    {
      const disks = [{ ...scene.source, requestsPerSecond: PACE }, scene.target];
      await using machine = await startLive({ image, medium: 'usb', firmware: 'uefi', disks }, folder);
      const seat = atScreen(machine);
      await startRescue(seat, STORY);
      await seat.until(UNDER_WAY);
      await machine.cut();
    }
    const cutMap = join(await onlyJob(image, folder), 'rescue.map');
    const left = await runOrThrow('ddrescuelog', ['-b512', '-l?*/', cutMap]);
    assert.notEqual(left, '', 'nothing was left to be done when the power was cut');
    await using machine = await startLive(
      { image, medium: 'usb', firmware: 'uefi', disks: [scene.source, scene.target] },
      folder,
    );
    const seat = atScreen(machine);
    await seat.until(FIRST_SCREEN);
    await seat.until(KEPT);
    await seat.until(/Begun: Tab or r to go on/);
    await seat.press('r');
    await seat.until(/Jobs, the latest first/);
    await seat.press('Enter');
    await untilReport(seat);
    await switchOff(machine, seat);
    const counts = await machine.counts();
    assert.equal(counts.get(scene.source.serial)?.writes, 0, 'the source was written to');
    assert.deepEqual(await sums([scene.source]), before);
    await assertCopy(scene, scene.target.file, folder);
    const job = await onlyJob(image, folder);
    await assertMap(scene, join(job, 'rescue.map'));
    const named = await assertReport(scene, join(job, 'report.json'), scene.target.file, folder);
    record(
      'events',
      'power cut in the middle, resumed from the stick',
      `the same bytes; ${named} damaged files named`,
    );
  });
});
