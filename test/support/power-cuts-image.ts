import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readUnfinished } from '../../src/clone/compressed/begun-image.ts';
import { openCompressedImage } from '../../src/clone/compressed/compressed-image.ts';
import { verifyCompressed } from '../../src/clone/compressed/verify-compressed.ts';
import { openImageFile } from '../../src/clone/image-file.ts';
import { failingDisk } from './failing-disk.ts';
import { LIFEBOAT } from './lifeboat.ts';
import { type CutReport, forget, takeOut } from './power-cuts.ts';
import { format, type PowerRig } from './power-rig.ts';
import { type SeededRandom, seededRandom } from './random.ts';
import { run } from './tools.ts';

/** When the power is cut. */
export interface ImageCutPlan {
  readonly seed: number;
  readonly cuts: number;
  /** The power is cut within so many writes and flushes. */
  readonly withinRequests: number;
}

const RUN_MS = 600_000;
const LOSSES = 4;
const SECTOR = 512;
const WORDS = ['image', 'save', '--rescue', '--ignore-check'];
const MOST_IDLE_LIVES = 12;

/**
 * Saves an image in the machine, to a file on ext4, cuts its power at seeded writes and flushes of the disk, looks from
 * outside at what the image holds, and goes on, until there were `cuts` cuts and the last run has come to its end.
 * Throws when anything that an image calls safe is not, when less is safe than before, or when the end is not that of a
 * save without cuts.
 */
export async function playImageCuts(
  rig: PowerRig,
  plan: ImageCutPlan,
  say: (line: string) => void,
): Promise<CutReport> {
  const random = seededRandom(plan.seed);
  const due = await undisturbed(rig);
  const sums = { cuts: 0, finishedRuns: 0, forgotten: 0, cutsThatHurt: 0, checked: 0, mended: 0 };
  while (sums.cuts < plan.cuts) {
    await format(rig.targetImage, 'ext4');
    let safeBefore = 0;
    for (let lives = 0; ; lives++) {
      assert.ok(lives < plan.cuts + MOST_IDLE_LIVES, 'the save does not come to its end');
      const isLast = sums.cuts >= plan.cuts;
      const cutAt = isLast ? Number.POSITIVE_INFINITY : 1 + random.integer(plan.withinRequests);
      const forgotten = await live(rig, cutAt, random);
      if (forgotten === undefined) {
        assert.ok(due.equals(await specialImage(rig)), 'the image is not that of a save without cuts');
        sums.finishedRuns++;
        say(`image, seed ${plan.seed}: finished after ${lives} cuts, as without any`);
        break;
      }
      sums.cuts++;
      sums.forgotten += forgotten;
      if (forgotten > 0) sums.cutsThatHurt++;
      const safe = await safeSectors(rig);
      assert.ok(safe >= safeBefore, `${safe} sectors are safe after a cut, ${safeBefore} were before`);
      safeBefore = safe;
      sums.checked += safe;
      say(
        `image, seed ${plan.seed}: cut ${sums.cuts} at request ${cutAt}, ${forgotten} sectors forgotten, ${safe} called safe and true`,
      );
    }
  }
  return sums;
}

/** One life of the machine: how many sectors the disk forgot; undefined when the save came to its end before. */
async function live(rig: PowerRig, cutAt: number, random: SeededRandom): Promise<number | undefined> {
  const disks = await rig.insertDisks();
  await using machine = await rig.switchOn();
  await machine.run('mount -t ext4 /dev/vdc /t');
  const base = disks.target.requests;
  const cut = new Promise<'cut'>((done) => {
    disks.target.onRequest = () => {
      if (disks.target.requests - base >= cutAt) done('cut');
    };
  });
  const mark = machine.begin(`lifeboat ${WORDS.join(' ')} /dev/vdb /t/image.zst > /tmp/log 2>&1`);
  const end = machine.console.waitFor(new RegExp(`${mark} (\\d+)::`), RUN_MS);
  const first = await Promise.race([cut, end.then((found) => Number(found?.[1]))]);
  if (first === 'cut') {
    await machine.cut();
    await end;
    return forget([disks.target], random);
  }
  if (first !== LOSSES) throw new Error(`exit ${first}: ${await machine.run('cat /tmp/log')}`);
  await machine.run('for i in $(seq 100); do umount /t && break; usleep 100000; done 2> /dev/null');
  await machine.run('! grep -q " /t " /proc/mounts');
  await machine.run('sync');
  return undefined;
}

/** Does something with the image as the next system that starts would see it; undefined when it is not there. */
async function withImage<T>(rig: PowerRig, work: (path: string) => Promise<T>): Promise<T | undefined> {
  const folder = join(rig.folder, 'image');
  await mkdir(folder);
  try {
    const path = join(folder, 'image.zst');
    const isThere = await takeOut(rig.targetImage, false, folder, [['image.zst', path]]);
    return isThere ? await work(path) : undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sectors that an image calls safe. Every one of them is: of the part that it keeps nothing is damaged. */
async function safeSectors(rig: PowerRig): Promise<number> {
  const safe = await withImage(rig, async (path) => {
    await using file = await openImageFile(path);
    const begun = file.reader.sizeBytes === 0 ? undefined : await readUnfinished(file.reader);
    if (begun === undefined) return 0;
    const bytes = (await readFile(path)).subarray(0, begun.keptBytes);
    const kept = {
      sizeBytes: bytes.length,
      read: async (offset: number, length: number) => ({
        bytes: bytes.slice(offset, offset + length),
        holes: [],
      }),
    };
    const image = await openCompressedImage(kept);
    assert.ok(image, 'what is kept is no image any more');
    const { signal } = new AbortController();
    const ignore = (): void => undefined;
    const { damages, clusters } = await verifyCompressed(image, ignore, ignore, signal);
    const others = damages.filter(({ what }) => !what.startsWith('the end is missing'));
    assert.deepEqual(others, []);
    return (clusters * image.header.clusterBytes) / SECTOR;
  });
  return safe ?? 0;
}

/** What zstd makes of the image in the end. */
async function specialImage(rig: PowerRig): Promise<Buffer> {
  const found = await withImage(rig, expanded);
  assert.ok(found, 'the image is not there');
  return found;
}

async function expanded(image: string): Promise<Buffer> {
  const { code, stderr } = await run('zstd', ['-dqf', image, '-o', `${image}.plain`]);
  assert.equal(code, 0, stderr);
  return readFile(`${image}.plain`);
}

/** What zstd makes of an image of the same failing disk that was saved here, without cuts. */
async function undisturbed(rig: PowerRig): Promise<Buffer> {
  const folder = join(rig.folder, 'undisturbed-image');
  await mkdir(folder);
  const copy = join(folder, 'volume');
  await copyFile(rig.volume.image, copy);
  await using source = await failingDisk({ image: copy, faults: rig.faults });
  const image = join(folder, 'image.zst');
  const { code, stderr } = await run(LIFEBOAT, [...WORDS, source.device, image]);
  assert.equal(code, LOSSES, stderr);
  return expanded(image);
}
