import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { loopDevice } from '../../scripts/loop-device.ts';
import { type AgreedDevice, refuseOther } from '../../src/block/agreed-device.ts';
import type { BlockFacts } from '../../src/block/path-facts.ts';
import type { JobSpec } from '../../src/jobs/job-spec.ts';
import { agreedDevice, type Place, placesOf } from '../../src/tui/disks/place.ts';
import { scratch } from '../support/e2e-scratch.ts';
import { LIFEBOAT } from '../support/lifeboat.ts';
import { madeUpMachine } from '../support/made-up-machine.ts';
import { missing, run } from '../support/tools.ts';

/** What the kernel says of a place when a job is about to begin. */
const factsOf = ({ disk, partition }: Place, by: Partial<BlockFacts> = {}): BlockFacts => ({
  kind: 'block',
  path: partition?.path ?? disk.path,
  realPath: partition?.path ?? disk.path,
  name: partition?.name ?? disk.name,
  majorMinor: '8:16',
  sizeBytes: (partition ?? disk).sizeBytes,
  logicalSectorBytes: 512,
  physicalSectorBytes: 512,
  readOnly: false,
  rotational: true,
  diskName: disk.name,
  diskMajorMinor: disk.majorMinor,
  ...(disk.diskSequence !== undefined && { diskSequence: disk.diskSequence }),
  ...(disk.serial !== undefined && { serial: disk.serial }),
  ...(partition && { partitionStartBytes: partition.startBytes }),
  ...by,
});

describe('a device that somebody has agreed to', () => {
  const counted = (place: Place): Place => ({ ...place, disk: { ...place.disk, diskSequence: 7 } });
  const all = placesOf(madeUpMachine());
  const [windows, nvme] = [all[2], all[3]].map((place) => counted(place as Place)) as [Place, Place];
  const agreed = [windows, nvme].map((place) => agreedDevice(place) as AgreedDevice);
  const refused = { name: 'OpenError', code: 'device-changed' };

  test('is taken as it was shown, also when only its serial number is told otherwise since', () => {
    for (const place of [windows, nvme]) {
      refuseOther(agreed, factsOf(place));
      refuseOther(agreed, factsOf(place, { serial: 'as udev has it' }));
    }
    // What nobody was shown is decided by other checks.
    refuseOther(agreed, factsOf(windows, { path: '/dev/sdx2', diskSequence: 8 }));
    refuseOther(undefined, factsOf(windows, { diskSequence: 8 }));
  });

  test('is refused when another disk has its name, or another partition its number, or none is there', () => {
    assert.throws(() => refuseOther(agreed, factsOf(nvme, { diskSequence: 8 })), refused);
    assert.throws(() => refuseOther(agreed, factsOf(windows, { partitionStartBytes: 4 << 20 })), refused);
    const missing = {
      ...{ kind: 'missing' as const, path: '/dev/nvme0n1', parent: '/dev' },
      ...{ parentExists: true, danglingLink: false },
    };
    assert.throws(() => refuseOther(agreed, missing), refused);
  });

  test('is known by serial number and size where the kernel does not count attachments', () => {
    const { diskSequence: _, ...disk } = nvme.disk;
    const place = { disk, partition: undefined };
    const shown = [agreedDevice(place) as AgreedDevice];
    refuseOther(shown, factsOf(place));
    assert.throws(() => refuseOther(shown, factsOf(place, { serial: 'ANOTHER' })), refused);
    assert.throws(() => refuseOther(shown, factsOf(place, { sizeBytes: 512 })), refused);
  });

  const skip = missing({ tools: ['losetup', 'flock'], root: true });
  test('is written over by a rescue, and no other one that has its name by then', { skip }, async () => {
    await using own = await scratch();
    const [from, to] = [own.path('from.img'), own.path('to.img')];
    const content = Buffer.alloc(1 << 20, 'saved');
    const before = Buffer.alloc(2 << 20, 'kept');
    await writeFile(from, content);
    await writeFile(to, before);
    await using target = await loopDevice(to);
    const sequence = Number(await readFile(`/sys/block/${basename(target.device)}/diskseq`, 'utf8'));
    /** What the target holds after a rescue to what was shown with that number, and what was told. */
    const rescued = async (diskSequence: number): Promise<readonly [said: string, held: Buffer]> => {
      const spec: JobSpec = {
        ...{ source: from, target: target.device, map: own.path('map'), on: undefined, job: undefined },
        ...{ report: undefined, fill: 'marker', allSectors: true, first: [], retries: 0 },
        ...{ physicalSectorBytes: undefined, minRate: undefined, waitSeconds: 1, keepTimeouts: true },
        ...{ hopeless: 'leave', fixGpt: 'no', verify: false, overwrite: true, detached: false, force: false },
        agreed: [{ path: target.device, diskSequence, diskBytes: before.length }],
      };
      await writeFile(own.path('spec'), `${JSON.stringify(spec)}\n`);
      // The end of its input would stop it.
      const words = `(cat '${own.path('spec')}'; sleep 3) | '${LIFEBOAT}' engine`;
      const { stdout } = await run('sh', ['-c', words]);
      return [stdout, await readFile(to)];
    };
    const [refusal, kept] = await rescued(sequence + 1);
    assert.match(refusal, /"code":"device-changed"/);
    assert.ok(kept.equals(before), 'the disk in its place was written to');
    const [said, saved] = await rescued(sequence);
    assert.match(said, /"verdict":"saved"/);
    assert.ok(saved.subarray(0, content.length).equals(content));
  });
});
