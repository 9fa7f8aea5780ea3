import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { BlockFacts } from '../../src/block/path-facts.ts';
import { overlap, type Relations, relationsOf } from '../../src/block/relations.ts';
import { type Bench, makeBench } from '../support/block-bench.ts';

// A volume group on sda2 and sdb, with the logical volumes dm-0 (encrypted as dm-1) and dm-2; sdc is alone.
const DEVICES: Record<string, { number: string; partition?: true; slaves?: string[] }> = {
  sda: { number: '8:0' },
  'sda/sda1': { number: '8:1', partition: true },
  'sda/sda2': { number: '8:2', partition: true },
  sdb: { number: '8:16' },
  sdc: { number: '8:32' },
  'dm-0': { number: '252:0', slaves: ['sda/sda2', 'sdb'] },
  'dm-1': { number: '252:1', slaves: ['dm-0'] },
};

/** Builds a sysfs of those devices, since neither device-mapper nor RAID can be had in every kernel. */
async function fakeSysfs(bench: Bench): Promise<(device: string) => Promise<Relations>> {
  const sys = bench.path('sys');
  const put = async (path: string, content: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  };
  const link = async (to: string, from: string): Promise<void> => {
    await mkdir(dirname(from), { recursive: true });
    await symlink(to, from);
  };
  for (const [place, { number, partition, slaves = [] }] of Object.entries(DEVICES)) {
    const directory = join(sys, 'devices', place);
    await put(join(directory, 'dev'), `${number}\n`);
    if (partition) await put(join(directory, 'partition'), '1\n');
    else await link(directory, join(sys, 'block', place));
    await link(directory, join(sys, 'dev/block', number));
    for (const slave of slaves) {
      await link(join(sys, 'devices', slave), join(directory, 'slaves', slave.replace('/', '_')));
      await link(directory, join(sys, 'devices', slave, 'holders', place));
    }
  }
  return (device) => {
    const number = DEVICES[device]?.number ?? assert.fail(`no ${device} on the bench`);
    return relationsOf({ kind: 'block', majorMinor: number } as BlockFacts, sys);
  };
}

const names = (numbers: ReadonlySet<string>): string[] =>
  Object.entries(DEVICES)
    .filter(([, { number }]) => numbers.has(number))
    .map(([name]) => name);

test('an encrypted logical volume is made of all the devices below it', async (t) => {
  const of = await fakeSysfs(await makeBench(t));
  const { exact, own, upper } = await of('dm-1');
  assert.deepEqual(names(exact.devices), ['sda/sda2', 'sdb', 'dm-0', 'dm-1']);
  assert.deepEqual(names(own.devices), ['sda', 'sda/sda2', 'sdb', 'dm-0', 'dm-1']);
  assert.deepEqual(names(upper), []);
});

test('what is made of a disk is found through its partitions, at any depth', async (t) => {
  const of = await fakeSysfs(await makeBench(t));
  const { exact, upper } = await of('sda');
  assert.deepEqual(names(exact.devices), ['sda']);
  assert.deepEqual(names(upper), ['sda/sda1', 'sda/sda2', 'dm-0', 'dm-1']);
});

test('partitions of one disk share the disk and nothing else', async (t) => {
  const of = await fakeSysfs(await makeBench(t));
  const [one, other] = [await of('sda/sda1'), await of('sda/sda2')];
  assert.equal(overlap(one.exact, other.exact), false);
  assert.equal(overlap(one.own, other.own), true);
  assert.equal(overlap(one.deep, other.exact), false);
});

test('a volume and a disk below it belong together, a stranger does not', async (t) => {
  const of = await fakeSysfs(await makeBench(t));
  const volume = await of('dm-1');
  assert.equal(overlap(volume.own, (await of('sdb')).own), true);
  assert.equal(overlap(volume.own, (await of('sda/sda1')).own), true);
  assert.equal(overlap(volume.deep, (await of('sdc')).deep), false);
});
