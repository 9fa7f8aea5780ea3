import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { RangeSet } from '../../src/block/range-set.ts';
import type { FindAllocation } from '../../src/rescue/allocation.ts';
import { planVolume } from '../../src/rescue/volume-plan.ts';
import { xfsLogState } from '../../src/rescue/xfs-log.ts';
import { fileReader } from '../support/ntfs-reader.ts';
import { missing, run } from '../support/tools.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const folder = mkdtempSync(join(tmpdir(), 'lifeboat-allocation-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const image = join(folder, 'volume.img');

function make(sizeMib: number, tool: string, ...args: string[]): void {
  writeFileSync(image, '');
  truncateSync(image, sizeMib * MIB);
  execFileSync(tool, [...args, image], { stdio: 'ignore' });
}

/** Byte at which the log of the XFS in `image` begins. */
async function logStart(): Promise<number> {
  await using file = await open(image);
  const sb = Buffer.alloc(SECTOR);
  await file.read(sb, 0, SECTOR, 0);
  const shift = 2n ** BigInt(sb[124] ?? 0);
  const start = sb.readBigUInt64BE(48);
  return Number(
    ((start / shift) * BigInt(sb.readUInt32BE(84)) + (start % shift)) * BigInt(sb.readUInt32BE(4)),
  );
}

describe('whether a file system was closed in good order', () => {
  const skip = missing({ tools: ['mkfs.xfs', 'xfs_logprint'] });
  test('XFS: the end of its log is read as xfs_logprint reads it', { skip }, async () => {
    const theirs = async (): Promise<boolean> => {
      const { stdout } = await run('xfs_logprint', ['-t', image]);
      assert.match(stdout, /state: <(CLEAN|DIRTY)>/);
      return stdout.includes('<CLEAN>');
    };
    const ours = async (): Promise<boolean> => {
      const reader = fileReader(image);
      const state = await xfsLogState(reader);
      reader.close();
      return state === undefined;
    };
    const forms = [
      [],
      ['-l', 'su=32k'],
      ['-l', 'su=256k'],
      ['-m', 'crc=0', '-l', 'version=1'],
      ['-s', 'size=4096'],
    ];
    for (const form of forms) {
      make(320, 'mkfs.xfs', '-q', '-f', ...form);
      assert.equal(await ours(), true, form.join(' '));
      assert.equal(await theirs(), true, form.join(' '));
      // The record of the unmount, which is the only one, is made one of something else.
      const headerBlocks = form.includes('su=256k') ? 8 : 1;
      const file = await open(image, 'r+');
      const start = await logStart();
      await file.write(Buffer.of(0), 0, 1, start + headerBlocks * SECTOR + 9);
      assert.equal(await ours(), false, form.join(' '));
      assert.equal(await theirs(), false, form.join(' '));
      // A log that cannot be read, or whose first block is of no record, is no clean one.
      const lost = fileReader(image, { holes: RangeSet.single(start, start + SECTOR) });
      assert.match((await xfsLogState(lost)) ?? '', /cannot be read/);
      lost.close();
      await file.close();
    }
  });

  const skipExt = missing({ tools: ['mkfs.ext4', 'debugfs'] });
  test('ext4: after a crash all of it is rescued, what it calls used first', { skip: skipExt }, async () => {
    const used = RangeSet.of([
      { start: 0, end: 2 * MIB },
      { start: 20 * MIB, end: 21 * MIB },
    ]);
    const plan = async (find: FindAllocation | undefined) => {
      const reader = fileReader(image);
      const { signal } = new AbortController();
      const result = await planVolume(reader, 0, { first: [], signal, findAllocation: find });
      reader.close();
      return result;
    };
    const sure: FindAllocation = async () => ({ used, doubt: undefined });
    make(64, 'mkfs.ext4', '-q', '-F');
    const clean = await plan(sure);
    const edges = RangeSet.of([
      { start: 0, end: 65536 },
      { start: 64 * MIB - 65536, end: 64 * MIB },
    ]);
    assert.ok(clean.used.equals(used.union(edges)));
    assert.deepEqual([clean.kind, clean.rest.isEmpty, clean.notes], ['ext4', true, []]);
    const doubted = await plan(async () => ({ used, doubt: 'parts of it cannot be read' }));
    assert.equal(doubted.used.totalBytes + doubted.rest.totalBytes, 64 * MIB);
    for (const unknown of [
      undefined,
      (async () => ({ used: undefined, doubt: 'x' })) satisfies FindAllocation,
    ]) {
      const whole = await plan(unknown);
      assert.deepEqual([whole.used.isEmpty, whole.rest.totalBytes, whole.notes.length], [true, 64 * MIB, 1]);
    }
    execFileSync('debugfs', ['-w', '-R', 'feature needs_recovery', image], { stdio: 'ignore' });
    const dirty = await plan(sure);
    assert.ok(dirty.used.equals(clean.used));
    assert.equal(dirty.used.totalBytes + dirty.rest.totalBytes, 64 * MIB);
    assert.match(dirty.notes.join(), /not closed cleanly/);
  });
});
