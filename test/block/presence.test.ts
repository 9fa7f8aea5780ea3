import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { BlockFacts } from '../../src/block/path-facts.ts';
import { deviceIsThere } from '../../src/block/presence.ts';
import { makeBench } from '../support/block-bench.ts';

const SDA1: BlockFacts = {
  kind: 'block',
  path: '/dev/sda1',
  realPath: '/dev/sda1',
  name: 'sda1',
  majorMinor: '8:1',
  sizeBytes: 2048 * 512,
  logicalSectorBytes: 512,
  physicalSectorBytes: 512,
  readOnly: false,
  rotational: true,
  diskName: 'sda',
  diskMajorMinor: '8:0',
  partitionNumber: 1,
  partitionStartBytes: 1 << 20,
  diskSequence: 7,
};

test('a disk is there as long as it is the same attachment, as large as before, and not switched off', async (t) => {
  const sys = (await makeBench(t)).path('sys');
  const put = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(sys, 'block', file)), { recursive: true });
    await writeFile(join(sys, 'block', file), `${text}\n`);
  };
  const isThere = (): Promise<boolean> => deviceIsThere(SDA1, sys);
  assert.equal(await isThere(), false);
  await put('sda/diskseq', '7');
  await put('sda/device/state', 'running');
  await put('sda/sda1/partition', '1');
  await put('sda/sda1/size', '2048');
  await mkdir(join(sys, 'dev/block'), { recursive: true });
  await symlink('../../block/sda/sda1', join(sys, 'dev/block/8:1'));
  assert.equal(await isThere(), true);
  for (const state of ['offline', 'transport-offline', 'cancel', 'deleted', 'dead']) {
    await put('sda/device/state', state);
    assert.equal(await isThere(), false, state);
  }
  for (const state of ['running', 'blocked', 'live']) {
    await put('sda/device/state', state);
    assert.equal(await isThere(), true, state);
  }
  await put('sda/diskseq', '8');
  assert.equal(await isThere(), false, 'another attachment');
  await put('sda/diskseq', '7');
  await put('sda/sda1/size', '0');
  assert.equal(await isThere(), false, 'no medium');
});
