import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeBystanders } from '../support/live-bystanders.ts';
import { QUICK_IMAGE, skipQuick } from '../support/live-image.ts';
import { startLive } from '../support/live-machine.ts';
import { assertCopy, assertMap, assertReport, liveRig, onlyJob, sums } from '../support/live-rig.ts';
import { atScreen, FIRST_SCREEN, KEPT, startRescue, switchOff, untilReport } from '../support/live-story.ts';

test('from power-on to power-off with Secure Boot: a dying disk is saved, and nothing but its target is written to', {
  skip: skipQuick,
}, async (t) => {
  await using rig = await liveRig(QUICK_IMAGE);
  const { scene, folder } = rig;
  const bystanders = await makeBystanders(folder);
  const spared = [scene.source, ...bystanders];
  const before = await sums(spared);
  const image = await rig.stick();
  await using machine = await startLive(
    {
      image,
      medium: 'usb',
      firmware: 'secure',
      disks: [scene.source, scene.target, ...bystanders],
    },
    folder,
  );
  const seat = atScreen(machine);
  const switchedOn = performance.now();
  const after = (): string => `${((performance.now() - switchedOn) / 1000).toFixed(0)} s after power-on`;
  await seat.until(FIRST_SCREEN);
  t.diagnostic(`first screen ${after()}`);
  await startRescue(seat, { source: /sd[a-z] .*…?ING-4711/, target: /nvme\dn1 .*ERASES/, proof: '0815' });
  const shown = await untilReport(seat);
  t.diagnostic(`report ${after()}`);
  assert.match(shown.join('\n'), KEPT);
  t.diagnostic(shown.join('\n'));
  const assertSpared = async (when: string): Promise<void> => {
    const counts = await machine.counts();
    for (const { serial } of spared)
      assert.equal(counts.get(serial)?.writes, 0, `${serial} was written to ${when}`);
    assert.ok((counts.get(scene.target.serial)?.writes ?? 0) > 0, 'the target was not written to');
  };
  await assertSpared('before the report was there');
  await switchOff(machine, seat);
  await assertSpared('while the machine went off');
  assert.deepEqual(await sums(spared), before);
  await assertCopy(scene, scene.target.file, folder);
  const job = await onlyJob(image, folder);
  await assertMap(scene, join(job, 'rescue.map'));
  const named = await assertReport(scene, join(job, 'report.json'), scene.target.file, folder);
  t.diagnostic(`${named} damaged files named, each of them rightly`);
});
