import { markBadSectors } from '../block/bad-sector.ts';

/** What is put in the place of a sector that could not be read. */
export type Fill = 'marker' | 'zero' | 'keep';

/**
 * The bytes that stand for `length` lost bytes starting at a sector's start: ntfsclone's marker for each sector of
 * `sectorBytes`, or zeros. `keep` writes nothing, so it has none.
 */
export function fillBytes(fill: Exclude<Fill, 'keep'>, length: number, sectorBytes: number): Uint8Array {
  const bytes = new Uint8Array(length);
  if (fill === 'marker') markBadSectors(bytes, sectorBytes);
  return bytes;
}
