/** Ticks of 100 ns from 1601 to 1970. */
const EPOCH_TICKS = 116_444_736_000_000_000n;
const TICKS_PER_MS = 10_000n;

/** A time of 16 hexadecimal digits in ticks since 1601, to the tick: `2026-11-26 12:38:56.1234567`, in UTC. */
export function windowsTimeText(hex: string | undefined): string {
  if (hex === undefined) return 'unknown';
  const ticks = BigInt(`0x${hex}`);
  const sinceEpoch = BigInt.asIntN(64, ticks) - EPOCH_TICKS;
  const rest = ((sinceEpoch % TICKS_PER_MS) + TICKS_PER_MS) % TICKS_PER_MS;
  const date = new Date(Number((sinceEpoch - rest) / TICKS_PER_MS));
  if (Number.isNaN(date.getTime())) return `0x${hex}`;
  const text = date.toISOString().replace('T', ' ').replace('Z', '');
  return `${text}${String(rest).padStart(4, '0')}`;
}
