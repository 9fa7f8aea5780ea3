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

const STORY: Story = { source: /sd[a-z] .*…?ING-4711/, target: /nvme\dn1 .*ERASES/, proof: '0815' };
/** Something was saved, and the map of it lies on the stick: it is written at least every few seconds. */
const UNDER_WAY = /saved [1-9][0-9.]* MiB of/;

describe('what happens to machines', { skip: skipLong }, () => {
  test('over the serial line: the stick is pulled and put in again, and the dashboard tells; the rescue goes on', async () => {
    await using rig = await liveRig(IMAGE);
    const { scene, folder } = rig;
    const image = await rig.stick();
    const before = await sums([scene.source]);
    const disks = [{ ...scene.source, requestsPerSecond: 60 }, scene.target];
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
    await seat.until(UNDER_WAY);
    await machine.plugStick();
    await seat.until(KEPT);
    await untilReport(seat);
    await switchOff(machine, seat);
    const counts = await machine.counts();
    assert.equal(counts.get(scene.source.serial)?.writes, 0, 'the source was written to');
    assert.deepEqual(await sums([scene.source]), before);
    await assertCopy(scene, scene.target.file, folder);
    await assertMap(scene, join(await onlyJob(image, folder), 'rescue.map'));
    record(
      'events',
      'serial line, 1 GB; stick pulled and put in again while it rescues',
      'told, finished, map on the stick',
    );
  });

  test('the power is cut in the middle: the next start finds the job on the stick, and goes on with it', async () => {
    await using rig = await liveRig(IMAGE);
    const { scene, folder } = rig;
    const image = await rig.stick();
    const before = await sums([scene.source]);
    {
      const disks = [{ ...scene.source, requestsPerSecond: 30 }, scene.target];
      await using machine = await startLive({ image, medium: 'usb', firmware: 'uefi', disks }, folder);
      const seat = atScreen(machine);
      await startRescue(seat, STORY);
      await seat.until(UNDER_WAY);
      await machine.cut();
    }
    await using machine = await startLive(
      { image, medium: 'usb', firmware: 'uefi', disks: [scene.source, scene.target] },
      folder,
    );
    const seat = atScreen(machine);
    await seat.until(FIRST_SCREEN);
    await seat.until(KEPT);
    await seat.until(/Begun: press r to go on/);
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
