import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { loopDevice } from '../../scripts/loop-device.ts';
import { difference, expectedClone } from '../support/e2e-bad-sectors.ts';
import { failingTarget, type TargetFault } from '../support/e2e-failing-target.ts';
import { assertMapIsTrue } from '../support/e2e-map-truth.ts';
import { pullDisk } from '../support/e2e-pull.ts';
import { type Scratch, scratch } from '../support/e2e-scratch.ts';
import { smallFileSystem } from '../support/e2e-tmpfs.ts';
import { type FailingDisk, failingDisk } from '../support/failing-disk.ts';
import { type LifeboatProcess, type LifeboatRun, startLifeboat } from '../support/lifeboat.ts';
import { FAILING_DISK_NEEDS, missing, run, runOrThrow } from '../support/tools.ts';
import { makeVolume, type Volume } from '../support/volume.ts';
import { everyKind } from '../support/volume-populations.ts';

const SECTOR = 512;
const MIB = 2 ** 20;
const OLD = 0xa5;
const PATIENCE_MS = 90_000;

const skip = missing({
  tools: [...FAILING_DISK_NEEDS.tools, 'mkntfs', 'ntfs-3g', 'ntfsclone', 'ddrescuelog', 'mkfs.ext4'],
  root: true,
});

describe('ends that go and come back', { skip }, () => {
  let own: Scratch;
  let volume: Volume;
  /** Another volume of the same size. */
  let stranger: Volume;
  let healthyClone: string;
  /** What ntfsclone leaves on a disk with old content. */
  let cloneOnDisk: string;

  before(async () => {
    own = await scratch();
    // A size that no other device of the machine has: devices of the same size are looked at.
    const sizeBytes = 48 * MIB + 3 * 4096;
    volume = await makeVolume({ sizeBytes, populate: everyKind(16), seed: 61 });
    stranger = await makeVolume({ sizeBytes, populate: everyKind(16), seed: 62 });
    healthyClone = own.path('healthy-clone.img');
    await expectedClone(volume.image, healthyClone);
    cloneOnDisk = own.path('clone-on-disk.img');
    await oldDisk(cloneOnDisk);
    await using disk = await loopDevice(cloneOnDisk);
    await runOrThrow('ntfsclone', ['-q', '-f', '-O', disk.device, volume.image]);
    await runOrThrow('blockdev', ['--flushbufs', disk.device]);
  });

  after(async () => {
    await volume[Symbol.asyncDispose]();
    await stranger[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  const oldDisk = (path: string): Promise<void> => writeFile(path, Buffer.alloc(volume.sizeBytes, OLD));

  const slowDisk = (): Promise<FailingDisk> =>
    failingDisk({
      image: volume.image,
      faults: [`slow 0 ${volume.sizeBytes / SECTOR} 30`],
      timescale: 1,
    });

  /** Waits until the copy is well on its way and a map was saved that vouches for something. */
  async function midway(disk: FailingDisk, map: string): Promise<void> {
    await eventually('something is saved', async () => {
      const { bytesRead } = await disk.stats();
      return bytesRead > 6 * MIB && /0x[0-9A-F]{6,} {2}\+/.test(await readFile(map, 'utf8').catch(() => ''));
    });
  }

  async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await isSo())) {
      assert.ok(Date.now() < end, `waited in vain until ${what}`);
      await delay(50);
    }
  }

  /** What the run has printed so far. */
  function listen(rescue: LifeboatProcess): () => string {
    let text = '';
    rescue.child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    return () => text;
  }

  function assertCode(result: LifeboatRun, code: number): void {
    assert.equal(result.code, code, result.stdout.slice(-3000) + result.stderr);
  }

  /** Lets the name `link` mean another device. */
  async function name(link: string, device: string): Promise<void> {
    await symlink(device, `${link}.new`);
    await rename(`${link}.new`, link);
  }

  test('a source that comes back under another name goes on; another disk under its name is refused', async () => {
    const [link, target] = [own.path('source'), own.path('returned.img')];
    const map = `${target}.map`;
    await using first = await slowDisk();
    await name(link, first.device);
    const rescue = startLifeboat(['rescue', link, target, '--wait', 'forever']);
    const said = listen(rescue);
    try {
      await midway(first, map);
      await pullDisk(first.device);
      await eventually('it says that the disk is gone', () => said().includes('The source is gone'));
      {
        await using other = await loopDevice(stranger.image, { readOnly: true });
        await name(link, other.device);
        await eventually('it turns the other disk down', () =>
          said().includes(`${link} is not taken for it`),
        );
        assert.match(
          said(),
          /its volume has the serial number [0-9A-F]{16}, that of the source [0-9A-F]{16}/,
        );
        await rm(link);
      }
      assert.equal(rescue.child.exitCode, null, 'it still waits');
      assert.ok((await assertMapIsTrue(map, target, volume.image)) > 0);
      await using second = await failingDisk({ image: volume.image });
      const result = await rescue.ended;
      assertCode(result, 0);
      assert.ok(result.stdout.includes(`It is back as ${second.device}`), result.stdout);
      assert.equal(await difference(healthyClone, target), '');
    } finally {
      if (rescue.child.exitCode === null) rescue.killAll();
    }
  });

  test('a source that does not come back in time: exit 6, nothing called bad, and the same command goes on', async () => {
    const target = own.path('late.img');
    {
      await using disk = await slowDisk();
      const rescue = startLifeboat(['rescue', disk.device, target, '--wait', '3']);
      await midway(disk, `${target}.map`);
      await pullDisk(disk.device);
      const result = await rescue.ended;
      assertCode(result, 6);
      assert.match(result.stdout, /bad 0 B/);
    }
    assert.ok((await assertMapIsTrue(`${target}.map`, target, volume.image)) > 0);
    await using again = await failingDisk({ image: volume.image });
    const result = await startLifeboat(['rescue', again.device, target]).ended;
    assertCode(result, 0);
    assert.equal(await difference(healthyClone, target), '');
  });

  test('a target that is pulled and comes back under another name goes on from what was on stable storage', async () => {
    const [link, backing, map] = [own.path('target'), own.path('backing.img'), own.path('pulled.map')];
    await oldDisk(backing);
    await using source = await slowDisk();
    await using first = await failingTarget(backing);
    await name(link, first.device);
    const words = ['rescue', source.device, link, '--yes', '--map', map, '--wait', 'forever'];
    const rescue = startLifeboat(words);
    const said = listen(rescue);
    try {
      await midway(source, map);
      await first.pull();
      assert.ok((await assertMapIsTrue(map, backing, volume.image)) > 0);
      await eventually('it says that the target is gone', () => said().includes('The target is gone'));
      const [other, untouched] = [own.path('other.img'), own.path('untouched.img')];
      await copyFile(stranger.image, other);
      await copyFile(stranger.image, untouched);
      {
        await using disk = await loopDevice(other);
        await name(link, disk.device);
        await eventually('it turns the other disk down', () =>
          said().includes(`${link} is not taken for it`),
        );
        await rm(link);
      }
      assert.equal(await difference(other, untouched), '', 'the other disk was written to');
      await assertMapIsTrue(map, backing, volume.image);
      await source.setFaults([]);
      await using second = await failingTarget(backing);
      const result = await rescue.ended;
      assertCode(result, 0);
      assert.ok(result.stdout.includes(`It is back as ${second.device}`), result.stdout);
      assert.equal(await difference(cloneOnDisk, backing), '');
      await assertMapIsTrue(map, backing, volume.image);
    } finally {
      if (rescue.child.exitCode === null) rescue.killAll();
    }
  });

  test('a target file whose file system vanishes goes on when it is mounted again', async () => {
    const backing = own.path('stick.img');
    await writeFile(backing, '');
    await truncate(backing, 2 * volume.sizeBytes);
    await runOrThrow('mkfs.ext4', ['-q', '-F', backing]);
    const point = own.path('stick');
    await mkdir(point);
    const target = join(point, 'clone.img');
    await using source = await slowDisk();
    await using first = await failingTarget(backing);
    await runOrThrow('mount', [first.device, point]);
    const rescue = startLifeboat(['rescue', source.device, target, '--wait', 'forever']);
    const said = listen(rescue);
    try {
      await midway(source, `${target}.map`);
      await first.pull();
      await eventually('it says that the target is gone', () => said().includes('The target'));
      await runOrThrow('umount', ['--lazy', point]);
      await source.setFaults([]);
      await using second = await failingTarget(backing);
      await runOrThrow('mount', [second.device, point]);
      try {
        const result = await rescue.ended;
        assertCode(result, 0);
        assert.ok(result.stdout.includes(`It is back as ${target}`), result.stdout);
        assert.equal(await difference(healthyClone, target), '');
        assert.ok((await assertMapIsTrue(`${target}.map`, target, volume.image)) > 0);
      } finally {
        await runOrThrow('umount', [point]);
      }
    } finally {
      if (rescue.child.exitCode === null) rescue.killAll();
      await run('umount', ['--lazy', point]);
    }
  });

  test('a target whose flush fails once: what it lost is written again, in the same run', async () => {
    const [backing, map] = [own.path('flush.img'), own.path('flush.map')];
    await oldDisk(backing);
    await using target = await failingTarget(backing);
    target.setFault({ on: 'flush', afterBytes: 5 * MIB });
    await using source = await failingDisk({ image: volume.image });
    const result = await startLifeboat(['rescue', source.device, target.device, '--yes', '--map', map]).ended;
    assert.ok(target.struck);
    assertCode(result, 0);
    assert.match(result.stdout, /The target fails to write \(EIO\)/);
    assert.equal(await difference(cloneOnDisk, backing), '');
  });

  test('a target that runs full waits for room and goes on by itself', async () => {
    await using small = await smallFileSystem(10 * MIB);
    const target = join(small.root, 'clone.img');
    const map = own.path('room.map');
    const rescue = startLifeboat(['rescue', volume.image, target, '--map', map, '--wait', 'forever']);
    const said = listen(rescue);
    try {
      await eventually('it says that the target is full', () => said().includes('The target is full'));
      await delay(1500);
      assert.ok((await assertMapIsTrue(map, target, volume.image)) > 0);
      await small.resize(2 * volume.sizeBytes);
      const result = await rescue.ended;
      assertCode(result, 0);
      assert.match(result.stdout, /There is room again/);
      assert.equal(await difference(healthyClone, target), '');
    } finally {
      if (rescue.child.exitCode === null) rescue.killAll();
    }
  });

  const lies: readonly (readonly [string, TargetFault])[] = [
    ['that drops writes behind its real end', { on: 'end', realBytes: 20 * MIB, beyond: 'dropped' }],
    ['that begins again behind its real end', { on: 'end', realBytes: 20 * MIB, beyond: 'wrapped' }],
    ['that drops all writes after a while', { on: 'silence', afterBytes: 9 * MIB }],
  ];
  for (const [what, fault] of lies) {
    test(`a target disk ${what}: exit 1, and the map vouches for nothing`, async () => {
      const [backing, map] = [own.path('liar.img'), own.path('liar.map')];
      await rm(map, { force: true });
      await oldDisk(backing);
      {
        await using target = await failingTarget(backing);
        target.setFault(fault);
        const result = await startLifeboat(['rescue', volume.image, target.device, '--yes', '--map', map])
          .ended;
        assert.ok(target.struck, 'the target has lied');
        assertCode(result, 1);
        assert.match(result.stdout, /does not hold what was written to it/);
        assert.equal(await assertMapIsTrue(map, backing, volume.image), 0);
      }
      // The same map goes on with an honest target.
      const honest = own.path('honest.img');
      await writeFile(honest, '');
      await truncate(honest, volume.sizeBytes);
      const result = await startLifeboat(['rescue', volume.image, honest, '--yes', '--map', map]).ended;
      assertCode(result, 0);
      assert.equal(await difference(healthyClone, honest), '');
    });
  }
});
