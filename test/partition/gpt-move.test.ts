import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { moveGpt } from '../../src/partition/gpt-move.ts';
import { memoryReader } from '../support/ntfs-reader.ts';
import { randomGpt, toldTable, writeTable } from '../support/partition-tables.ts';
import { seededRandom } from '../support/random.ts';
import { missing } from '../support/tools.ts';

const MIB = 2 ** 20;
const SECTOR = 512;
const folder = mkdtempSync(join(tmpdir(), 'lifeboat-gpt-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A disk with a random table, on a larger one. */
function larger(name: string, seed: number, moreBytes: number): { path: string; bytes: Uint8Array } {
  const path = join(folder, name);
  writeFileSync(path, '');
  writeTable(path, randomGpt(seededRandom(seed), 32768), 16 * MIB);
  truncateSync(path, 16 * MIB + moreBytes);
  return { path, bytes: new Uint8Array(readFileSync(path)) };
}

async function applied(bytes: Uint8Array): Promise<Uint8Array> {
  const move = await moveGpt(memoryReader(bytes), 16 * MIB, [512, 4096]);
  const changed = bytes.slice();
  for (const { start, before, after } of move?.pieces ?? []) {
    assert.deepEqual(before, changed.slice(start, start + before.length));
    changed.set(after, start);
  }
  return changed;
}

function verify(path: string): void {
  assert.match(execFileSync('sgdisk', ['-v', path], { encoding: 'utf8' }), /No problems found/);
  const told = execFileSync('sfdisk', ['--verify', path], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  assert.match(told, /No errors detected/);
}

describe('a GPT on a disk of another size', { skip: missing({ tools: ['sfdisk', 'sgdisk'] }) }, () => {
  test('moving it gives the bytes that sfdisk gives', async () => {
    for (const seed of [1, 2, 3, 4]) {
      const { path, bytes } = larger('disk.img', seed, seed * 3 * MIB + SECTOR);
      const told = toldTable(path);
      const ours = await applied(bytes);
      execFileSync('sfdisk', ['--quiet', '--relocate', 'gpt-bak-std', path], { stdio: 'ignore' });
      const theirs = new Uint8Array(readFileSync(path));
      const differing = ours.findIndex((byte, i) => byte !== theirs[i]);
      assert.equal(differing, -1, `they differ at byte ${differing}`);
      writeFileSync(path, await applied(bytes));
      assert.deepEqual(toldTable(path), told);
      verify(path);
      const again = await moveGpt(memoryReader(ours), 16 * MIB, [512, 4096]);
      assert.deepEqual(again?.pieces, [], 'what is right is left alone');
    }
  });

  test('a damaged copy is made from the other one, also in place', async () => {
    const places = [
      [0, 1],
      [1, 1],
      [2, 4],
      [-1, 1],
      [-33, 32],
    ] as const;
    for (const [index, [from, count]] of places.entries()) {
      const { path, bytes } = larger('damaged.img', 20 + index, 0);
      const told = toldTable(path);
      const start = from < 0 ? bytes.length + from * SECTOR : from * SECTOR;
      bytes.fill(0x3f, start, start + count * SECTOR);
      writeFileSync(path, await applied(bytes));
      assert.deepEqual(toldTable(path), told, `sector ${from}`);
      verify(path);
    }
  });

  test('what cannot be done is said, and what is right is not touched', async () => {
    const { bytes } = larger('right.img', 30, 0);
    assert.deepEqual((await moveGpt(memoryReader(bytes), bytes.length, [512]))?.pieces, []);
    // Windows always writes the largest size into its protective entry.
    bytes.fill(0xff, 446 + 12, 446 + 16);
    assert.deepEqual((await moveGpt(memoryReader(bytes), bytes.length, [512]))?.pieces, []);
    bytes.fill(0x3f, 2 * SECTOR, 3 * SECTOR);
    bytes.fill(0x3f, bytes.length - 33 * SECTOR, bytes.length - 32 * SECTOR);
    const lost = await moveGpt(memoryReader(bytes), bytes.length, [512]);
    assert.deepEqual([lost?.pieces, lost?.obstacle?.includes('not whole')], [[], true]);
    assert.equal(await moveGpt(memoryReader(new Uint8Array(MIB)), MIB, [512, 4096]), undefined);
  });
});
