import { type RangeSet, RangeSetBuilder } from '../block/range-set.ts';
import { readClamped } from '../ntfs/holes.ts';
import type { VolumeReader } from '../ntfs/volume-reader.ts';

/** A stretch of a reader as a reader of its own, whose byte 0 is byte `start`. */
export function partOf(reader: VolumeReader, start: number, sizeBytes: number): VolumeReader {
  if (start === 0 && sizeBytes === reader.sizeBytes) return reader;
  return {
    sizeBytes,
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > sizeBytes) {
        throw new RangeError(`${offset}+${length} leaves the partition of ${sizeBytes} bytes`);
      }
      return readClamped(reader, start + offset, length);
    },
  };
}

/** The same bytes counted from `by` bytes further ahead; negative numbers count from further behind. */
export function shifted(set: RangeSet, by: number): RangeSet {
  const builder = new RangeSetBuilder();
  for (const { start, end } of set) builder.add(start + by, end + by);
  return builder.build();
}
