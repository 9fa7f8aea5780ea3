import { u32 } from './little-endian.ts';

/** Milliseconds from 1601, where Windows begins to count, to 1970. */
const EPOCH_MS = 11_644_473_600_000;

/**
 * A time of 8 bytes, in ticks of 100 ns since 1601, as milliseconds since 1970 with fractions; `undefined` when it is
 * zero, which means that there is none.
 */
export function windowsTime(bytes: Uint8Array, offset: number): number | undefined {
  const low = u32(bytes, offset);
  const high = u32(bytes, offset + 4);
  if (low === 0 && high === 0) return undefined;
  // 2^32 ticks are 429 496 ms and 7296 ticks: in this order no number leaves the safe integers.
  const ticks = high * 7296 + low;
  return high * 429_496 + Math.floor(ticks / 10_000) - EPOCH_MS + (ticks % 10_000) / 10_000;
}
