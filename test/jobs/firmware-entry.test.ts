import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { addFirmwareEntry, removeFirmwareEntry } from '../../src/jobs/boot/firmware-entry.ts';
import { Refusal } from '../../src/jobs/refusal.ts';
import { makeBench } from '../support/block-bench.ts';
import { missing, runOrThrow } from '../support/tools.ts';

const VENDOR = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const CHANGE = { kind: 'firmware', partitionNumber: 1, loader: '\\EFI\\x.efi', label: 'Windows' } as const;

test('where variables of the firmware are mounted for reading only, they are writable for the one call alone', {
  skip: missing({ tools: ['efibootmgr', 'losetup', 'partx', 'sfdisk'], root: true }),
}, async (t) => {
  const bench = await makeBench(t);
  const { disk } = await bench.partitionedLoop('windows');
  const folder = await bench.mount('-t', 'tmpfs', 'efivars');
  await writeFile(join(folder, `BootOrder-${VENDOR}`), Buffer.of(7, 0, 0, 0, 1, 0));
  const isReadOnly = async (): Promise<boolean> =>
    / ro[, ]/.test(
      (await runOrThrow('findmnt', ['--noheadings', '--output', 'OPTIONS', folder])).replace(/^/, ' '),
    );
  await bench.run('mount', '-o', 'remount,ro', folder);
  process.env.EFIVARFS_PATH = `${folder}/`;
  t.after(() => {
    delete process.env.EFIVARFS_PATH;
    delete process.env.LIFEBOAT_LOCKS;
  });
  // Nothing is lifted on a system that keeps nothing locked: whoever has mounted it so has meant it.
  await assert.rejects(addFirmwareEntry(disk, CHANGE), Refusal);

  process.env.LIFEBOAT_LOCKS = bench.path('locks');
  const number = await addFirmwareEntry(disk, CHANGE);
  assert.ok((await readdir(folder)).includes(`Boot${number}-${VENDOR}`));
  assert.equal(await isReadOnly(), true);
  // What fails leaves it as it was, too.
  await assert.rejects(addFirmwareEntry(bench.path('no-disk'), CHANGE), Refusal);
  assert.equal(await isReadOnly(), true);
  await removeFirmwareEntry(number);
  assert.ok(!(await readdir(folder)).includes(`Boot${number}-${VENDOR}`));
  assert.equal(await isReadOnly(), true);
});
