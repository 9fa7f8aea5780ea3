import type { Source } from '../block/ports.ts';
import type { RangeSet } from '../block/range-set.ts';
import { isBlank, type ReadBytes } from './samples.ts';

/** What a few sectors have shown of a source and a target that should hold the same. */
export interface SampleCheck {
  /** Where they differ, in bytes from the start; undefined when no difference was seen. */
  readonly differsAt: number | undefined;
  /** Sectors that were the same and tell something: those of one repeated byte are alike on many disks. */
  readonly tellingCount: number;
}

/** Places of the target that are looked at for sectors that tell something, and such sectors that are enough. */
const LOOKS = 64;
const ENOUGH = 3;

/**
 * Checks with a few sectors that the target holds what is called finished, and that the source is the one it came
 * from: the first, a middle and the last finished sector are read from both; where those tell nothing, some from
 * everywhere that do. Sectors that cannot be read (any more) prove nothing and are passed over.
 */
export async function checkSamples(
  finished: RangeSet,
  source: Source,
  readTarget: ReadBytes,
): Promise<SampleCheck> {
  const unit = source.sectorBytes;
  let tellingCount = 0;
  let differsAt: number | undefined;
  const looked = new Set<number>();
  const look = async (position: number, isTellingOnly: boolean): Promise<void> => {
    const start = Math.floor(position / unit) * unit;
    const length = Math.min(unit, source.sizeBytes - start);
    if (looked.has(start) || !finished.covers(start, start + length)) return;
    looked.add(start);
    const copy = new Uint8Array(length);
    if ((await readTarget(start, length, copy)).kind !== 'done') return;
    if (isTellingOnly && isBlank(copy)) return;
    const original = source.allocate(length);
    if ((await source.read(start, length, original)).kind !== 'done') return;
    if (copy.some((byte, i) => byte !== original[i])) differsAt ??= start;
    else if (!isBlank(copy)) tellingCount++;
  };
  if (finished.isEmpty) return { differsAt, tellingCount };
  const last = finished.count - 1;
  for (const position of [
    finished.startOf(0),
    finished.startOf(finished.count >> 1),
    Math.max(finished.startOf(last), finished.endOf(last) - unit),
  ]) {
    if (differsAt === undefined) await look(position, false);
  }
  if (tellingCount > 0) return { differsAt, tellingCount };
  for (const position of everywhere(finished)) {
    if (differsAt !== undefined || tellingCount >= ENOUGH) break;
    await look(position, true);
  }
  return { differsAt, tellingCount };
}

/** Places at equal distances in what is finished. */
function* everywhere(finished: RangeSet): Iterable<number> {
  const step = finished.totalBytes / LOOKS;
  let wanted = step / 2;
  let before = 0;
  for (const { start, end } of finished) {
    for (; wanted < before + end - start; wanted += step) yield Math.floor(start + wanted - before);
    before += end - start;
  }
}
