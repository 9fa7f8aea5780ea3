import type { Outcome } from '../block/outcome.ts';
import type { Source } from '../block/ports.ts';

/** Reads begin and end at multiples of this, which fits every device. */
const ALIGN_BYTES = 4096;

/** Memory for `readStretch` of up to `bytes` bytes. */
export const stretchBuffer = (source: Source, bytes: number): Uint8Array =>
  source.allocate(bytes + 2 * ALIGN_BYTES);

/** A stretch that was read, or why it was not: behind the end is `bad`, for there are no such bytes. */
export type Stretch =
  | { readonly kind: 'done'; readonly data: Uint8Array }
  | Exclude<Outcome, { kind: 'done' }>;

/** Reads any stretch of bytes, whatever the sectors of the device; `buffer` comes from `stretchBuffer`. */
export async function readStretch(
  source: Source,
  start: number,
  end: number,
  buffer: Uint8Array,
): Promise<Stretch> {
  const from = Math.floor(start / ALIGN_BYTES) * ALIGN_BYTES;
  const to = Math.min(source.sizeBytes, Math.ceil(end / ALIGN_BYTES) * ALIGN_BYTES);
  if (end > to) return { kind: 'bad', errno: 'EOF' };
  const outcome = await source.read(from, to - from, buffer);
  return outcome.kind === 'done'
    ? { kind: 'done', data: buffer.subarray(start - from, end - from) }
    : outcome;
}
