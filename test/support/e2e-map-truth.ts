import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { runOrThrow } from './tools.ts';

const SECTOR = 512;

/**
 * Every sector that a map calls finished must be in the target as it is in the original; which those are is what
 * ddrescuelog says. Returns their number.
 */
export async function assertMapIsTrue(map: string, target: string, original: string): Promise<number> {
  const listed = await runOrThrow('ddrescuelog', ['-b', String(SECTOR), '--list-blocks=+', map]);
  const sectors = listed.split('\n').filter(Boolean).map(Number);
  const [found, due] = [await readFile(target), await readFile(original)];
  const sectorOf = (bytes: Buffer, sector: number): Buffer =>
    bytes.subarray(sector * SECTOR, (sector + 1) * SECTOR);
  for (const sector of sectors) {
    assert.ok(
      sectorOf(found, sector).equals(sectorOf(due, sector)),
      `the map calls sector ${sector} finished, but the target does not hold it`,
    );
  }
  return sectors.length;
}
