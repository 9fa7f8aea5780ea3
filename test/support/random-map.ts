import { BlockMap } from '../../src/rescue/block-map.ts';
import { formatMapfile } from '../../src/rescue/mapfile.ts';
import { STATUSES } from '../../src/rescue/status.ts';
import { seededRandom } from './random.ts';

/** A map of up to 100 000 sectors with stretches of all statuses; the same for the same seed. */
export function randomMap(seed: number): BlockMap {
  const random = seededRandom(seed);
  const sectors = 1 + random.integer(100_000);
  const map = new BlockMap(sectors * 512);
  for (let n = random.integer(200); n > 0; n--) {
    const start = random.integer(sectors);
    const end = Math.min(sectors, start + 1 + random.integer(300));
    map.set(start * 512, end * 512, STATUSES[random.integer(STATUSES.length)] ?? '?');
  }
  return map;
}

/** Such a map as the text of a mapfile. */
export function randomMapText(seed: number): { readonly text: string; readonly sizeBytes: number } {
  const map = randomMap(seed);
  return {
    text: formatMapfile(map, { offset: 0, phase: '*', pass: 1 }, ['a comment']),
    sizeBytes: map.sizeBytes,
  };
}
