import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BootImage } from './boot-image.ts';
import { toldTable } from './partition-tables.ts';
import { run, runOrThrow } from './tools.ts';
import { mountVolume } from './volume-mount.ts';

/**
 * Has other programs judge a disk after a fix: sfdisk and sgdisk the table, ntfs-3g and ntfsfix the volumes, hivexget and
 * chntpw the hives. What they say of a disk that is right is what they have to say of one that was mended.
 */
export async function judgeBootDisk(image: BootImage): Promise<void> {
  const { disk } = image;
  const table = toldTable(disk.path);
  assert.ok(table, 'sfdisk finds no table');
  for (const [number, { start }] of Object.entries(disk.parts)) {
    const startBytes: number | undefined = table.find((one) => one.number === Number(number))?.startBytes;
    assert.equal(startBytes, start * 512, `sfdisk: partition ${number}`);
  }
  if (disk.layout === 'gpt') {
    const { stdout, stderr } = await run('sgdisk', ['-v', disk.path]);
    assert.match(stdout, /No problems found/, stdout + stderr);
  } else {
    assert.equal(table.filter(({ boot }) => boot).length, 1, 'one partition is active');
  }
  for (const part of [disk.home, disk.windows]) {
    if (disk.layout === 'gpt' && part === disk.home) await judgeEsp(image);
    else await judgeNtfs(image, part);
  }
}

function cutOut(image: BootImage, part: number): string {
  const volume = `${image.disk.path}.judged`;
  execFileSync('dd', [
    ...[`if=${image.disk.path}`, `of=${volume}`, `skip=${image.start(part)}`, `count=${image.size(part)}`],
    ...['iflag=skip_bytes,count_bytes', 'bs=1M', 'status=none', 'conv=sparse'],
  ]);
  // The end of a sparse copy may be a hole that was not made.
  if (statSync(volume).size < image.size(part))
    execFileSync('truncate', ['-s', String(image.size(part)), volume]);
  return volume;
}

async function judgeNtfs(image: BootImage, part: number): Promise<void> {
  const volume = cutOut(image, part);
  try {
    const { code, stdout } = await run('ntfsfix', ['-n', volume]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Checking the alternate boot sector\.\.\. OK/, stdout);
    await using mounted = await mountVolume(volume, { readOnly: true });
    await judgeHives(mounted.root);
  } finally {
    rmSync(volume);
  }
}

async function judgeEsp(image: BootImage): Promise<void> {
  const volume = cutOut(image, image.disk.home);
  try {
    execFileSync('fsck.fat', ['-n', volume], { stdio: 'pipe' });
    const store = `${volume}.bcd`;
    execFileSync('mcopy', ['-n', '-i', volume, '::EFI/Microsoft/Boot/BCD', store]);
    assert.notEqual(await runOrThrow('hivexget', [store, DEFAULT_ELEMENT, 'Element']), '');
    rmSync(store);
  } finally {
    rmSync(volume);
  }
}

/** The system that a boot store starts. */
const DEFAULT_ELEMENT = '\\Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Elements\\23000003';
const HIVES = ['Boot/BCD', 'Windows/System32/config/SYSTEM', 'WINDOWS/system32/config/system'];

async function judgeHives(root: string): Promise<void> {
  for (const path of HIVES) {
    const hive = join(root, path);
    if (statSync(hive, { throwIfNoEntry: false }) === undefined) continue;
    const isStore = path === 'Boot/BCD';
    const key = isStore ? DEFAULT_ELEMENT : '\\Select';
    assert.notEqual(await runOrThrow('hivexget', [hive, key, isStore ? 'Element' : 'Current']), '');
    const copy = join('/tmp', `lifeboat-judged-${process.pid}.hive`);
    execFileSync('cp', [hive, copy]);
    const { stdout, stderr } = await run('reged', ['-x', copy, 'HKLM', '\\', `${copy}.reg`]);
    assert.match(stdout + stderr, /Exporting/, `reged: ${path}`);
    rmSync(copy);
    rmSync(`${copy}.reg`);
  }
}
