import type { ByteRange } from '../../src/block/range.ts';
import { RangeSet, RangeSetBuilder } from '../../src/block/range-set.ts';
import type { FuzzBase } from './fuzz-bases.ts';
import type { LayoutRecord } from './fuzz-layout.ts';

/** What was done to a volume: sectors with other bytes than before, and sectors that cannot be read. */
export interface Wounds {
  readonly changed: RangeSet;
  /** Unreadable, and what lies behind the end of a cut volume. */
  readonly lost: RangeSet;
}

/** What must be safe after a rescue, whatever was done to the volume. */
export interface Demands {
  /** Readable bytes that were used, of which something that is whole still says so. */
  readonly saved: RangeSet;
  /** Records that are whole and can be reached. */
  readonly records: ReadonlySet<number>;
}

const BOOT_BYTES = 512;
const DATA = 0x80;
const MIRRORED = 4;

/**
 * Judges without looking at what the program thinks of the damaged volume: from the healthy one, as ntfsclone and a
 * reader of its own see it, and from the places of the wounds. A cluster must be saved when its file's record is whole
 * and within reach, or when $Bitmap's bit for it cannot have been read as 0.
 */
export function demandsOn(base: FuzzBase, wounds: Wounds): Demands {
  const { layout, used } = base;
  const { changed, lost } = wounds;
  const isChanged = (places: readonly ByteRange[]): boolean =>
    places.some(({ start, end }) => changed.touches(start, end));
  const isLost = (places: readonly ByteRange[]): boolean =>
    places.some(({ start, end }) => lost.touches(start, end));
  const isWhole = (places: readonly ByteRange[]): boolean => !isChanged(places) && !isLost(places);
  const everything = (): Demands => ({
    saved: RangeSet.single(0, base.volume.length).subtract(lost),
    records: new Set(),
  });
  const nothing: Demands = { saved: RangeSet.EMPTY, records: new Set() };

  const boot = [{ start: 0, end: BOOT_BYTES }];
  const backup = [{ start: layout.volumeBytes, end: layout.volumeBytes + BOOT_BYTES }];
  if (!isWhole(boot) && !isWhole(backup))
    return isChanged(boot) || isChanged(backup) ? nothing : everything();

  const reach = reachable(base, isWhole, isChanged);
  if (reach === undefined) return nothing;
  const records = new Set(
    layout.records
      .filter(({ number, places }) => reach(number) && isWhole(places))
      .map(({ number }) => number),
  );
  const demanded = new RangeSetBuilder();
  for (const { number, attributes } of layout.records) {
    if (records.has(number))
      for (const one of attributes) for (const { start, end } of one.runs) demanded.add(start, end);
  }
  const saved = demanded
    .build()
    .union(byBitmap(base, reach, isChanged))
    .intersect(used);
  return { saved: saved.subtract(lost), records };
}

/** Which records of $MFT can be found; undefined when its first record may have been read wrongly. */
function reachable(
  { layout }: FuzzBase,
  isWhole: (places: readonly ByteRange[]) => boolean,
  isChanged: (places: readonly ByteRange[]) => boolean,
): ((number: number) => boolean) | undefined {
  const own = layout.records.filter(({ base }) => base === 0);
  const [first, ...extensions] = own as [LayoutRecord, ...LayoutRecord[]];
  const copy = [{ start: layout.mirrorStart, end: layout.mirrorStart + layout.recordBytes }];
  const tableOf = (record: LayoutRecord): readonly ByteRange[] =>
    record.attributes.filter(({ type, name }) => type === DATA && name === '').flatMap(({ runs }) => runs);
  const recordsIn = (runs: readonly ByteRange[]): number =>
    Math.floor(runs.reduce((sum, { start, end }) => sum + end - start, 0) / layout.recordBytes);
  if (isWhole(first.places) || isWhole(copy)) {
    const lists = first.attributes.filter(({ type }) => type === 0x20).flatMap(({ runs }) => runs);
    if (isWhole(lists) && extensions.every(({ places }) => isWhole(places))) return () => true;
    const count = recordsIn(tableOf(first));
    return (number) => number < count;
  }
  if (isChanged(first.places) || isChanged(copy)) return undefined;
  // The records behind the lost first one are found where they are neighbours of it.
  const count = recordsIn(tableOf(first).slice(0, 1));
  return (number) => number < count;
}

/** Used clusters whose bits in $Bitmap cannot have been read as free: they are whole, or unreadable. */
function byBitmap(
  base: FuzzBase,
  reach: (number: number) => boolean,
  isChanged: (places: readonly ByteRange[]) => boolean,
): RangeSet {
  const { clusterBytes, records, mirrorStart, recordBytes } = base.layout;
  const bitmap = records.find(({ number }) => number === 6);
  const badClusters = records.find(({ number }) => number === 8);
  if (bitmap === undefined || badClusters === undefined || !reach(6)) return RangeSet.EMPTY;
  // A copy of the record stands in for a lost one where $MFTMirr is long enough.
  const copies = Math.max(MIRRORED, Math.floor(clusterBytes / recordBytes));
  const mirror = copies > 6 ? [{ start: mirrorStart, end: mirrorStart + copies * recordBytes }] : [];
  if (isChanged([...bitmap.places, ...badClusters.places, ...mirror])) return RangeSet.EMPTY;
  const runs = bitmap.attributes.filter(({ type }) => type === DATA).flatMap((one) => one.runs);
  const told = new RangeSetBuilder();
  let first = 0;
  for (const { start, end } of runs) {
    for (let at = start; at < end; at += 512) {
      const clusters = 512 * 8;
      if (!isChanged([{ start: at, end: at + 512 }]))
        told.add(first * clusterBytes, (first + clusters) * clusterBytes);
      first += clusters;
    }
  }
  return told.build();
}
