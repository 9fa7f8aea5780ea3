import assert from 'node:assert/strict';
import { copyFile, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../../scripts/machine/machine.ts';
import type { VolatileDisk } from '../../scripts/machine/volatile-disk.ts';
import { assertMapIsTrue } from './e2e-map-truth.ts';
import { failingDisk } from './failing-disk.ts';
import { LIFEBOAT } from './lifeboat.ts';
import { format, type PowerRig } from './power-rig.ts';
import { type SeededRandom, seededRandom } from './random.ts';
import { run, runOrThrow } from './tools.ts';

/** How target and map are kept in the machine. */
export type Keeping = 'file' | 'disk, map on ext4' | 'disk, map on FAT';

export interface CutPlan {
  readonly keeping: Keeping;
  readonly seed: number;
  readonly cuts: number;
  /** The power is cut within so many writes and flushes. */
  readonly withinRequests: number;
}

export interface CutReport {
  readonly cuts: number;
  readonly finishedRuns: number;
  /** Sectors that the disks forgot, in all cuts. */
  readonly forgotten: number;
  /** Cuts in which the disks forgot something. */
  readonly cutsThatHurt: number;
  /** Sectors called saved by maps, checked after the cuts. */
  readonly checked: number;
  /** How often FAT was damaged by a cut so that the kernel let nothing be written to it until it was mended. */
  readonly mended: number;
}

const SOURCE = '/dev/vdb';
const RUN_MS = 600_000;
/** Finished, with losses: what a source with bad sectors comes to. */
const LOSSES = 4;
const FAILED = 1;
const MOST_IDLE_LIVES = 12;

/**
 * Rescues in the machine, cuts its power at seeded writes and flushes of its disks, looks from outside at what they
 * hold, and goes on, until there were `cuts` cuts and the last run has come to its end. Throws when a saved map calls
 * anything saved that the target does not hold, when less is saved than before, or when the end is not that of a run
 * without cuts.
 */
export async function playCuts(
  rig: PowerRig,
  plan: CutPlan,
  say: (line: string) => void,
): Promise<CutReport> {
  const random = seededRandom(plan.seed);
  const due = await undisturbed(rig, plan);
  const sums = { cuts: 0, finishedRuns: 0, forgotten: 0, cutsThatHurt: 0, checked: 0, mended: 0 };
  while (sums.cuts < plan.cuts) {
    await freshDisks(rig, plan);
    let savedBefore = 0;
    for (let lives = 0; ; lives++) {
      assert.ok(lives < plan.cuts + MOST_IDLE_LIVES, 'the rescue does not come to its end');
      const isLast = sums.cuts >= plan.cuts;
      const life = await live(
        rig,
        plan,
        isLast ? Number.POSITIVE_INFINITY : 1 + random.integer(plan.withinRequests),
        random,
      );
      if (life === undefined) {
        await assertSame(rig, plan, due);
        sums.finishedRuns++;
        say(`${plan.keeping}, seed ${plan.seed}: finished after ${lives} cuts, as without any`);
        break;
      }
      if (life === 'read-only') {
        await mendFat(rig.mapImage);
        sums.mended++;
        const saved = await examine(rig, plan);
        assert.ok(
          saved >= savedBefore,
          `${saved} sectors are saved after fsck.fat, ${savedBefore} were before`,
        );
        say(`${plan.keeping}, seed ${plan.seed}: FAT could only be read, and was mended`);
        continue;
      }
      sums.cuts++;
      sums.forgotten += life.forgotten;
      if (life.forgotten > 0) sums.cutsThatHurt++;
      const saved = await examine(rig, plan);
      assert.ok(saved >= savedBefore, `${saved} sectors are saved after a cut, ${savedBefore} were before`);
      savedBefore = saved;
      sums.checked += saved;
      say(
        `${plan.keeping}, seed ${plan.seed}: cut ${sums.cuts} at request ${life.at}, ${life.forgotten} sectors forgotten, ` +
          `${saved} called saved and true`,
      );
    }
  }
  return sums;
}

/**
 * One life of the machine; undefined when the rescue came to its end before the power went, 'read-only' when it could
 * not save its map on a FAT that the last cut had damaged, and said so.
 */
async function live(
  rig: PowerRig,
  plan: CutPlan,
  cutAt: number,
  random: SeededRandom,
): Promise<{ readonly at: number; readonly forgotten: number } | 'read-only' | undefined> {
  const disks = await rig.insertDisks();
  await using machine = await rig.switchOn();
  for (const command of mounts(plan)) await machine.run(command);
  const base = disks.target.requests + disks.map.requests;
  const cut = new Promise<'cut'>((done) => {
    const count = (): void => {
      if (disks.target.requests + disks.map.requests - base >= cutAt) done('cut');
    };
    for (const disk of [disks.target, disks.map]) disk.onRequest = count;
  });
  const { target, map } = places(plan);
  const mark = machine.begin(`lifeboat rescue ${SOURCE} ${target} --map ${map} --yes > /tmp/log 2>&1`);
  const end = machine.console.waitFor(new RegExp(`${mark} (\\d+)::`), RUN_MS);
  const first = await Promise.race([cut, end.then((found) => Number(found?.[1]))]);
  if (first === 'cut') {
    await machine.cut();
    await end;
    const forgotten = await forget([disks.target, disks.map], random);
    return { at: cutAt, forgotten };
  }
  if (first !== LOSSES) {
    const said = await machine.run('cat /tmp/log');
    if (plan.keeping !== 'disk, map on FAT' || first !== FAILED || !said.includes('check it with fsck')) {
      throw new Error(`exit ${first}: ${said}`);
    }
    await switchOff(machine, plan);
    return 'read-only';
  }
  await switchOff(machine, plan);
  return undefined;
}

/** What the message says helps: `fsck.fat` puts the tables right by itself. */
async function mendFat(image: string): Promise<void> {
  const { code, stdout } = await run('fsck.fat', ['-a', '-w', image]);
  // 1: errors were found and mended.
  assert.ok(code === 0 || code === 1, stdout);
}

/** What the disks have not flushed is forgotten, or not, sector by sector. */
export async function forget(disks: readonly VolatileDisk[], random: SeededRandom): Promise<number> {
  let forgotten = 0;
  for (const disk of disks) forgotten += await disk.cut((below) => random.integer(below));
  return forgotten;
}

async function switchOff(machine: Machine, plan: CutPlan): Promise<void> {
  for (const command of mounts(plan)) {
    const place = command.split(' ').at(-1);
    // The engine may still be on its way out.
    await machine.run(`for i in $(seq 100); do umount ${place} && break; usleep 100000; done 2> /dev/null`);
    await machine.run(`! grep -q ' ${place} ' /proc/mounts`);
  }
  await machine.run('sync');
}

function mounts({ keeping }: CutPlan): string[] {
  if (keeping === 'file') return ['mount -t ext4 /dev/vdc /t'];
  return [keeping === 'disk, map on ext4' ? 'mount -t ext4 /dev/vdd /m' : 'mount -t vfat /dev/vdd /m'];
}

function places({ keeping }: CutPlan): { readonly target: string; readonly map: string } {
  return keeping === 'file'
    ? { target: '/t/copy.img', map: '/t/copy.map' }
    : { target: '/dev/vdc', map: '/m/copy.map' };
}

/** Disks as they are before the rescue: an empty file system, or a disk full of old things. */
async function freshDisks(rig: PowerRig, plan: CutPlan): Promise<void> {
  if (plan.keeping === 'file') return format(rig.targetImage, 'ext4');
  await oldContent(rig.targetImage, plan.seed);
  await format(rig.mapImage, plan.keeping === 'disk, map on ext4' ? 'ext4' : 'vfat');
}

async function oldContent(image: string, seed: number): Promise<void> {
  const { size } = await stat(image);
  const noise = seededRandom(seed + 1).fill(new Uint8Array(2 ** 20));
  const file = await open(image, 'r+');
  for (let at = 0; at < size; at += noise.length)
    await file.write(noise, 0, Math.min(noise.length, size - at), at);
  await file.close();
}

/** The target of a run of the same executable over the same failing disk, here and without cuts. */
async function undisturbed(rig: PowerRig, plan: CutPlan): Promise<Buffer> {
  const folder = join(rig.folder, `undisturbed-${plan.seed}`);
  await mkdir(folder);
  await using source = await failingDisk({ image: rig.volume.image, faults: rig.faults });
  const [copy, map] = [join(folder, 'copy.img'), join(folder, 'copy.map')];
  const isFile = plan.keeping === 'file';
  if (!isFile) {
    await copyFile(rig.targetImage, copy);
    await oldContent(copy, plan.seed);
  }
  const target = isFile ? copy : await loopDevice(copy);
  try {
    const { code, stderr } = await run(LIFEBOAT, ['rescue', source.device, target, '--map', map, '--yes']);
    assert.equal(code, LOSSES, stderr);
  } finally {
    if (!isFile) await runOrThrow('losetup', ['-d', target]);
  }
  const bytes = await readFile(copy);
  await rm(folder, { recursive: true });
  return bytes.subarray(0, rig.volume.sizeBytes);
}

/** Looks at the disks from outside; returns how many sectors a saved map calls saved. All of them are. */
async function examine(rig: PowerRig, plan: CutPlan): Promise<number> {
  const folder = join(rig.folder, 'examined');
  await mkdir(folder);
  try {
    const map = join(folder, 'map');
    const target = plan.keeping === 'file' ? join(folder, 'copy') : rig.targetImage;
    const image = plan.keeping === 'file' ? rig.targetImage : rig.mapImage;
    const isFat = plan.keeping === 'disk, map on FAT';
    const targetFile = plan.keeping === 'file' ? [['copy.img', target] as const] : [];
    for (const name of isFat ? ['copy.map', 'copy.map.copy'] : ['copy.map']) {
      const isThere = await takeOut(image, isFat, folder, [[name, map], ...targetFile]);
      // On FAT a map can be spoilt; its copy is then what the rescue goes on from.
      if (!isThere || (isFat && !(await isMap(map)))) continue;
      return await assertMapIsTrue(map, target, rig.volume.image);
    }
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether ddrescue takes the file for a map. */
async function isMap(path: string): Promise<boolean> {
  return (await stat(path)).size > 0 && (await run('ddrescuelog', ['-t', path])).code === 0;
}

/** Copies files out of a copy of a disk image, as the next system that starts would see them; false without the first. */
export async function takeOut(
  image: string,
  isFat: boolean,
  folder: string,
  files: readonly (readonly [name: string, to: string])[],
): Promise<boolean> {
  const copy = join(folder, 'image');
  await rm(copy, { force: true });
  await runOrThrow('cp', ['--sparse=always', image, copy]);
  if (isFat) {
    for (const [name, to] of files) {
      const { code } = await run('mcopy', ['-n', '-i', copy, `::${name}`, to]);
      if (code !== 0) return false;
    }
    return true;
  }
  const mounted = join(folder, 'mounted');
  await mkdir(mounted);
  // Mounting replays the journal: that is why it is a copy.
  const device = await loopDevice(copy);
  try {
    await runOrThrow('mount', [device, mounted]);
    for (const [name, to] of files) {
      if ((await run('cp', ['--sparse=always', join(mounted, name), to])).code !== 0) return false;
    }
    return true;
  } finally {
    await run('umount', [mounted]);
    await runOrThrow('losetup', ['-d', device]);
  }
}

/** A loop device that can be written to, whatever its last user has left. */
async function loopDevice(file: string): Promise<string> {
  const device = (await runOrThrow('losetup', ['--find', '--show', file])).trim();
  await runOrThrow('blockdev', ['--setrw', device]);
  return device;
}

async function assertSame(rig: PowerRig, plan: CutPlan, due: Buffer): Promise<void> {
  const folder = join(rig.folder, 'end');
  await mkdir(folder);
  try {
    let found: Buffer;
    if (plan.keeping === 'file') {
      const copy = join(folder, 'copy');
      assert.ok(
        await takeOut(rig.targetImage, false, folder, [['copy.img', copy]]),
        'the target is not there',
      );
      found = await readFile(copy);
    } else {
      found = (await readFile(rig.targetImage)).subarray(0, due.length);
    }
    assert.equal(found.length, due.length);
    assert.ok(found.equals(due), 'the copy is not that of a run without cuts');
    assert.ok((await examine(rig, plan)) > 0, 'the map is not there');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
