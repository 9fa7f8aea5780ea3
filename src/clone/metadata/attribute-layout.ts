import { u8, u16, u32, u64 } from '../../ntfs/little-endian.ts';
import { decodeRuns } from '../../ntfs/run-list.ts';

const RESIDENT_HEADER_BYTES = 24;
const HEADER_BYTES = 64;
/** Compressed and sparse attributes tell one size more. */
const LONG_HEADER_BYTES = 72;
const FLAGS_WITH_LONG_HEADER = 0x80ff;
/** The volume's size does not matter here, only that the list makes sense. */
const NO_LIMITS = { clusterCount: Number.MAX_SAFE_INTEGER, clusterBytes: 1 };

/**
 * The value of a resident attribute, or an empty one for a list of runs; `undefined` when header, name and value or runs
 * do not fit together. What lies between them and behind them is cleared: nothing belongs there, so anything may be
 * there. As in all structures of NTFS, up to 7 bytes of padding stay, unless `strict`.
 */
export function clearAroundValue(attribute: Uint8Array, strict: boolean): Uint8Array | undefined {
  const isResident = u8(attribute, 8) === 0;
  const nameBytes = 2 * u8(attribute, 9);
  const nameEnd = nameBytes === 0 ? 0 : u16(attribute, 10) + nameBytes;
  const valueAt = u16(attribute, isResident ? 20 : 32);
  const headerBytes = isResident ? RESIDENT_HEADER_BYTES : runsHeaderBytes(attribute);
  const valueBytes = isResident ? u32(attribute, 16) : runListBytes(attribute, valueAt);
  if (valueBytes === undefined) return undefined;
  const valueEnd = valueAt + valueBytes;
  const nameFits = nameBytes === 0 || (u16(attribute, 10) >= RESIDENT_HEADER_BYTES && nameEnd <= valueAt);
  if (u8(attribute, 8) > 1 || !nameFits || valueAt < headerBytes || valueEnd > attribute.length) {
    return undefined;
  }
  // Longer ones are not written; it may have swallowed what follows it.
  if (strict && isResident && padded(valueEnd) !== attribute.length) return undefined;
  attribute.fill(0, Math.min(valueAt, padded(Math.max(headerBytes, nameEnd))), valueAt);
  attribute.fill(0, strict ? valueEnd : Math.min(attribute.length, padded(valueEnd)));
  return isResident ? attribute.subarray(valueAt, valueEnd) : attribute.subarray(0, 0);
}

/** The next place at which a structure may begin. */
export const padded = (offset: number): number => Math.ceil(offset / 8) * 8;

function runsHeaderBytes(attribute: Uint8Array): number {
  const isLong = (u16(attribute, 12) & FLAGS_WITH_LONG_HEADER) !== 0;
  return isLong && u64(attribute, 16) === 0 ? LONG_HEADER_BYTES : HEADER_BYTES;
}

/** Length of a list of runs with its end mark; `undefined` when it does not cover what its attribute says. */
function runListBytes(attribute: Uint8Array, from: number): number | undefined {
  const lowestVcn = u64(attribute, 16);
  if (lowestVcn === undefined || from < HEADER_BYTES) return undefined;
  const { runs, nextVcn, damage } = decodeRuns(attribute.subarray(from), lowestVcn, NO_LIMITS, 0);
  const highestVcn = u64(attribute, 24);
  const covers = runs.length === 0 || (highestVcn !== undefined && nextVcn === highestVcn + 1);
  if (damage !== undefined || !covers) return undefined;
  let at = from;
  for (let header = u8(attribute, at); header !== 0; header = u8(attribute, at)) {
    at += 1 + (header & 15) + (header >> 4);
  }
  return at + 1 - from;
}
