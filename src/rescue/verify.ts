import type { Source } from '../block/ports.ts';
import type { ByteRange } from '../block/range.ts';
import { RangeSet } from '../block/range-set.ts';
import { readStretch, stretchBuffer } from './stretch.ts';
import type { Checksum, SummedUnits } from './sum-log.ts';

/** What looking at the target again has shown. Sums are of bytes that the map calls finished. */
export interface VerifyResult {
  /** Compared, and the same or not. */
  readonly checkedBytes: number;
  /** Of which no checksum is known: saved by another program, or in the last seconds before a crash. */
  readonly uncheckedBytes: number;
  /** Not what was read from the source, or not readable any more. */
  readonly differentBytes: number;
  /** Where, ascending. */
  readonly different: readonly ByteRange[];
  /** Whether it was stopped before its end: the rest is among the unchecked. */
  readonly stopped: boolean;
  /** Where the target itself dropped out, and with what: nothing is known of the rest, which is among the unchecked. */
  readonly failure?: { readonly position: number; readonly errno: string };
}

/**
 * How a target was read: past the system's cache (`direct`); with the cache emptied beforehand, where its file system
 * knows no other way (`emptied`); or as the cache has it, which proves less (`cached`).
 */
export type CacheWay = 'direct' | 'emptied' | 'cached';

/** A check of a target, and how far it may be believed. */
export interface CheckedTarget extends VerifyResult {
  readonly cache: CacheWay;
  /** Where the map is kept as it was before most of it was called untried. */
  readonly mapKept?: string;
  /** Why what was found could not be written down, in map or job: a clause. */
  readonly problem?: string;
  /** Why nothing could be compared although it was asked for: a clause. All is among the unchecked then. */
  readonly impossible?: string;
}

/** What is needed to look at a target again. */
export interface VerifyPorts {
  /** The target, read past all caches as far as that is possible. */
  readonly target: Source;
  readonly checksum: Checksum;
  /** Told now and then how many bytes of how many are done, and how many of them differ. */
  readonly onProgress: (doneBytes: number, totalBytes: number, differentBytes: number) => void;
  readonly isStopped: () => boolean;
}

/** One read covers units up to this size together. */
const READ_BYTES = 4 << 20;

/**
 * Compares what the target holds with the sums that were taken when the source was read. Only what `finished` has whole
 * is compared: the rest was not vouched for. A place that cannot be read differs; a target that is gone, or answers
 * nothing at all, ends the comparison, and nothing follows for what was not compared. The source is not touched.
 */
export async function verifyTarget(
  units: SummedUnits,
  finished: RangeSet,
  { target, checksum, onProgress, isStopped }: VerifyPorts,
): Promise<VerifyResult> {
  const wanted = latest(units).filter((unit) => finished.covers(units.startOf(unit), units.endOf(unit)));
  const bytesOf = (group: Uint32Array): number =>
    group.reduce((sum, unit) => sum + units.endOf(unit) - units.startOf(unit), 0);
  const totalBytes = bytesOf(wanted);
  const buffer = stretchBuffer(target, READ_BYTES);
  const different: ByteRange[] = [];
  let doneBytes = 0;
  let differentBytes = 0;
  let stopped = false;
  let failure: VerifyResult['failure'];
  for (const group of groups(units, wanted)) {
    if (isStopped()) {
      stopped = true;
      break;
    }
    const found = await differing(units, group, target, buffer, checksum);
    if (!ArrayBuffer.isView(found)) {
      failure = found;
      break;
    }
    for (const unit of found) different.push({ start: units.startOf(unit), end: units.endOf(unit) });
    differentBytes += bytesOf(found);
    doneBytes += bytesOf(group);
    onProgress(doneBytes, totalBytes, differentBytes);
  }
  return {
    checkedBytes: doneBytes,
    uncheckedBytes: finished.totalBytes - doneBytes,
    differentBytes,
    different: [...RangeSet.of(different)],
    stopped,
    ...(failure && { failure }),
  };
}

/** Of units that overlap the one that was saved last, ascending by place; what it leaves of others has no sum. */
function latest(units: SummedUnits): Uint32Array {
  const order = new Uint32Array(units.count).map((_, i) => i);
  order.sort((a, b) => units.startOf(a) - units.startOf(b) || a - b);
  let kept = 0;
  for (const unit of order) {
    const last = kept === 0 ? undefined : (order[kept - 1] as number);
    const overlaps = last !== undefined && units.endOf(last) > units.startOf(unit);
    if (!overlaps) order[kept++] = unit;
    else if (unit > last) order[kept - 1] = unit;
  }
  return order.subarray(0, kept);
}

/** Neighbours together, as many as one read holds. */
function* groups(units: SummedUnits, wanted: Uint32Array): Iterable<Uint32Array> {
  let from = 0;
  for (let i = 1; i <= wanted.length; i++) {
    const [first, last, next] = [wanted[from], wanted[i - 1], wanted[i]] as [
      number,
      number,
      number | undefined,
    ];
    const fits =
      next !== undefined &&
      units.endOf(last) === units.startOf(next) &&
      units.endOf(next) - units.startOf(first) <= READ_BYTES;
    if (fits) continue;
    yield wanted.subarray(from, i);
    from = i;
  }
}

/**
 * The units of a group that are not what they were, or the failure of the target; read alone when they cannot be read
 * together.
 */
async function differing(
  units: SummedUnits,
  group: Uint32Array,
  target: Source,
  buffer: Uint8Array,
  checksum: Checksum,
): Promise<Uint32Array | NonNullable<VerifyResult['failure']>> {
  const start = units.startOf(group[0] as number);
  const end = units.endOf(group.at(-1) as number);
  const stretch = await readStretch(target, start, end, buffer);
  if (stretch.kind === 'gone' || stretch.kind === 'broken') return { position: start, errno: stretch.errno };
  if (stretch.kind === 'done') {
    return group.filter((unit) => {
      const found = stretch.data.subarray(units.startOf(unit) - start, units.endOf(unit) - start);
      return checksum(found) !== units.sumOf(unit);
    });
  }
  if (group.length === 1) return group;
  const found: number[] = [];
  for (let i = 0; i < group.length; i++) {
    const alone = await differing(units, group.subarray(i, i + 1), target, buffer, checksum);
    if (!ArrayBuffer.isView(alone)) return alone;
    found.push(...alone);
  }
  return Uint32Array.from(found);
}
