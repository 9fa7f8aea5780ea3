import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parseMapfile } from '../../src/rescue/mapfile.ts';
import { failingDisk } from '../support/failing-disk.ts';
import { eventsOf, lifeboat, startLifeboat } from '../support/lifeboat.ts';
import { seededRandom } from '../support/random.ts';
import { FAILING_DISK_NEEDS, missing, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { compareClone } from '../support/volume-comparison.ts';
import { everyKind } from '../support/volume-populations.ts';
import { type UsedClusters, usedRanges } from '../support/volume-used.ts';

const SECTOR = 512;
const MIB = 2 ** 20;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsclone', 'cmp'],
  root: true,
});

describe('disks that die in their own ways', { skip }, () => {
  let volume: Volume;
  let used: UsedClusters;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifeboat-e2e-'));
    volume = await makeVolume({ sizeBytes: 128 * MIB, populate: everyKind(64), seed: 23 });
    used = await usedRanges(volume.image);
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('a disk that hangs is waited for, and nothing healthy is called bad', async () => {
    const target = join(folder, 'hung.img');
    const random = seededRandom(6);
    const bad = Array.from({ length: 5 }, () => {
      const range = used.ranges[random.integer(used.ranges.length)];
      return (range?.start ?? 0) / SECTOR;
    });
    const faults = [...bad.map((sector) => `bad ${sector} 1`), `slow 0 ${volume.sizeBytes / SECTOR} 20`];
    await using disk = await failingDisk({ image: volume.image, faults, timescale: 1 });
    const rescue = startLifeboat(['rescue', disk.device, target, '--json']);
    // Well after the beginning, whatever else the machine has to do.
    while ((await disk.stats()).requests < 80) await delay(50);
    const before = (await disk.stats()).vanished;
    await disk.vanish();
    await delay(6000);
    const during = (await disk.stats()).vanished - before;
    await disk.comeBack();
    await disk.setFaults(bad.map((sector) => `bad ${sector} 1`));
    const result = await rescue.ended;
    assert.equal(result.code, 4, result.stdout.slice(-2000) + result.stderr);
    assert.ok(during > 0 && during <= 20, `${during} requests while the disk hung`);
    const notes = eventsOf(result).flatMap((event) => (event.event === 'note' ? [event.message] : []));
    assert.ok(notes.some((note) => /waiting until it answers/.test(note)));
    assert.ok(notes.some((note) => /answers again/.test(note)));
    const comparison = await compareClone(volume.image, target, used, new Set(bad), 0);
    assert.deepEqual(comparison.wrong, []);
  });

  test('a dead head: what is readable is safe before the rest is tried, and may be left alone', async () => {
    const stripes: string[] = [];
    const bad = new Set<number>();
    for (let at = 40 * MIB; at < 110 * MIB; at += 8 * MIB) {
      stripes.push(`bad ${at / SECTOR} ${MIB / SECTOR}`);
      for (let sector = at / SECTOR; sector < (at + MIB) / SECTOR; sector++) bad.add(sector);
    }
    const usedBad = new Set(
      [...bad].filter((sector) =>
        used.ranges.some(({ start, end }) => sector * SECTOR >= start && sector * SECTOR < end),
      ),
    );
    assert.ok(usedBad.size > 4 * (MIB / SECTOR), 'the stripes hit used data');
    const target = join(folder, 'dead-head.img');
    await using disk = await failingDisk({ image: volume.image, faults: stripes });
    const left = await lifeboat(['rescue', disk.device, target, '--hopeless', 'leave']);
    assert.equal(left.code, 4, left.stdout + left.stderr);
    assert.match(left.stdout, /probably lost/);
    const { failing } = await disk.stats();
    assert.ok(failing < 12 * stripes.length + 40, `${failing} failing reads for ${stripes.length} stripes`);
    // All that is readable is there already, and what was left alone is marked like what was tried.
    const comparison = await compareClone(volume.image, target, used, usedBad, 0);
    assert.deepEqual(comparison.wrong, []);
    const { map } = parseMapfile(await readFile(`${target}.map`, 'utf8'), volume.sizeBytes);
    assert.ok(map.bytesWith('/').totalBytes > 0, 'the map says what was left alone');

    const whole = await lifeboat(['rescue', disk.device, target, '--hopeless', 'try']);
    assert.equal(whole.code, 4, whole.stdout + whole.stderr);
    const tried = parseMapfile(await readFile(`${target}.map`, 'utf8'), volume.sizeBytes).map;
    assert.equal(tried.bytesWith('/', '*').totalBytes, 0);
    assert.equal(tried.bytesWith('-').totalBytes, usedBad.size * SECTOR);
    assert.deepEqual((await compareClone(volume.image, target, used, usedBad, 0)).wrong, []);
  });

  test('weak sectors are read at last with --retries', async () => {
    const random = seededRandom(8);
    const starts = new Set<number>();
    for (let i = 0; i < 20; i++) {
      const range = used.ranges[random.integer(used.ranges.length)];
      starts.add((range?.start ?? 0) / SECTOR);
    }
    const weak = [...starts].map((sector) => `weak ${sector} 1 3`);
    const target = join(folder, 'weak.img');
    await using disk = await failingDisk({ image: volume.image, faults: weak });
    const { code, stdout, stderr } = await lifeboat(['rescue', disk.device, target, '--retries', '3']);
    assert.equal(code, 0, stdout + stderr);
    const theirs = join(folder, 'theirs.img');
    await runOrThrow('ntfsclone', ['-q', '-f', '-O', theirs, volume.image]);
    await runOrThrow('cmp', [theirs, target]);
  });
});
