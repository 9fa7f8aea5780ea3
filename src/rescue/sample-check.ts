import type { Source, Target } from '../block/ports.ts';
import type { BlockMap } from './block-map.ts';

/** Where source and target were found to differ, in bytes from the start. */
export interface SampleMismatch {
  readonly position: number;
}

/**
 * Checks with a few sectors that the target holds what the map calls finished, and that the source is the one it
 * came from: the first, a middle and the last finished sector are read from both. Sectors that cannot be read
 * (any more) prove nothing and are passed over.
 */
export async function checkSamples(
  map: BlockMap,
  source: Source,
  target: Target,
): Promise<SampleMismatch | undefined> {
  const finished = map.bytesWith('+');
  if (finished.isEmpty) return undefined;
  const unit = source.sectorBytes;
  const positions = new Set([
    finished.startOf(0),
    finished.startOf(finished.count >> 1),
    Math.max(finished.startOf(finished.count - 1), finished.endOf(finished.count - 1) - unit),
  ]);
  for (const position of positions) {
    const start = Math.floor(position / unit) * unit;
    const length = Math.min(unit, map.sizeBytes - start);
    if (!finished.covers(start, start + length)) continue;
    const original = source.allocate(length);
    const copy = new Uint8Array(length);
    const readOriginal = await source.read(start, length, original);
    const readCopy = await target.read(start, length, copy);
    if (readOriginal.kind !== 'done' || readCopy.kind !== 'done') continue;
    if (copy.some((byte, i) => byte !== original[i])) return { position: start };
  }
  return undefined;
}
